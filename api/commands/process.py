"""`taxgraph process-map`: the ways that tasks really take, as tables, as JSON or as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, cut_note, table, text
from api.operations.registry import Answer

_STEPS_SHOWN = 12
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60


def process_map(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="tasks of this kind", show_default=False)] = None,
    source: Annotated[
        str | None, typer.Option(help="tasks of this source: event-log, tasks, desk", show_default=False)
    ] = None,
    bureau: Annotated[str | None, typer.Option(help="tasks of this bureau and all below", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="begun on this day or later", metavar="DATE", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="begun before this day", metavar="DATE", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="file: .svg, .png or .json", show_default=False)] = None,
    variants: Annotated[int, typer.Option(help="most variants", min=1, max=1000)] = 20,
    recorded: Recorded = None,
) -> None:
    """Show what follows what in tasks, how often and after how long, and the ways that cases take."""
    session = session_of(context)
    parameters = {"kind": kind, "source": source, "bureau": bureau, "since": since, "until": until}
    answer = session.perform("process-map", parameters | {"recorded": recorded, "variants": variants})
    if out is None:
        session.show(answer, _show)
        return
    _write(answer, out)
    session.show({"file": str(out), "cases": answer["cases"], "events": answer["events"]}, _show_written)


def _write(answer: Answer, out: Path) -> None:
    if out.suffix == ".json":
        out.write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return
    from api.commands.process_picture import draw_process  # noqa: PLC0415 - only where a picture is asked for

    draw_process(answer, out)


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("taxgraph process-map --kind inspection", "taxgraph process-map --source event-log --out map.svg")
    app.command("process-map", rich_help_panel="Ask", epilog=examples(*lines))(process_map)


def _show(answer: Answer) -> None:
    out = console()
    out.print(text(f"{answer['cases']:,} cases, {answer['events']:,} events, {answer['variant_count']:,} variants"))
    columns = {"step": "left", "events": "right", "cases": "right", "starts": "right", "ends": "right"}
    rows = [
        (one["name"], *(f"{one[name]:,}" for name in ("count", "cases", "starts", "ends")))
        for one in answer["activities"]
    ]
    out.print(table("Steps", columns, rows))
    columns = {"from": "left", "to": "left", "times": "right", "median": "right", "90 %": "right"}
    rows = [(one["source"], one["target"], f"{one['count']:,}", *_times(one)) for one in answer["arcs"]]
    out.print(table("What follows what", columns, rows))
    columns = {"cases": "right", "share": "right", "median": "right", "90 %": "right", "way": "left"}
    rows = [
        (f"{one['cases']:,}", f"{100 * one['cases'] / answer['cases']:.1f} %", *_times(one), _way(one))
        for one in answer["variants"]
    ]
    out.print(table("Ways that cases take", columns, rows))
    if note := cut_note(answer["cut"]):
        out.print(note)


def _times(one: Answer) -> tuple[str, str]:
    return _lasting(one["times"]["median_seconds"]), _lasting(one["times"]["p90_seconds"])


def _lasting(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    days, rest = divmod(seconds, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // _MINUTE
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min {rest % 60} s"


def _way(one: Answer) -> str:
    more = f" … {one['steps'] - _STEPS_SHOWN} more" if one["steps"] > _STEPS_SHOWN else ""
    return " → ".join(one["path"][:_STEPS_SHOWN]) + more


def _show_written(answer: Answer) -> None:
    console().print(text(f"Written: {answer['file']}"), soft_wrap=True)
