"""Commands about the trail: `trail key`, `trail seal`, `trail export`, `trail verify`, `trail handovers`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, facts, moment, table, text
from api.operations.registry import Answer

_FAULTY = 1


def key(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option(help="file for the key; its public key goes beside it as .pub", show_default=False)
    ],
) -> None:
    """Make the key that signs the days' roots. Keep a copy of it where the store's keepers cannot reach it."""
    from queries.trail.keys import create_key, public_path  # noqa: PLC0415 - signatures, only when needed

    answer = {"key": str(out), "public": str(public_path(out)), "fingerprint": create_key(out)}
    session_of(context).show(answer, lambda made: console().print(facts("Key of the trail", made)))


def seal(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option(help="up to this day; default: the last that is over", metavar="DATE")
    ] = None,
) -> None:
    """Sign the root of every day that is over and has none, and add it to the file of the roots.

    Needs TAXGRAPH_TRAIL_KEY_FILE and TAXGRAPH_TRAIL_ROOTS. A day that was sealed is compared, never sealed again.
    """
    session = session_of(context)
    session.show(session.perform("trail-seal", {"day": day}), _show_sealed)


def export(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Option(help="file: .csv for people, any other name for the verifier (JSON lines)", show_default=False),
    ],
) -> None:
    """Write out every event of every task with its link, withdrawn ones too, without the texts of notes."""
    session = session_of(context)
    session.show(session.perform("trail-export", {"out": str(out.absolute())}), _show_exported)


def verify(
    context: typer.Context,
    trail: Annotated[Path, typer.Argument(help="what `taxgraph trail export` wrote", show_default=False)],
    roots: Annotated[Path, typer.Option(help="the file of the days' roots", show_default=False)],
    public: Annotated[Path, typer.Option("--key", help="the public key of who seals", show_default=False)],
    until: Annotated[
        str | None, typer.Option(help="a day that must have been sealed by now", metavar="DATE", show_default=False)
    ] = None,
) -> None:
    """Verify an exported trail; ends with 1 where it is not what was recorded. Needs no store.

    The same file runs alone, anywhere: api/verify_trail.py.
    """
    from api.verify_trail import verify_files  # noqa: PLC0415 - signatures, only when needed
    from graph.errors import DataError  # noqa: PLC0415

    try:
        result = verify_files(trail, roots, public, until=until)
    except (OSError, ValueError) as error:
        raise DataError(
            "The trail cannot be verified.",
            code="data.trail",
            next_step="Check the three files: the export, the roots, the public key.",
            reason=type(error).__name__,
        ) from None
    session_of(context).show(asdict(result), _show_verified)
    if result.faults:
        raise typer.Exit(_FAULTY)


def handovers(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="id of the task, as `taxgraph search` shows it", show_default=False)],
    recorded: Recorded = None,
) -> None:
    """Say who handed a task over to whom, when, and after how long."""
    session = session_of(context)
    session.show(session.perform("handovers", {"task": task, "recorded": recorded}), _show_handovers)


def register(app: typer.Typer) -> None:
    """Add these commands as the group `trail`."""
    group = typer.Typer(no_args_is_help=True)
    for command, lines in ((key, _KEY), (seal, _SEAL), (export, _EXPORT), (verify, _VERIFY), (handovers, _HANDOVERS)):
        group.command(epilog=examples(*lines))(command)
    app.add_typer(
        group,
        name="trail",
        help="The trail of tasks: seal its days, export it, verify it.",
        epilog=examples(_KEY[0], _SEAL[0], _EXPORT[0], _VERIFY[0]),
        rich_help_panel="Keep and take out",
    )


def _show_sealed(answer: Answer) -> None:
    days = answer["days"]
    span = f"{days[0]} – {days[-1]}" if days else "none"
    console().print(facts("Sealed", {"days": len(days), "span": span, "last": answer["last"]}))


def _show_exported(answer: Answer) -> None:
    console().print(
        facts("Trail", {name: answer[name] for name in ("out", "links", "tasks", "withdrawn", "unchained")})
    )


def _show_handovers(answer: Answer) -> None:
    columns = {"from": "left", "to": "left", "at": "whole", "after": "right", "action": "left"}
    rows = [
        (
            each["giver_name"] or each["giver"],
            each["taker_name"] or each["taker"],
            moment(each["at"]),
            None if each["after_seconds"] is None else str(timedelta(seconds=each["after_seconds"])),
            each["action"],
        )
        for each in answer["handovers"]
    ]
    console().print(table(f"Hand-overs of {answer['task']}", columns, rows, shown=max(1, len(rows))))
    for cut in answer["cut"]:
        console().print(text(f"{cut['dropped']:,} events were left out: {cut['limit']}"))


def _show_verified(answer: Answer) -> None:
    out, faults = console(), answer["faults"]
    out.print(facts("Verified", {name: value for name, value in answer.items() if name != "faults"}))
    if not faults:
        out.print(text("The trail is what was recorded."))
        return
    columns = {"day": "whole", "task": "whole", "sequence": "right", "what": "left"}
    rows = [tuple(fault[name] for name in columns) for fault in faults]
    out.print(table("Faults", columns, rows, shown=len(rows)))


_KEY = ("taxgraph trail key --out trail.key",)
_SEAL = ("taxgraph trail seal", "taxgraph trail seal --day 2026-03-31")
_HANDOVERS = ("taxgraph trail handovers tasks:SX-2026-17",)
_EXPORT = ("taxgraph trail export --out trail.jsonl", "taxgraph trail export --out trail.csv")
_VERIFY = ("taxgraph trail verify trail.jsonl --roots roots.jsonl --key trail.key.pub --until 2026-03-31",)
