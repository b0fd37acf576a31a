"""Commands of a night's loads: load, what was refused, what was loaded, what is expected. Registered by `keeping`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands import reports
from api.commands.options import examples
from api.commands.session import session_of
from graph.errors import QueryError

_Source = Annotated[
    str | None,
    typer.Argument(help="auto, canonical, invoice-workbook, registrations, einvoice, …", show_default=False),
]
_Paths = Annotated[list[Path] | None, typer.Argument(help="files and folders, one batch", show_default=False)]
_Resubmit = Annotated[
    Path | None,
    typer.Option(help="instead: corrected rejects, a file of `taxgraph rejects`", metavar="PATH", show_default=False),
]
_AsAt = Annotated[
    str | None,
    typer.Option(help="the extract's own date, where its rows carry none", metavar="DATE", show_default=False),
]
_MaxRejects = Annotated[
    str | None,
    typer.Option(
        help="write nothing if more rows are refused (or TAXGRAPH_MAX_REJECTS)", metavar="N|P%", show_default=False
    ),
]
_RejectsOut = Annotated[
    Path | None,
    typer.Option(
        help="write the refused rows there (.csv or .parquet), whatever becomes of the batch", show_default=False
    ),
]
_Wait = Annotated[
    float | None,
    typer.Option(
        help="how long to wait for another load to end (or TAXGRAPH_LOAD_WAIT_SECONDS)",
        metavar="SECONDS",
        min=0,
        show_default=False,
    ),
]
_Unknown = Annotated[
    str, typer.Option(help="a party that no table describes: stub (make a taxpayer) or reject (refuse the row)")
]
_FIRST = "First load of a Neo4j server"
_Initial = Annotated[
    bool, typer.Option("--initial", help="fill an empty Neo4j server by its import tool", rich_help_panel=_FIRST)
]
_FilesOut = Annotated[
    Path | None,
    typer.Option(
        help="only write the import tool's files here, and print its command",
        rich_help_panel=_FIRST,
        show_default=False,
    ),
]
BatchArgument = Annotated[str, typer.Argument(help="batch id, as `taxgraph batches` shows it", show_default=False)]


def load(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    source: _Source = None,
    paths: _Paths = None,
    resubmit: _Resubmit = None,
    check: Annotated[bool, typer.Option("--check", help="do everything but write")] = False,
    as_at: _AsAt = None,
    max_rejects: _MaxRejects = None,
    rejects_out: _RejectsOut = None,
    wait: _Wait = None,
    unknown_parties: _Unknown = "stub",
    currency: Annotated[str, typer.Option(help="of amounts whose record names none")] = "CNY",
    zone: Annotated[str, typer.Option(help="of times without an offset")] = "Asia/Shanghai",
    initial: _Initial = False,
    files_out: _FilesOut = None,
) -> None:
    """Load files as one batch: all of it or nothing; the same files again change nothing.

    A manifest.json beside the files states their control totals. Ctrl-C ends a load cleanly.
    """
    session = session_of(context)
    operation, what = _what_to_load(source, paths, resubmit)
    if operation == "load":
        what |= {"initial": initial, "files_out": str(files_out.absolute()) if files_out else None}
    parameters = {
        **what,
        "check": check,
        "as_at": as_at,
        "max_rejects": max_rejects,
        "unknown_parties": unknown_parties,
        "currency": currency,
        "zone": zone,
        "rejects_out": str(rejects_out.absolute()) if rejects_out else None,
        "wait_seconds": wait,
    }
    session.show(session.perform(operation, parameters), reports.show_load)


def _what_to_load(source: str | None, paths: list[Path] | None, resubmit: Path | None) -> tuple[str, dict[str, Any]]:
    """The operation, and its parameters that say what is loaded."""
    if resubmit is not None and source is None:
        return "resubmit", {"path": str(resubmit.absolute())}
    if resubmit is not None or source is None or not paths:
        raise QueryError(
            "What is to be loaded is not clear.",
            code="query.usage",
            next_step="Write `taxgraph load SOURCE PATH…`, or `taxgraph load --resubmit PATH` alone.",
        )
    return "load", {"source": source, "paths": [str(path.absolute()) for path in paths]}


def finish_import(context: typer.Context) -> None:
    """Commit a first load whose files (`load --initial --files-out`) Neo4j's import tool has read.

    Makes the indexes, and compares what the server holds with what was written. Until then nothing is visible.
    """
    session = session_of(context)
    session.show(session.perform("finish-import"), reports.show_finished)


def rejects(
    context: typer.Context,
    batch: BatchArgument,
    out: Annotated[Path | None, typer.Option(help="a .csv or .parquet file to correct", show_default=False)] = None,
    settled: Annotated[bool, typer.Option("--settled", help="in the file: those that came back already, too")] = False,
) -> None:
    """Show what became of the refused rows of a batch; write the open ones to a file, to be corrected.

    Correct the cells, then: taxgraph load --resubmit FILE.
    """
    session = session_of(context)
    parameters = {"batch": batch, "out": str(out.absolute()) if out else None, "settled": settled}
    session.show(session.perform("rejects", parameters), reports.show_rejects)


def feeds(
    context: typer.Context,
    on: Annotated[
        str | None, typer.Option(help="as it stood at the end of this day; default: now", metavar="DATE")
    ] = None,
) -> None:
    """Show which expected exports came, and which are late since when; TAXGRAPH_FEEDS names the file that says so."""
    session = session_of(context)
    session.show(session.perform("feeds", {"on": on}), reports.show_feeds)


def batches(context: typer.Context) -> None:
    """Show the ledger: every batch with its counts and state."""
    session = session_of(context)
    session.show(session.perform("batches"), reports.show_batches)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    bring = "Bring data in"
    app.command(rich_help_panel=bring, epilog=_LOAD)(load)
    app.command(rich_help_panel=bring, epilog=examples("taxgraph finish-import"))(finish_import)
    app.command(rich_help_panel=bring, epilog=_REJECTS)(rejects)
    app.command(rich_help_panel=bring, epilog=examples("taxgraph batches", "taxgraph batches --json"))(batches)
    app.command(rich_help_panel=bring, epilog=examples("taxgraph feeds", "taxgraph feeds --on 2026-03-31"))(feeds)


_LOAD = examples(
    "taxgraph load auto country",
    "taxgraph load invoice-workbook 全量发票查询_202601.xlsx --max-rejects 1% --json",
    "taxgraph load canonical tables --check --as-at 2026-03-01",
    "taxgraph load auto country --max-rejects 0 --rejects-out refused.csv",
    "taxgraph load --resubmit rejects.csv",
    "taxgraph load auto country --initial --store neo4j://localhost:7687",
)
_REJECTS = examples("taxgraph rejects b5f1c2a9b7d3e4c6f", "taxgraph rejects b5f1c2a9b7d3e4c6f --out rejects.csv")
