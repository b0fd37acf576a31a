"""Commands of internal control: `control scan | alerts | explain | answer | close | review | visits | rules`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.text import Text

from api.commands.options import Limit, Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, cut_note, facts, moment, table, text

Answer = Mapping[str, Any]
Rule = Annotated[
    list[str] | None,
    typer.Option("--rule", help="only this rule, as `taxgraph control rules` names it; may be repeated"),
]
AlertId = Annotated[str, typer.Argument(help="id of the alert", show_default=False)]
Words = Annotated[str, typer.Option("--text", help="why, in a sentence", show_default=False)]


def scan(
    context: typer.Context,
    rule: Rule = None,
    on: Annotated[
        str | None, typer.Option(help="day on which open tasks are looked at; default: today", metavar="DATE")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="TOML file with thresholds of your own (or TAXGRAPH_RULES)", show_default=False)
    ] = None,
    wait_seconds: Annotated[
        float | None, typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)
    ] = None,
) -> None:
    """Search all work by the rules of internal control, and keep the alerts as one batch. Again, it changes nothing."""
    session = session_of(context)
    path = str(rules.resolve()) if rules else None
    parameters = {"names": rule or [], "on": on, "rules": path, "wait_seconds": wait_seconds}
    session.show(session.perform("control-scan", parameters), _show_scanned)


def alerts(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    rule: Rule = None,
    severity: Annotated[str | None, typer.Option(help="low or high", show_default=False)] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="open, answered, closed, reviewed, settled; may be repeated; default: the first three"),
    ] = None,
    officer: Annotated[str | None, typer.Option(help="only about this officer", show_default=False)] = None,
    supervisor: Annotated[
        str | None, typer.Option(help="only those that go to this officer", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="only about this task", show_default=False)] = None,
    limit: Limit = 100,
    offset: Annotated[int, typer.Option(help="leave out the first ones", min=0)] = 0,
    recorded: Recorded = None,
) -> None:
    """List alerts, the graver and later ones first."""
    session = session_of(context)
    parameters = {
        "names": rule or [],
        "severity": severity,
        **({"states": state} if state else {}),
        "officer": officer,
        "supervisor": supervisor,
        "task": task,
        "limit": limit,
        "offset": offset,
        "recorded": recorded,
    }
    session.show(session.perform("control-alerts", parameters), _show_alerts)


def explain(context: typer.Context, alert: AlertId, recorded: Recorded = None) -> None:
    """Say why an alert is one, with the events behind its numbers."""
    session = session_of(context)
    session.show(session.perform("control-explain", {"alert": alert, "recorded": recorded}), _show_explained)


def answer(context: typer.Context, alert: AlertId, words: Words) -> None:
    """Answer an alert: what the officer or the supervisor has to say."""
    _step(context, "answer", alert, words)


def close(
    context: typer.Context,
    alert: AlertId,
    words: Words,
    verdict: Annotated[str, typer.Option(help="justified or unfounded", show_default=False)],
) -> None:
    """Close an alert with a verdict. Who answered it, or whom it is about, does not."""
    _step(context, "close", alert, words, verdict)


def review(context: typer.Context, alert: AlertId) -> None:
    """Review a closed alert: a third person."""
    _step(context, "review", alert, "")


def _step(context: typer.Context, name: str, alert: str, words: str, verdict: str | None = None) -> None:
    session = session_of(context)
    parameters = {"name": name, "alert": alert, "text": words, "verdict": verdict}
    session.show(session.perform("control-step", parameters), _show_step)


def visits(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV file, one look a row", show_default=False)],
    tasks_of: Annotated[str, typer.Option(help="source whose task numbers it names")] = "tasks",
) -> None:
    """Take the access log of another system, so that looks without a task are found there too. Taken once."""
    session = session_of(context)
    parameters = {"path": str(file.resolve()), "tasks_of": tasks_of}
    session.show(session.perform("control-visits", parameters), lambda told: console().print(facts("Looks", told)))


def rules(
    context: typer.Context,
    values: Annotated[bool, typer.Option("--values", help="also the thresholds in force today")] = False,
    rules_file: Annotated[Path | None, typer.Option(help="with thresholds from this file", show_default=False)] = None,
) -> None:
    """Show the rules of internal control."""
    session = session_of(context)
    parameters = {"values": values, "path": str(rules_file.resolve()) if rules_file else None}
    session.show(session.perform("control-rules", parameters), _show_rules)


def _show_scanned(told: Answer) -> None:
    out = console()
    counts = {name: f"{count:,}" for name, count in told["counts"].items()}
    out.print(facts(f"Scan of {told['on']}", {**counts, "batch": told["batch"] or "nothing changed"}))
    rows = [(name, f"{count:,}") for name, count in told["found"].items()]
    out.print(table("Found", {"rule": "whole", "alerts": "right"}, rows, shown=len(rows)))
    out.print(text("See them: taxgraph control alerts"))


def _show_alerts(told: Answer) -> None:
    out = console()
    columns = {"#": "right", "rule": "left", "severity": "whole", "officer": "whole", "at": "whole", "state": "left"}
    rows = [
        (
            place,
            f"{each['title_en']} {each['title_zh']}",
            Text(each["severity"], style="red" if each["severity"] == "high" else "yellow"),
            each["officer"],
            moment(each["raised_at"]),
            each["verdict"] or each["state"],
        )
        for place, each in enumerate(told["alerts"], 1)
    ]
    out.print(table(f"Alerts ({told['total']:,} in all)", columns, rows))
    for place, each in enumerate(told["alerts"][:10], 1):
        out.print(Text(f"{place}. taxgraph control explain {each['id']}"), soft_wrap=True)
    if note := cut_note(told["cut"]):
        out.print(note)


def _show_explained(told: Answer) -> None:
    out, alert = console(), told["alert"]
    out.print(Panel(text(told["sentence_en"]), title=text(f"Why: {told['title_en']}"), title_align="left"))
    out.print(Panel(text(told["sentence_zh"]), title=text(f"原因:{told['title_zh']}"), title_align="left"))
    out.print(facts(alert["id"], {name: value for name, value in alert.items() if value and name != "id"}))
    measures = [(f"{each['en']} {each['zh']}", each["value_en"]) for each in told["measures"]]
    out.print(table("Measured", {"what": "left", "value": "right"}, measures))
    events = [(moment(e["at"]), e["action"], e["officer"], e["task"], e["id"]) for e in told["events"]]
    columns = {"at": "whole", "action": "left", "officer": "whole", "task": "left", "event": "left"}
    out.print(table("Events behind it", columns, events))


def _show_step(told: Answer) -> None:
    shown = {name: told["alert"][name] for name in ("id", "rule", "state", "verdict") if told["alert"][name]}
    console().print(facts("Alert", shown))


def _show_rules(told: Answer) -> None:
    out = console()
    rows = [(each["name"], each["en"], each["zh"], "yes" if each["in_step"] else "") for each in told["rules"]]
    columns = {"rule": "whole", "what": "left", "什么": "left", "checked in the step": "left"}
    out.print(table("Rules of internal control", columns, rows, shown=len(rows)))
    for each in told["rules"]:
        values = [(rule["name"], rule["value"], rule["unit"], rule["en"], rule["zh"]) for rule in each.get("rules", ())]
        if values:
            title = f"{each['name']} (version {each['version']})"
            columns = {"rule": "whole", "value": "right", "unit": "left", "meaning": "left", "含义": "left"}
            out.print(table(title, columns, values, shown=len(values)))


def register(app: typer.Typer) -> None:
    """Add `control` with its commands."""
    group = typer.Typer(no_args_is_help=True)
    for command in (scan, alerts, explain, answer, close, review, visits, rules):
        group.command(command.__name__, epilog=_EXAMPLES[command.__name__])(command)
    every = examples(*(line for lines in _LINES.values() for line in lines))
    app.add_typer(
        group,
        name="control",
        help="Internal control of officers' work: scan, alerts and what becomes of them.",
        rich_help_panel="Internal control",
        epilog=every,
    )


_LINES = {
    "scan": ("taxgraph control scan", "taxgraph control scan --rule recusal --on 2026-06-30 --json"),
    "alerts": ("taxgraph control alerts --severity high", "taxgraph control alerts --supervisor SW00100084 --json"),
    "explain": ("taxgraph control explain ca5f1c2a9b7d3e4c6f",),
    "answer": ('taxgraph control answer ca5f1c2a9b7d3e4c6f --text "the papers came on the last day"',),
    "close": (
        'taxgraph control close ca5f1c2a9b7d3e4c6f --verdict justified --text "shares held in trust, sold since"',
    ),
    "review": ("taxgraph control review ca5f1c2a9b7d3e4c6f",),
    "visits": ("taxgraph control visits access/visits.csv",),
    "rules": ("taxgraph control rules", "taxgraph control rules --values --json"),
}
_EXAMPLES = {name: examples(*lines) for name, lines in _LINES.items()}
