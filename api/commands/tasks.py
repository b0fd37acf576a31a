"""Commands of work: `task open`, `act`, `service`, `show`, `conformance`, `raise`, `ask`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.commands.options import examples
from api.commands.session import session_of
from api.commands.showing import console, facts, moment, table, text
from api.operations.registry import Answer

TaskArgument = Annotated[str, typer.Argument(help="id of the task", show_default=False)]
Officer = Annotated[str, typer.Option(help="who does it: id of the officer", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="why, in a sentence", show_default=False)]
Evidence = Annotated[
    list[str] | None,
    typer.Option(help="kind or kind:reference, such as signed_notice:N-17; may be repeated", show_default=False),
]
Note = Annotated[str | None, typer.Option(help="a note; the chain keeps its digest only", show_default=False)]
Grid = Annotated[str | None, typer.Option(help="id of the grid that gets it", show_default=False)]
Due = Annotated[str | None, typer.Option(help="day by which it is due", metavar="DAY", show_default=False)]
Once = Annotated[str | None, typer.Option(help="key of this request: repeated, it is done once", show_default=False)]
Recorded = Annotated[str | None, typer.Option(help="as recorded at this instant", metavar="TIME", show_default=False)]


def open_task(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="service, inquiry, inspection …", show_default=False)],
    title: Annotated[str, typer.Argument(help="what it is, in a few words", show_default=False)],
    officer: Officer,
    taxpayer: Annotated[list[str] | None, typer.Option(help="whom it is about; may be repeated")] = None,
    finding: Annotated[list[str] | None, typer.Option(help="a finding that triggers it; may be repeated")] = None,
    invoice: Annotated[list[str] | None, typer.Option(help="an invoice that it is about; may be repeated")] = None,
    parent: Annotated[str | None, typer.Option(help="id of the task that spawns it", show_default=False)] = None,
    answers: Annotated[str | None, typer.Option(help="id of the task that it answers", show_default=False)] = None,
    grid: Grid = None,
    give_to: Annotated[str | None, typer.Option(help="officer to whom it is given at once")] = None,
    risk: Annotated[str | None, typer.Option(help="low or high", show_default=False)] = None,
    due: Due = None,
    reason: Reason = None,
    note: Note = None,
    once: Once = None,
) -> None:
    """Open a task about taxpayers, findings or invoices; the grid is the opener's own where none is named."""
    session = session_of(context)
    told = {"kind": kind, "title": title, "taxpayers": taxpayer, "findings": finding, "invoices": invoice}
    told |= {"parent": parent, "answers": answers, "grid": grid, "officer": give_to, "risk": risk, "due_on": due}
    told |= {"reason": reason, "note": note, "once": once}
    session.show(session.perform("task-open", {"officer": officer, "told": _given(told)}), show_done)


def act(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    task: TaskArgument,
    action: Annotated[str, typer.Argument(help="accept, start, submit …; `task show` lists them", show_default=False)],
    officer: Officer,
    seen: Annotated[int, typer.Option(help="sequence of the task as it was read", min=0, show_default=False)],
    reason: Reason = None,
    evidence: Evidence = None,
    note: Note = None,
    assign_to: Annotated[str | None, typer.Option(help="id of the officer who gets it", show_default=False)] = None,
    grid: Grid = None,
    outcome: Annotated[str | None, typer.Option(help="what came of it", show_default=False)] = None,
    due: Due = None,
    once: Once = None,
) -> None:
    """Do an action in a task; where the task does not allow it, the refusal says what it allows, and to whom."""
    session = session_of(context)
    told = {"task": task, "action": action, "seen": seen, "reason": reason, "evidence": evidence, "note": note}
    told |= {"assign_to": assign_to, "grid": grid, "outcome": outcome, "due_on": due, "once": once}
    session.show(session.perform("task-act", {"officer": officer, "told": _given(told)}), show_done)


def serve(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    event: Annotated[str, typer.Argument(help="registered, filing_missed, finding …", show_default=False)],
    taxpayer: Annotated[str, typer.Argument(help="an id, a tax number or a name", show_default=False)],
    officer: Annotated[str, typer.Option(help="who asks for it: id of the officer", show_default=False)],
    risk: Annotated[str | None, typer.Option(help="low or high; by default that of the findings")] = None,
    once: Once = None,
) -> None:
    """Let the platform open the service that an event calls for: template, channel and officer follow from the risk."""
    session = session_of(context)
    parameters = {"event": event, "taxpayer": taxpayer, "officer": officer, "risk": risk, "once": once}
    session.show(session.perform("task-service", parameters), show_service)


def show_service(answer: Answer) -> None:
    """What was opened, and why its officer."""
    show_done(answer)
    console().print(text(answer["because"]["en"]))


def _given(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def show(
    context: typer.Context,
    task: TaskArgument,
    officer: Annotated[str | None, typer.Option(help="mark what this officer may do", show_default=False)] = None,
    recorded: Recorded = None,
) -> None:
    """Show where a task stands, what was done in it, and what may be done now."""
    session = session_of(context)
    parameters = {"task": task, "officer": officer, "recorded": recorded}
    session.show(session.perform("task-show", parameters), show_task)


def conformance(context: typer.Context, task: TaskArgument, recorded: Recorded = None) -> None:
    """Say where a task's events differ from what its kind allows; loaded events are facts and never refused."""
    session = session_of(context)
    session.show(session.perform("task-conformance", {"task": task, "recorded": recorded}), show_conformance)


def raise_task(
    context: typer.Context,
    finding: Annotated[str, typer.Argument(help="id of the finding", show_default=False)],
    officer: Officer,
) -> None:
    """Open the task about a finding's issuing side: who gets it, and why. Asked again, nothing is opened twice."""
    session = session_of(context)
    session.show(session.perform("task-raise", {"finding": finding, "officer": officer}), show_raised)


def ask(context: typer.Context, task: TaskArgument, officer: Officer) -> None:
    """Ask everybody who received what a confirmed finding of the task is about: a task each, over the levels."""
    session = session_of(context)
    session.show(session.perform("task-ask", {"task": task, "officer": officer}), show_raised)


def show_raised(answer: Answer) -> None:
    """One line a task, and why its officer got it."""
    columns = {"task": "whole", "kind": "left", "loop": "left", "grid": "left", "officer": "left", "why": "left"}
    rows = [[each[name] for name in columns] for each in answer["raised"]]
    console().print(table("Tasks", columns, rows, shown=max(1, len(rows))))


def show_done(answer: Answer) -> None:
    """What was done, and where the task stands."""
    done = answer["done"]
    shown = {name: done[name] for name in ("task", "action", "state", "sequence", "officer")}
    console().print(facts("Done before" if done["repeated"] else "Done", {**shown, "at": moment(done["at"])}))


def show_task(answer: Answer) -> None:
    """The task, its events, what is allowed."""
    out = console()
    out.print(_head(answer))
    events = {"#": "right", "at": "whole", "action": "left", "by": "left", "for": "left", "state": "left"}
    rows = [
        (each["sequence"], moment(each["at"]), *(each[name] for name in ("action", "officer", "acting_for", "status")))
        for each in answer["events"]
    ]
    out.print(table("What was done", events, rows))
    columns = {"action": "left", "leads to": "left", "by": "left", "needs": "left", "yours": "left"}
    possible = [
        (each["action"], each["to"], ", ".join(each["by"]), _needs(each), "yes" if each["mine"] else "")
        for each in answer["allowed"]
    ]
    out.print(table("What may be done now", columns, possible))


def _needs(each: Mapping[str, Any]) -> str:
    return ", ".join([*each["needs"], *each["evidence"], *(f"other than {name}" for name in each["other_than"])])


def show_conformance(answer: Answer) -> None:
    """One line a deviation."""
    console().print(_head(answer))
    columns = {"event": "whole", "action": "left", "state": "left", "rule": "left", "about": "left"}
    rows = [
        (each["event"], each["action"], each["state"], each["rule"], ", ".join(each["names"]))
        for each in answer["deviations"]
    ]
    console().print(table(f"Deviations of {answer['events']} events", columns, rows))


def _head(answer: Answer) -> Any:
    task = answer["task"]
    shown = {name: task[name] for name in ("id", "kind", "title", "risk", "opened_at", "due_on", "closed_at")}
    return facts("Task", {**shown, "state": answer["state"], "sequence": answer["sequence"]})


def register(app: typer.Typer) -> None:
    """Add these commands as the group `task`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("open", epilog=examples(*_OPEN))(open_task)
    group.command("act", epilog=examples(*_ACT))(act)
    group.command("service", epilog=examples(*_SERVICE))(serve)
    group.command("show", epilog=examples(*_SHOW))(show)
    group.command("conformance", epilog=examples(*_CONFORMANCE))(conformance)
    group.command("raise", epilog=examples(_RAISE))(raise_task)
    group.command("ask", epilog=examples(_ASK))(ask)
    app.add_typer(
        group,
        name="task",
        help="Tasks of officers: open, act, service, show; raise one for a finding, ask the receiving side.",
        epilog=examples(_OPEN[0], _ACT[0], _SHOW[0], _CONFORMANCE[0]),
        rich_help_panel="Work",
    )


_OPEN = (
    'taxgraph task open inquiry "Invoices without goods" --taxpayer 91350100M000100Y43 --officer O-17 --give-to O-21',
    'taxgraph task open inspection "Ring of three" --finding finding-0a1b2c3d4e5f6a7b --risk high --officer O-17',
)
_ACT = (
    "taxgraph task act desk:t0a1b2c3d --seen 3 --officer O-21 start",
    "taxgraph task act desk:t0a1b2c3d submit --seen 4 --officer O-21 --evidence visit:V-8 --note 'no goods there'",
    'taxgraph task act desk:t0a1b2c3d assign --seen 5 --officer O-17 --assign-to O-22 --reason "on leave" --json',
)
_SERVICE = (
    "taxgraph task service filing_missed 91350100M000100Y43 --officer O-17",
    "taxgraph task service policy 91350100M000100Y43 --officer O-17 --risk low --once 2026-03 --json",
)
_SHOW = ("taxgraph task show desk:t0a1b2c3d --officer O-21", "taxgraph task show desk:t0a1b2c3d --json")
_RAISE = "taxgraph task raise finding-0a1b2c3d4e5f6a7b --officer O-17"
_ASK = "taxgraph task ask desk:t0a1b2c3d --officer O-17"
_CONFORMANCE = ("taxgraph task conformance tasks:T-2026-17", "taxgraph task conformance tasks:T-2026-17 --json")
