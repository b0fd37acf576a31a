"""Commands around the graph: serve, doctor, warm, schema, compact, docs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands import reports
from api.commands.options import examples
from api.commands.session import session_of
from api.commands.waiting import Waiting
from api.operations.registry import Answer
from api.problems import exit_code
from graph.errors import QueryError, StoreError, TaxgraphError
from graph.model.fields import Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, RELATIONSHIP_TYPES

_MOST_COMPILERS = 4  # processes: more would wait for the longest kernel


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="address to listen on; default: 127.0.0.1", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="port; 0 takes any free one; default: 8321", min=0, max=65_535, show_default=False),
    ] = None,
    development: Annotated[bool, typer.Option("--development", help="show GraphiQL at /graphql")] = False,
) -> None:
    """Answer GraphQL over HTTP. Prints the address, and on a store's first start a token, once.

    While it runs it owns an embedded file; other commands of the same user go through it.
    """
    from api.commands.server import run_server  # noqa: PLC0415 - the web framework, only where it is needed

    given: dict[str, Any] = {"host": host, "port": port, "development": development or None}
    run_server(session_of(context), {name: value for name, value in given.items() if value is not None})


def doctor(
    context: typer.Context,
    digest: Annotated[bool, typer.Option("--digest", help="count the facts and give the digest of the graph")] = False,
) -> None:
    """Check settings, store, schema, key, owner, ledger and projection; or give the digest of the graph."""
    session = session_of(context)
    if digest:
        session.show(session.perform("digest"), reports.show_digest)
        return
    try:
        answer = session.perform("doctor")
    except TaxgraphError as error:
        from api.operations.health import unreachable  # noqa: PLC0415 - as the operation itself would be

        session.show(unreachable(error), reports.show_doctor)
        raise typer.Exit(exit_code(error)) from None
    session.show(answer, reports.show_doctor)
    if not answer["healthy"]:
        raise typer.Exit(exit_code(StoreError("Not healthy.")))


def warm(context: typer.Context) -> None:
    """Compile the kernels now, so that nobody waits for it later."""
    from graph.kernels.warm import warm_side_by_side  # noqa: PLC0415 - compiling is what this command is for

    with Waiting("compile kernels"):
        seconds = warm_side_by_side(min(_MOST_COMPILERS, os.cpu_count() or 1))
    session_of(context).show({"kernels": seconds}, reports.show_warm)


def schema(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="types to show with their properties; or the word migrate", show_default=False),
    ] = None,
) -> None:
    """Show the vocabulary: every node and relationship type, or the properties of those named.

    `schema migrate` brings a store of an earlier version up to this release. Stop its server and back it up first.
    """
    session = session_of(context)
    if names == ["migrate"]:
        from api.operations.upkeep import migrate  # noqa: PLC0415 - drivers, only when needed

        with Waiting("migrate"):
            answer = migrate(session.store_url())
        session.show(answer, reports.show_migrated)
        return
    session.show(_schema(names or []), reports.show_schema)


def compact(context: typer.Context) -> None:
    """Sort what daily loads appended into one run, as an idle server does by itself. Answers stay the same."""
    session = session_of(context)
    session.show(session.perform("compact"), reports.show_compacted)


def docs(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="folder to write into")] = Path("docs/reference"),
) -> None:
    """Write the reference pages: vocabulary, settings, errors, commands, GraphQL."""
    from api.docs.pages import write_pages  # noqa: PLC0415 - it builds the GraphQL schema, which is heavy

    written = write_pages(out)
    session_of(context).show({"out": str(out), "pages": written}, reports.show_docs)


def _schema(names: list[str]) -> Answer:
    kinds: list[NodeType | RelationshipType] = [*NODE_TYPES, *RELATIONSHIP_TYPES]
    known = {kind.name: kind for kind in kinds}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise QueryError(
            "There is no such type.",
            code="query.type",
            next_step="`taxgraph schema` lists the types.",
            type=unknown[0],
        )
    return {
        "nodes": [] if names else [_kind(kind) for kind in NODE_TYPES],
        "relationships": [] if names else [_kind(kind) for kind in RELATIONSHIP_TYPES],
        "detailed": [
            _kind(known[name]) | {"properties": [_property(each) for each in known[name].properties]} for name in names
        ],
    }


def _kind(kind: NodeType | RelationshipType) -> Answer:
    shown = {"name": kind.name, "en": kind.en, "zh": kind.zh}
    if isinstance(kind, RelationshipType):
        return shown | {"ends": f"{', '.join(kind.sources)} → {', '.join(kind.targets)}", "dated": kind.dated}
    return shown


def _property(each: Property) -> Answer:
    return {"name": each.name, "kind": each.kind.value, "personal": each.personal.value, "en": each.en, "zh": each.zh}


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    panel = "Run and look after"
    app.command(rich_help_panel=panel, epilog=_SERVE)(serve)
    app.command(rich_help_panel=panel, epilog=_DOCTOR)(doctor)
    app.command(rich_help_panel=panel, epilog=examples("taxgraph warm"))(warm)
    app.command(rich_help_panel=panel, epilog=_SCHEMA)(schema)
    app.command(rich_help_panel=panel, epilog=examples("taxgraph compact", "taxgraph compact --json"))(compact)
    app.command(rich_help_panel=panel, epilog=examples("taxgraph docs --out docs/reference"))(docs)


_SERVE = examples("taxgraph serve", "taxgraph serve --port 9000 --development --store duckdb:///country.duckdb")
_SCHEMA = examples("taxgraph schema", "taxgraph schema Invoice SOLD", "taxgraph schema migrate")
_DOCTOR = examples("taxgraph doctor", "taxgraph doctor --digest --json")
