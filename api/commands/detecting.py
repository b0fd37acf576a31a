"""Commands of detection: detect, findings, evidence, decide, cases, sample, labels, patterns; `asking` has `why`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands import detected
from api.commands.options import Limit, Recorded, examples
from api.commands.session import session_of

Names = Annotated[
    list[str] | None,
    typer.Option("--pattern", help="only this pattern, as `taxgraph patterns` names it; may be repeated"),
]
RulesFile = Annotated[
    Path | None,
    typer.Option(help="TOML file with thresholds of your own (or TAXGRAPH_RULES)", show_default=False),
]
Wait = Annotated[float | None, typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)]


def detect(
    context: typer.Context,
    pattern: Names = None,
    rules: RulesFile = None,
    full: Annotated[bool, typer.Option("--full", help="search everything, not only what changed")] = False,
    wait_seconds: Wait = None,
) -> None:
    """Search what changed since the last run, and keep what was found as one batch.

    New, changed and vanished findings are those of a search of everything.
    """
    session = session_of(context)
    path = str(rules.resolve()) if rules else None
    parameters = {"names": pattern or [], "rules": path, "full": full, "wait_seconds": wait_seconds}
    session.show(session.perform("detect", parameters), detected.show_detected)


def findings(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    pattern: Names = None,
    severity: Annotated[str | None, typer.Option(help="abnormal or high", show_default=False)] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="open, reopened, closed, gone, superseded; may be repeated; default: open and reopened"),
    ] = None,
    member: Annotated[
        str | None, typer.Option(help="only with this taxpayer: id, number or exact name", show_default=False)
    ] = None,
    limit: Limit = 100,
    offset: Annotated[int, typer.Option(help="leave out the first ones", min=0)] = 0,
    recorded: Recorded = None,
) -> None:
    """List findings, the worst first."""
    session = session_of(context)
    parameters = {
        "names": pattern or [],
        "severity": severity,
        **({"states": state} if state else {}),
        "member": member,
        "limit": limit,
        "offset": offset,
        "recorded": recorded,
    }
    session.show(session.perform("findings", parameters), detected.show_findings)


def evidence(
    context: typer.Context,
    finding: Annotated[str, typer.Argument(help="id of the finding", show_default=False)],
    out: Annotated[Path, typer.Option(help="file that ends in .graphml, .json, .csv or .parquet", show_default=False)],
    recorded: Recorded = None,
) -> None:
    """Write the members and invoices of a finding to files for other tools."""
    session = session_of(context)
    parameters = {"finding": finding, "out": str(out.absolute()), "recorded": recorded}
    session.show(session.perform("evidence", parameters), detected.show_evidence)


def decide(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    finding: Annotated[str, typer.Argument(help="id of the finding", show_default=False)],
    label: Annotated[str, typer.Option(help="confirmed, refuted or insufficient", show_default=False)],
    reason: Annotated[str, typer.Option(help="why, in a sentence", show_default=False)],
    task: Annotated[str | None, typer.Option(help="id of the task that decided it", show_default=False)] = None,
    recovered: Annotated[str | None, typer.Option(help="tax recovered: 1000.50", show_default=False)] = None,
    currency: Annotated[str, typer.Option(help="ISO code", metavar="CODE")] = "CNY",
) -> None:
    """Close a finding with a label."""
    session = session_of(context)
    parameters = {
        "finding": finding,
        "label": label,
        "reason": reason,
        "task": task,
        "recovered": recovered,
        "currency": currency,
    }
    session.show(session.perform("decide", parameters), detected.show_decided)


def cases(context: typer.Context, limit: Limit = 100) -> None:
    """Join findings that share members into cases, ranked by severity, amount and newness."""
    session = session_of(context)
    session.show(session.perform("cases", {"limit": limit}), detected.show_cases)


def sample(
    context: typer.Context,
    count: Annotated[int, typer.Option(help="how many taxpayers", min=1)] = 50,
    seed: Annotated[str, typer.Option(help="the same word draws the same ones")] = "1",
    tasks: Annotated[bool, typer.Option("--tasks", help="also open a task about each")] = False,
) -> None:
    """Draw taxpayers without a finding at random: what they turn out to be shows what detection misses."""
    session = session_of(context)
    parameters = {"count": count, "seed": seed, "tasks": tasks}
    session.show(session.perform("sample", parameters), detected.show_sample)


def labels(
    context: typer.Context, out: Annotated[Path, typer.Option(help="CSV file to write", show_default=False)]
) -> None:
    """Write decided findings with what was measured, for evaluation and later models."""
    session = session_of(context)
    session.show(session.perform("labels", {"out": str(out.resolve())}), detected.show_labels)


def patterns(
    context: typer.Context,
    rules: Annotated[bool, typer.Option("--rules", help="also the thresholds in force today")] = False,
    rules_file: Annotated[Path | None, typer.Option(help="with thresholds from this file", show_default=False)] = None,
) -> None:
    """Show the catalogue of patterns."""
    session = session_of(context)
    parameters = {"rules": rules, "path": str(rules_file.resolve()) if rules_file else None}
    session.show(session.perform("patterns", parameters), detected.show_patterns)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    panel = "Detect"
    app.command(rich_help_panel=panel, epilog=_DETECT)(detect)
    app.command(rich_help_panel=panel, epilog=_FINDINGS)(findings)
    app.command(rich_help_panel=panel, epilog=_EVIDENCE)(evidence)
    app.command(rich_help_panel=panel, epilog=_DECIDE)(decide)
    app.command(rich_help_panel=panel, epilog=_CASES)(cases)
    app.command(rich_help_panel=panel, epilog=_SAMPLE)(sample)
    app.command(rich_help_panel=panel, epilog=_LABELS)(labels)
    app.command(rich_help_panel=panel, epilog=_PATTERNS)(patterns)


_DETECT = examples(
    "taxgraph detect",
    "taxgraph detect --full",
    "taxgraph detect --pattern ring_invoicing --rules thresholds.toml --json",
)
_FINDINGS = examples(
    "taxgraph findings --severity high",
    "taxgraph findings --pattern ring_invoicing --member 91440300MA5F0K1X2A --json",
)
_EVIDENCE = examples("taxgraph evidence finding-0a1b2c3d4e5f6a7b8c9d0e1f --out evidence.graphml")
_DECIDE = examples(
    'taxgraph decide finding-0a1b2c3d4e5f6a7b8c9d0e1f --label confirmed --reason "no goods moved" --recovered 39000',
    'taxgraph decide finding-0a1b2c3d4e5f6a7b8c9d0e1f --label refuted --reason "returned goods" --task T-2026-17',
)
_CASES = examples("taxgraph cases --limit 20", "taxgraph cases --json")
_SAMPLE = examples("taxgraph sample --count 50 --seed 2026-03", "taxgraph sample --count 200 --seed audit --tasks")
_LABELS = examples("taxgraph labels --out labels.csv")
_PATTERNS = examples("taxgraph patterns", "taxgraph patterns --rules --json")
