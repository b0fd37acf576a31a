"""The page of a run: each question beside its goal. A step that was not measured has no line."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.page import Facts, filled, ratio, seconds
from tests.benchmarks.work.sizes import Size


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, the fact of its wall and of its CPU seconds, and the seconds that it should keep to."""

    title: str
    wall: str
    cpu: str
    goal: float


GOALS = (
    Goal("responsibility as of a day, p95", "responsible.p95", "responsible.cpu.p95", 0.020),
    Goal("portfolio of an officer, p95", "portfolio.p95", "portfolio.cpu.p95", 0.050),
    Goal("loop of 1,000 tasks, p95", "loop.p95", "loop.cpu.p95", 0.100),
    Goal("scan of internal control", "control.scan_seconds", "control.scan_cpu_seconds", 60),
)
STORES = {"embedded": "the embedded store", "neo4j": "Neo4j"}
_ACTIONS = """Actions of fifty officers at once over HTTP on NAME, all there afterwards in chains without a fork:
  {f[actions.STORE.done]:,.0f} done and {f[actions.STORE.refused]:,.0f} refused with the reason in
  {f[actions.STORE.seconds]:,.0f} s, {f[actions.STORE.per_second]:,.1f} done a second,
  {f[actions.STORE.cpu_each]:.3f} CPU seconds of the server process each. The ledger grew by
  {f[actions.STORE.batches]:,.0f} lines. Killed amid as many again after {f[actions.STORE.killed.done]:,.0f}: the chains
  hold, and {f[actions.STORE.killed.unanswered]:,.0f} without an answer were asked again under their keys."""
SENTENCES = (
    """The country: {f[country.Taxpayer]:,.0f} taxpayers, {f[country.Officer]:,.0f} officers, {f[country.Task]:,.0f}
  tasks with {f[country.TaskEvent]:,.0f} events; loaded in {f[country.load_seconds]:,.0f} s
  ({f[country.load_cpu_seconds]:,.0f} CPU seconds).""",
    """Gaps of everything: {f[gaps.count]:,.0f} in {f[gaps.scan_seconds]:.1f} s ({f[gaps.scan_cpu_seconds]:.1f} CPU
  seconds); overlaps {f[overlaps.count]:,.0f} in {f[overlaps.scan_seconds]:.1f} s; peak memory
  {f[gaps.peak_megabytes]:,.0f} MB.""",
    """Internal control: {f[control.alerts]:,.0f} alerts of the country's own cases and of {f[control.planted]:,.0f}
  planted ones; {f[control.wrong]:,.0f} of these missed or look-alikes found. A second scan:
  {f[control.again_seconds]:,.1f} s.""",
    *(_ACTIONS.replace("STORE", store).replace("NAME", name) for store, name in STORES.items()),
)


def table(facts: Facts) -> str:
    """The goals whose facts are there; a ratio below 1 keeps to the goal."""
    head = ("| question | here | CPU | goal | here ÷ goal |", "| --- | ---: | ---: | ---: | ---: |")
    return "\n".join((*head, *(_row(goal, facts) for goal in GOALS if goal.wall in facts)))


def _row(goal: Goal, facts: Facts) -> str:
    wall, cpu = facts[goal.wall], facts[goal.cpu]
    return f"| {goal.title} | {seconds(wall)} | {seconds(cpu)} | {seconds(goal.goal)} | {ratio(wall, goal.goal)} |"


def page(facts: Facts, size: Size, *, on: str, machine_text: str) -> str:
    """The whole page."""
    listed = "\n".join(f"* {made}" for text in SENTENCES if (made := filled(text, facts)))
    return (
        "# Officers and their work\n\n"
        "Written by `make work`, on the embedded store. A time means little on another machine or a busy one: the CPU\n"
        "seconds beside it hardly depend on what else the machine does. Nothing here is a test.\n\n"
        f"`python -m tests.benchmarks.work --size {size.name}` on {on}: {machine_text}.\n\n{table(facts)}\n\n{listed}\n"
    )
