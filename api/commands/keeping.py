"""Commands that bring data in, look after it and take it out: from `generate` and `load` to `backup` and `export`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.commands import loading, reports
from api.commands.loading import BatchArgument
from api.commands.options import OutFolder, examples
from api.commands.session import session_of
from api.commands.waiting import Waiting
from api.operations.parsing import day
from api.operations.registry import Answer
from graph.progress import Progress


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
    task_events: Annotated[int, typer.Option(help="events of years of officers' work, with planted cases")] = 0,
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
        size = {
            "taxpayers": taxpayers,
            "invoices": invoices,
            "days": days,
            "planted": planted,
            "task_events": task_events,
        }
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
        progress=lambda stage, share: waiting.show(Progress(stage, int(share * 100), 100)),
    )
    return asdict(summary) | {"start": summary.start.isoformat(), "end": summary.end.isoformat()}


def withdraw(
    context: typer.Context,
    batch: BatchArgument,
    with_later: Annotated[
        bool, typer.Option("--with-later", help="withdraw too what later batches built on it")
    ] = False,
) -> None:
    """Take a batch back: from now on the graph is as if it had not come; its past can still be asked for.

    Later batches that build on it are named, and withdrawn too with --with-later; load their files again afterwards.
    """
    session = session_of(context)
    parameters = {"batch": batch, "with_later": with_later}
    session.show(session.perform("batch-withdraw", parameters), reports.show_withdrawn)


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


def export(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="csv, parquet, graphml, xes or indicators", show_default=False)],
    out: Annotated[Path, typer.Option(help="csv, parquet: a folder; all others: a file", show_default=False)],
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="csv, parquet: only this type; may be repeated", show_default=False),
    ] = None,
    period: Annotated[str | None, typer.Option(help="indicators: 2026, 2026Q1 or 2026-03", show_default=False)] = None,
    recorded: Annotated[
        str | None, typer.Option(help="indicators: as the graph knew it then", metavar="TIME", show_default=False)
    ] = None,
) -> None:
    """Export the graph: a table a type (csv, parquet), trade and control (graphml), tasks as event log (xes).

    Indicators are a versioned delivery that can be repeated.
    """
    session = session_of(context)
    parameters = {
        "kind": kind,
        "out": str(out.absolute()),
        "types": types or [],
        "period": period,
        "recorded": recorded,
    }
    session.show(session.perform("export", parameters), reports.show_export)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    bring, keep = "Bring data in", "Keep and take out"
    app.command(rich_help_panel=bring, epilog=_GENERATE)(generate)
    loading.register(app)
    group = typer.Typer(no_args_is_help=True)
    group.command("withdraw", epilog=_WITHDRAW)(withdraw)
    app.add_typer(
        group, name="batch", help="One batch of the ledger: withdraw it.", rich_help_panel=keep, epilog=_WITHDRAW
    )
    app.command(rich_help_panel=keep, epilog=examples("taxgraph backup --out backup-2026-03-01"))(backup)
    app.command(rich_help_panel=keep, epilog=_RESTORE)(restore)
    app.command(rich_help_panel=keep, epilog=_EXPORT)(export)


_GENERATE = examples(
    "taxgraph generate --taxpayers 400 --invoices 6000 --days 120 --seed 7 --out country",
    "taxgraph generate --taxpayers 100000 --invoices 1000000 --days 365 --seed 1 --planted 50 --out big",
    "taxgraph generate --taxpayers 20000 --invoices 20000 --task-events 2000000 --out work",
)
_WITHDRAW = examples(
    "taxgraph batch withdraw b5f1c2a9b7d3e4c6f",
    "taxgraph batch withdraw b5f1c2a9b7d3e4c6f --with-later --json",
)
_RESTORE = examples("taxgraph restore backup-2026-03-01 --store duckdb:///restored.duckdb")
_EXPORT = examples(
    "taxgraph export indicators --period 2026Q1 --out indicators-2026Q1.json",
    "taxgraph export graphml --out trade.graphml",
    "taxgraph export csv --type Taxpayer --type Invoice --out tables",
    "taxgraph export xes --out tasks.xes",
)
