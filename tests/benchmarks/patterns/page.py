"""Worths → the page: a table, what was missed or wrongly suspected, what each pattern looks for. Used by the command.

Names and units of rules are public; their values are not told here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from queries.detection.hits import Pattern
from queries.detection.rules import meanings
from queries.patterns.catalogue import PATTERNS
from tests.benchmarks.page import seconds
from tests.benchmarks.patterns.country import DAYS
from tests.benchmarks.patterns.definitions import DEFINITIONS
from tests.benchmarks.patterns.worth import Worth

_WIDTH = 120
_LISTED = 20  # case numbers


def table(worths: Sequence[Worth]) -> str:
    """A row for each pattern."""
    head = (
        "| pattern | planted | found | missed | near misses | found of them | findings | background | time | CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    )
    return "\n".join((*head, *(_row(each) for each in worths)))


def _row(each: Worth) -> str:
    counts = (each.planted, each.found, len(each.missed), each.near, len(each.near_found))
    shown = (f"{count:,}" for count in (*counts, each.findings, each.background))
    return (
        f"| `{each.name}` | {' | '.join(shown)} | {seconds(each.spent.seconds)} | {seconds(each.spent.cpu_seconds)} |"
    )


def wrong(worths: Sequence[Worth]) -> str:
    """Cases that were missed, and near misses that were found with what they break; a sentence where there are none."""
    missed = [f"* `{each.name}` misses {_some(each.missed)}." for each in worths if each.missed]
    near = [
        f"* `{each.name}` finds near misses: {_some([f'{case} ({broken})' for case, broken in each.near_found])}."
        for each in worths
        if each.near_found
    ]
    return "\n".join([*missed, *near]) or "Every planted case is found, and no near miss."


def _some(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _LISTED:,} more" if len(cases) > _LISTED else ""
    return ", ".join(cases[:_LISTED]) + more


def definition(pattern: Pattern[Any]) -> str:
    """What a pattern looks for, in both languages, and its rules."""
    told = DEFINITIONS[pattern.name]
    off = (" It is searched only when asked for by name.", "仅在指定名称时检索。") if pattern.off else ("", "")
    return "\n".join(
        (
            f"### {pattern.number}. {pattern.en[0].upper()}{pattern.en[1:]} ({pattern.zh})",
            "",
            *textwrap.wrap(told.en + off[0], _WIDTH, break_on_hyphens=False),
            "",
            told.zh + off[1],
            "",
            "| rule | unit | meaning | 含义 |",
            "| --- | --- | --- | --- |",
            *(f"| `{each.name}` | {each.unit} | {each.en} | {each.zh} |" for each in meanings(pattern.rules)),
        )
    )


READ = (
    """*Planted* cases fulfil every precondition of their pattern; a *near miss* fails exactly one, which its truth
    table names. A case, planted or near, is found by a finding that is about its anchor. For groups (`ring_invoicing`,
    `shared_control`, `affiliated_trade`) a planted case is found only by a finding with exactly its members, a near
    miss by any in which its anchor takes part.""",
    """*Background* are findings in which nobody of any case of any pattern takes part: ordinary firms of the generator
    that fulfil the definition by chance, or in shapes that it draws for other ends. All other findings beyond the
    planted cases are about firms of other patterns' cases (a carousel is a circle too, a pipeline firm passes abnormal
    vouchers on, a new firm that issued at once has fallen silent), or about further firms and months of the same
    cases.""",
    """Cases and patterns follow the same written definitions. So this shows that they are searched for without loss and
    apart from their neighbours in a large country, not how much of real fraud they catch.""",
    """The run fails when an exact pattern misses a planted case, another one misses more than one in twenty, or a near
    miss is found.""",
    """Each search reads the facts that it needs by itself; a run of all together reads them once. A CPU second hardly
    depends on what else the machine does.""",
)


def page(worths: Sequence[Worth], facts: Mapping[str, float], *, planted: int, on: str, machine_text: str) -> str:
    """The whole page; `facts`: what loading the country took."""
    asked = (
        f"`python -m tests.benchmarks.patterns --planted {planted}` on {on}: {machine_text}. A generated country of "
        f"{facts['taxpayers']:,.0f} taxpayers, {facts['invoices']:,.0f} invoices and {DAYS} days, always the same, "
        f"with {planted:,} cases and {planted:,} near misses of every pattern; its {facts['load.rows']:,.0f} rows were "
        f"loaded in {seconds(facts['load.seconds'])}, CPU {seconds(facts['load.cpu_seconds'])} "
        f"({facts['load.rejected']:,.0f} refused)."
    )
    read = "\n\n".join(_wrapped(text) for text in READ)
    definitions = "\n\n".join(definition(pattern) for pattern in PATTERNS)
    return (
        "# What the patterns are worth\n\nWritten by `make patterns`; change the source, not this page.\n\n"
        f"{asked}\n\n{table(worths)}\n\n{wrong(worths)}\n\n{read}\n\n## What each looks for\n\n"
        "Rules are thresholds; a deployment can set its own. A share is in millionths, an amount in cents.\n\n"
        f"{definitions}\n"
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_on_hyphens=False)
