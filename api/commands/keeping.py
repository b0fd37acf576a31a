"""Commands that bring data in, keep it and take it out: generate, load, rejects, batches, backup, restore, export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.commands import reports
from api.commands.options import OutFolder, examples
from api.commands.session import session_of
from api.commands.waiting import Waiting
from api.operations.parsing import day
from api.operations.registry import Answer

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
_BatchArgument = Annotated[str, typer.Argument(help="batch id, as `taxgraph batches` shows it", show_default=False)]


def generate(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    out: OutFolder,
    taxpayers: Annotated[int, typer.Option(help="firms, at least 40")] = 400,
    invoices: Annotated[int, typer.Option(help="invoices, at least 100")] = 6000,
    days: Annotated[int, typer.Option(help="length of the span, at least 30")] = 120,
    seed: Annotated[int, typer.Option(help="the same seed and sizes give the same bytes")] = 7,
    start: Annotated[str, typer.Option(help="first day of trade", metavar="DATE")] = "2026-01-01",
    planted: Annotated[
        int | None,
        typer.Option(
            help="cases and near misses of each pattern; default: one for 2,000 firms, at least two, as many as fit",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="of invoices: csv, xlsx or parquet; default: xlsx up to 5,000, csv up to 200,000, then parquet",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a synthetic country in the formats of real exports, with planted cases and near misses of every pattern."""
    first = day(start, "--start") or date.min
    with Waiting("generate") as waiting:
        size = {"taxpayers": taxpayers, "invoices": invoices, "days": days, "planted": planted}
        summary = _generated(waiting, out, size, seed=seed, start=first, form=form)
    session_of(context).show(summary | {"out": str(out)}, reports.show_generated)


def _generated(
    waiting: Waiting, out: Path, size: Mapping[str, int | None], *, seed: int, start: date, form: str | None
) -> Answer:
    from loaders.synthetic import generate as write_country  # noqa: PLC0415 - heavy, and only this command needs it

    summary = write_country(
        out,
        **size,  # type: ignore[arg-type]  # only `planted` may be None
        seed=seed,
        start=start,
        format=form,  # type: ignore[arg-type]  # the generator refuses an unknown one with words
        progress=lambda stage, share: waiting.tell(stage, int(share * 100), 100),
    )
    return asdict(summary) | {"start": summary.start.isoformat(), "end": summary.end.isoformat()}


def load(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(help="auto, canonical, invoice-workbook, registrations, einvoice, …", show_default=False),
    ],
    paths: Annotated[list[Path], typer.Argument(help="files and folders, one batch", show_default=False)],
    check: Annotated[bool, typer.Option("--check", help="do everything but write")] = False,
    as_at: Annotated[
        str | None,
        typer.Option(help="the extract's own date, where its rows carry none", metavar="DATE", show_default=False),
    ] = None,
    max_rejects: Annotated[
        str | None,
        typer.Option(help="write nothing if more rows are refused", metavar="N|P%", show_default=False),
    ] = None,
    unknown_parties: Annotated[
        str, typer.Option(help="a party that no table describes: stub (make a taxpayer) or reject (refuse the row)")
    ] = "stub",
    currency: Annotated[str, typer.Option(help="of amounts whose record names none")] = "CNY",
    zone: Annotated[str, typer.Option(help="of times without an offset")] = "Asia/Shanghai",
    initial: _Initial = False,
    files_out: _FilesOut = None,
) -> None:
    """Load files as one batch: all of it or nothing; the same files again change nothing."""
    session = session_of(context)
    parameters = {
        "source": source,
        "paths": [str(path.absolute()) for path in paths],
        "check": check,
        "as_at": as_at,
        "max_rejects": max_rejects,
        "unknown_parties": unknown_parties,
        "currency": currency,
        "zone": zone,
        "initial": initial,
        "files_out": str(files_out.absolute()) if files_out else None,
    }
    session.show(session.perform("load", parameters), reports.show_load)


def finish_import(context: typer.Context) -> None:
    """Commit a first load whose files (`load --initial --files-out`) Neo4j's import tool has read.

    Makes the indexes, and compares what the server holds with what was written. Until then nothing is visible.
    """
    session = session_of(context)
    session.show(session.perform("finish-import"), reports.show_finished)


def rejects(
    context: typer.Context,
    batch: _BatchArgument,
    out: Annotated[Path, typer.Option(help="a .csv or .parquet file", show_default=False)],
) -> None:
    """Write the refused rows of a batch, each with its place and the reason, to be corrected."""
    session = session_of(context)
    session.show(session.perform("rejects", {"batch": batch, "out": str(out.absolute())}), reports.show_rejects)


def batches(context: typer.Context) -> None:
    """Show the ledger: every batch with its counts and state."""
    session = session_of(context)
    session.show(session.perform("batches"), reports.show_batches)


def backup(context: typer.Context, out: OutFolder) -> None:
    """Write the whole graph into a new folder: Parquet files, ledger, digest.

    It holds what is current, restricted properties too: keep it as safe as the store. The HMAC key is not in it.
    """
    session = session_of(context)
    session.show(session.perform("backup", {"out": str(out.absolute())}), reports.show_backup)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="where `taxgraph backup` wrote", show_default=False)],
) -> None:
    """Restore a backup into an empty store of either engine; the digest must come out equal.

    The recorded clock begins anew: what the graph knew before the backup is not in it.
    """
    session = session_of(context)
    session.show(session.perform("restore", {"folder": str(folder.absolute())}), reports.show_restore)


def export(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="csv, parquet, graphml or xes", show_default=False)],
    out: Annotated[Path, typer.Option(help="csv, parquet: a folder; graphml, xes: a file", show_default=False)],
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="csv, parquet: only this type; may be repeated", show_default=False),
    ] = None,
) -> None:
    """Export the graph: a table a type (csv, parquet), trade and control (graphml), tasks as event log (xes)."""
    session = session_of(context)
    parameters = {"kind": kind, "out": str(out.absolute()), "types": types or []}
    session.show(session.perform("export", parameters), reports.show_export)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    bring, keep = "Bring data in", "Keep and take out"
    app.command(rich_help_panel=bring, epilog=_GENERATE)(generate)
    app.command(rich_help_panel=bring, epilog=_LOAD)(load)
    app.command(rich_help_panel=bring, epilog=examples("taxgraph finish-import"))(finish_import)
    app.command(rich_help_panel=bring, epilog=_REJECTS)(rejects)
    app.command(rich_help_panel=bring, epilog=examples("taxgraph batches", "taxgraph batches --json"))(batches)
    app.command(rich_help_panel=keep, epilog=examples("taxgraph backup --out backup-2026-03-01"))(backup)
    app.command(rich_help_panel=keep, epilog=_RESTORE)(restore)
    app.command(rich_help_panel=keep, epilog=_EXPORT)(export)


_GENERATE = examples(
    "taxgraph generate --taxpayers 400 --invoices 6000 --days 120 --seed 7 --out country",
    "taxgraph generate --taxpayers 100000 --invoices 1000000 --days 365 --seed 1 --planted 50 --out big",
)
_LOAD = examples(
    "taxgraph load auto country",
    "taxgraph load invoice-workbook 全量发票查询_202601.xlsx --max-rejects 1% --json",
    "taxgraph load canonical tables --check --as-at 2026-03-01",
    "taxgraph load auto country --initial --store neo4j://localhost:7687",
)
_REJECTS = examples("taxgraph rejects b5f1c2a9b7d3e4c6f --out rejects.csv")
_RESTORE = examples("taxgraph restore backup-2026-03-01 --store duckdb:///restored.duckdb")
_EXPORT = examples(
    "taxgraph export graphml --out trade.graphml",
    "taxgraph export csv --type Taxpayer --type Invoice --out tables",
    "taxgraph export xes --out tasks.xes",
)
