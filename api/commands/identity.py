"""Commands of identity: formed, why-same, identity-reviews, identity-report, train-identity, decide-identity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands import reports
from api.commands.identity_quality import show_report
from api.commands.options import Limit, Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, cut_note, facts, table, text

Answer = Mapping[str, Any]
_ANY_ID = "an id, a tax number or a source's own id"
_WAIT = typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)


def formed(context: typer.Context, taxpayer: Annotated[str, typer.Argument(help=_ANY_ID, show_default=False)]) -> None:
    """Say step by step how a taxpayer was formed: which numbers and registrations joined or left it, and why."""
    session = session_of(context)
    session.show(session.perform("formed", {"taxpayer": taxpayer}), show_formed)


def show_formed(answer: Answer) -> None:
    """A row for each party that moved, under its batch; decisions below."""
    columns = {"at": "whole", "batch": "whole", "party": "whole", "": "whole", "other taxpayer": "left", "by": "left"}
    rows = [
        (step["at"][:16], _batch(step), each["party"], *_moved(each, answer["taxpayer"]))
        for step in answer["steps"]
        for each in step["moved"]
    ]
    console().print(table(f"How {answer['taxpayer']} was formed", columns, rows))
    for said in (said for step in answer["steps"] for said in step["decisions"]):
        console().print(text(f"{said['who']} decided {said['verdict']}: {said['reason']}"))


def _moved(each: Mapping[str, Any], taxpayer: str) -> tuple[str, str, str]:
    """Whether the party joined or left, from or to whom, and by which rule."""
    if each["now"] == taxpayer:
        return "joined", each["was"] or "–", each["rule"]
    return "left", each["now"] or "–", each["rule"] or "withdrawal"


def _batch(step: Mapping[str, Any]) -> str:
    return f"{step['batch']} withdrawn" if step["withdrawn"] else step["batch"]


def why_same(
    context: typer.Context,
    left: Annotated[str, typer.Argument(help="key of a registration: source:serial", show_default=False)],
    right: Annotated[str, typer.Argument(help="key of another one", show_default=False)],
    model: Annotated[
        Path | None, typer.Option(help="model file; by default that of loads, else the shipped one", show_default=False)
    ] = None,
) -> None:
    """Say field by field why two registrations are one taxpayer, or why not."""
    session = session_of(context)
    parameters = {"left": left, "right": right, "model": str(model.resolve()) if model else None}
    session.show(session.perform("why-same", parameters), show_why_same)


def show_why_same(answer: Answer) -> None:
    """A row for each field with its bits; then what follows."""
    rows = [(each["field"], each["level"], _bits(each["weight"])) for each in answer["fields"]]
    rows += [("before anything is compared", "", _bits(answer["prior"])), ("together", "", _bits(answer["total"]))]
    title = f"{answer['left']} and {answer['right']}: {'one taxpayer' if answer['same'] else 'two taxpayers'}"
    console().print(table(title, {"field": "left", "how it compares": "left", "bits": "right"}, rows))
    console().print(text(f"{answer['english']} {answer['chinese']}"))
    console().print(
        facts(
            "What counts",
            {
                "rule": answer["rule"] or ("others in between" if answer["joined"] else "none"),
                "conflict": answer["conflict"] or "none",
                "names agree": "yes" if answer["named"] else "no",
                "needed": f"{_bits(answer['link'])} bits and names that agree",
            },
        )
    )


def _bits(millionths: int) -> str:
    return f"{millionths / 1_000_000:+.2f}"


def identity_reviews(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="open, settled, gone; may be repeated; default: open")] = None,
    reason: Annotated[
        list[str] | None, typer.Option(help="only for this reason; may be repeated", show_default=False)
    ] = None,
    limit: Limit = 100,
    recorded: Recorded = None,
) -> None:
    """List pairs of registrations about which a person should decide. `decide-identity` settles one."""
    session = session_of(context)
    parameters = {
        **({"states": state} if state else {}),
        "reasons": reason or [],
        "limit": limit,
        "recorded": recorded,
    }
    session.show(session.perform("identity-reviews", parameters), show_reviews)


def show_reviews(answer: Answer) -> None:
    """A row for each pair."""
    columns = {"one": "whole", "other": "whole", "why": "left", "by": "left", "state": "left"}
    rows = [(each["left"], each["right"], each["reason"], _by(each), _state(each)) for each in answer["reviews"]]
    out = console()
    out.print(table(f"To decide ({answer['total']:,} in all)", columns, rows))
    if note := cut_note(answer["cut"]):
        out.print(note)


def _by(each: Mapping[str, Any]) -> str:
    return each["rule"] or (f"{_bits(each['weight'])} bits" if each["weight"] is not None else "decision")


def _state(each: Mapping[str, Any]) -> str:
    return f"{each['state']}: {each['verdict']}" if each["verdict"] else str(each["state"])


def identity_report(
    context: typer.Context,
    labels: Annotated[
        Path | None, typer.Option(help="CSV file of pairs: left, right, label (same or different)", show_default=False)
    ] = None,
    sample: Annotated[
        int | None, typer.Option(help="write so many pairs to be labelled, of every stratum", min=1, show_default=False)
    ] = None,
    seed: Annotated[str, typer.Option(help="of the sample; the same seed draws the same pairs")] = "1",
    out: Annotated[
        Path | None, typer.Option(help="folder for report.json, charts (SVG) and sample.csv", show_default=False)
    ] = None,
) -> None:
    """Report how good identities are: sizes, rules, weights, doubts; from labelled pairs precision and recall.

    Every pair of the register is weighed again: half a minute and some gigabytes for a million registrations.
    """
    session = session_of(context)
    parameters = {
        "labels": str(labels.absolute()) if labels else None,
        "sample": sample,
        "seed": seed,
        "out": str(out.absolute()) if out else None,
    }
    session.show(session.perform("identity-report", parameters), show_report)


def train_identity(
    context: typer.Context, out: Annotated[Path, typer.Option(help="JSON file to write", show_default=False)]
) -> None:
    """Train a model of identity on this store's register. Loads never train: name the file in TAXGRAPH_IDENTITY_MODEL.

    Registrations with social credit codes teach; a register of some ten thousand of them is needed.
    """
    session = session_of(context)
    answer = session.perform("train-identity", {"out": str(out.resolve())})
    session.show(answer, lambda told: console().print(facts("Model", told)))


def decide_identity(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    left: Annotated[str, typer.Argument(help="key of a registration: source:serial", show_default=False)],
    right: Annotated[str, typer.Argument(help="key of another one", show_default=False)],
    verdict: Annotated[str, typer.Option(help="same or different", show_default=False)],
    reason: Annotated[str, typer.Option(help="why, in a sentence", show_default=False)],
    seen: Annotated[
        str | None,
        typer.Option(help="batch of their review as you read it: refused if it changed since", show_default=False),
    ] = None,
    wait_seconds: Annotated[float | None, _WAIT] = None,
) -> None:
    """Decide that two registrations are one taxpayer, or two. Later loads respect it, a later decision replaces it.

    The decision is a batch: `taxgraph batch withdraw` undoes it.
    """
    session = session_of(context)
    parameters = {
        "left": left,
        "right": right,
        "verdict": verdict,
        "reason": reason,
        "seen": seen,
        "wait_seconds": wait_seconds,
    }
    session.show(session.perform("decide-identity", parameters), reports.show_load)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Identity", epilog=_FORMED)(formed)
    app.command(rich_help_panel="Identity", epilog=_WHY)(why_same)
    app.command(rich_help_panel="Identity", epilog=_REVIEWS)(identity_reviews)
    app.command(rich_help_panel="Identity", epilog=_REPORT)(identity_report)
    app.command(rich_help_panel="Identity", epilog=_TRAIN)(train_identity)
    app.command(rich_help_panel="Identity", epilog=_DECIDE)(decide_identity)


_FORMED = examples("taxgraph formed 91350100M000100Y43", "taxgraph formed tp54db01f8d8be0295a080b0a8 --json")
_WHY = examples("taxgraph why-same tas:10213 zas:88", "taxgraph why-same tas:10213 zas:88 --model model.json --json")
_REVIEWS = examples(
    "taxgraph identity-reviews", 'taxgraph identity-reviews --reason "two organisation codes" --state open --json'
)
_REPORT = examples(
    "taxgraph identity-report --sample 400 --seed 7 --out quality",
    "taxgraph identity-report --labels quality/sample.csv --json",
)
_TRAIN = examples("taxgraph train-identity --out model.json")
_DECIDE = examples(
    'taxgraph decide-identity tas:10213 zas:88 --verdict same --reason "moved to another bureau"',
    'taxgraph decide-identity tas:10213 tas:10214 --verdict different --reason "two firms of one owner" --json',
)
