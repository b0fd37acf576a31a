"""Facts → the page of the province: each measure with its goal, and whether it was met. Called by the command."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.benchmarks.page import filled, ratio
from tests.benchmarks.province.country import DAYS
from tests.benchmarks.province.sizes import Province

Facts = Mapping[str, float]
_MANY, _WIDTH = 100, 120
PLOT = "images/province-growth.svg"
_A_SIZE = re.compile(r"growth\.(\d+)\.seconds")


def seconds(value: float) -> str:
    """`50 ms`, `4.56 s` or `180 s`."""
    if value < 1:
        return f"{value * 1_000:.3g} ms"
    return f"{value:,.0f} s" if value >= _MANY else f"{value:.3g} s"


def megabytes(value: float) -> str:
    """`1,234 MB`."""
    return f"{value:,.0f} MB"


def whole(value: float) -> str:
    """`0`."""
    return f"{value:,.0f}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure and the most that it may be; `title` may name facts. It is told only if its facts are there."""

    title: str
    here: Callable[[Facts], float]
    most: float
    shown: Callable[[float], str]


def _fact(name: str) -> Callable[[Facts], float]:
    return lambda facts: facts[name]


def _quotient(name: str, over: str) -> Callable[[Facts], float]:
    return lambda facts: facts[name] / facts[over]


def times(value: float) -> str:
    """`1.25 ×`."""
    return f"{value:.2f} ×"


GOALS = (
    Goal("{f[growth.invoices]:,.0f} invoices, Parquet → queryable", _fact("growth.seconds"), 180, seconds),
    Goal("the same, peak memory", _fact("growth.peak_megabytes"), 6_000, megabytes),
    Goal("the same, seconds an invoice over those of the smallest country", _fact("growth.linearity"), 1.25, times),
    Goal("a day of {f[day.invoices]:,.0f} invoices into it", _fact("day.seconds"), 20, seconds),
    Goal("projection, built", _fact("projection.build_seconds"), 15, seconds),
    Goal(
        "household over HTTP, {f[households.count]:.0f} median taxpayers, p95",
        _fact("households.median.p95"),
        0.05,
        seconds,
    ),
    Goal("the same, {f[households.count]:.0f} largest, p95", _fact("households.largest.p95"), 0.2, seconds),
    Goal(
        "{f[households.clients]:.0f} clients for {f[households.load_seconds]:.0f} s, errors",
        _fact("households.errors"),
        0,
        whole,
    ),
    Goal("the same, p99 over the median", _quotient("households.load.p99", "households.load.p50"), 3, times),
    Goal(
        "the same, memory at the end over half-way",
        _quotient("households.megabytes_after", "households.megabytes_middle"),
        1.1,
        times,
    ),
    Goal(
        "reads while {f[beside.invoices]:,.0f} invoices load, p95 over that of idle reads",
        _fact("beside.ratio"),
        2,
        times,
    ),
    Goal("backup and restore, different digests", _fact("backup.digests"), 1, whole),
)


def goals(facts: Facts) -> str:
    """A table of the goals whose facts are there."""
    head = ("| measure | here | goal | |", "| --- | ---: | ---: | --- |")
    return "\n".join((*head, *(row for goal in GOALS if (row := _row(goal, facts)))))


def _row(goal: Goal, facts: Facts) -> str:
    title = filled(goal.title, facts)
    try:
        here = goal.here(facts)
    except KeyError:
        return ""
    verdict = "met" if here <= goal.most else "**not met**"
    return f"| {title} | {goal.shown(here)} | ≤ {goal.shown(goal.most)} | {verdict} |" if title else ""


def sizes_of(facts: Facts) -> list[int]:
    """Invoices of the countries that were loaded, smallest first."""
    return sorted(int(found[1]) for name in facts if (found := _A_SIZE.fullmatch(name)))


def growth(facts: Facts) -> str:
    """A table of the countries that were loaded."""
    head = (
        "| invoices | rows | load | CPU | load a million | peak memory | store |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    )
    return "\n".join((*head, *(_size_row(facts, invoices) for invoices in sizes_of(facts))))


def _size_row(facts: Facts, invoices: int) -> str:
    rows, took, cpu, peak, stored = (
        facts[f"growth.{invoices}.{name}"] for name in ("rows", "seconds", "cpu_seconds", "peak_megabytes", "megabytes")
    )
    each = seconds(took / invoices * 1e6)
    return (
        f"| {invoices:,} | {rows:,.0f} | {seconds(took)} | {seconds(cpu)} | {each} | {megabytes(peak)} "
        f"| {megabytes(stored)} |"
    )


# A sentence is told only if all its facts are there. `f`: facts; `s`: facts as seconds; `r`: ratios.
SENTENCES = (
    """Peer of the load: DuckDB reads the same {f[growth.files_megabytes]:,.0f} MB of files into plain text tables in
  {s[bare.process_seconds]}, the whole process, with {f[bare.peak_megabytes]:,.0f} MB; the load takes
  {r[load]} times as long. {f[growth.rejected]:,.0f} rows refused.""",
    """The day: {f[day.rows]:,.0f} rows, peak memory {f[day.peak_megabytes]:,.0f} MB; {f[day.stubs]:,.0f} taxpayers that
  only its invoices name.""",
    """Projection: {f[projection.edges]:,.0f} edges; opened as it is kept in {s[projection.open_seconds]}; peak memory
  {f[projection.peak_megabytes]:,.0f} MB.""",
    """Household, each taxpayer once: medians p50 {s[households.median.p50]}, p95 {s[households.median.p95]}; largest
  p50 {s[households.largest.p50]}, p95 {s[households.largest.p95]}.""",
    """Under load: {f[households.asked]:,.0f} answers, p50 {s[households.load.p50]}, p95 {s[households.load.p95]}, p99
  {s[households.load.p99]}; resident memory {f[households.megabytes_before]:,.0f} MB before,
  {f[households.megabytes_middle]:,.0f} MB half-way, {f[households.megabytes_after]:,.0f} MB after.""",
    """Beside a load, one caller, the household document of median taxpayers, each once: {f[beside.idle.count]:,.0f}
  idle reads p50 {s[beside.idle.p50]}, p95 {s[beside.idle.p95]}; {f[beside.loading.count]:,.0f} during the
  {s[beside.load_seconds]} of the load p50 {s[beside.loading.p50]}, p95 {s[beside.loading.p95]}, p99
  {s[beside.loading.p99]}; {f[beside.afterwards.count]:,.0f} right after it p50 {s[beside.afterwards.p50]}, p95
  {s[beside.afterwards.p95]}. Every answer named the state of the ledger before the batch or the one after it, and the
  sales of a taxpayer of the batch, counted {f[beside.looks]:,.0f} times, agreed with the state. The server held
  {f[beside.megabytes_before]:,.0f} MB before, at most {f[beside.peak_megabytes]:,.0f} MB.""",
    """Backup of {f[backup.rows]:,.0f} rows: {s[backup.seconds]}, {f[backup.megabytes]:,.0f} MB of files, peak memory
  {f[backup.peak_megabytes]:,.0f} MB. Restore: {s[restore.seconds]}, {f[restore.peak_megabytes]:,.0f} MB. Compared are
  the digests of the backup, of the restore, of the store and of the restored store.""",
)


def sentences(facts: Facts) -> list[str]:
    """How the peers did, and what the tables do not say."""
    shown = {name: seconds(value) for name, value in facts.items()}
    return [made for text in SENTENCES if (made := filled(text, facts, s=shown, r=_ratios(facts)))]


def _item(sentence: str) -> str:
    text = " ".join(sentence.split())
    return textwrap.fill(f"* {text}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _ratios(facts: Facts) -> dict[str, str]:
    known = {"load": ("growth.seconds", "bare.process_seconds")}
    return {name: ratio(facts[a], facts[b]) for name, (a, b) in known.items() if a in facts and b in facts}


def page(facts: Facts, size: Province, *, on: str, machine_text: str) -> str:
    """The whole page."""
    limit = f" Commands have a `TAXGRAPH_MEMORY_LIMIT` of {size.memory}, servers none." if size.memory else ""
    asked = (
        f"`python -m tests.benchmarks.province --size {size.name}` on {on}: {machine_text}. A generated country of "
        f"{size.largest:,} invoices, {size.taxpayers:,} taxpayers and {DAYS} days, always the same; of its exports the "
        f"registers and the invoices with their lines are loaded.{limit}"
    )
    drawn = f"![Seconds and peak memory of a load against the number of invoices]({PLOT})\n\n{growth(facts)}\n\n"
    listed = "\n".join(_item(sentence) for sentence in sentences(facts))
    return (
        "# A province on one machine\n\n"
        "Written by `make province`. A command is measured as a whole process, from its start to its end.\n\n"
        f"{asked}\n\n{goals(facts)}\n\n{drawn if sizes_of(facts) else ''}{listed}\n"
    )
