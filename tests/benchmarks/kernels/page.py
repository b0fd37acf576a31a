"""Facts → the page of the kernels: each row with its goal, the peers, the curves. Called by the command."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.benchmarks.kernels.graphs import MEDIAN_CENTS, SPAN_DAYS, SPREAD
from tests.benchmarks.kernels.sizes import MILD, STEEP, Size
from tests.benchmarks.page import filled
from tests.benchmarks.province.page import megabytes, seconds

Facts = Mapping[str, float]
PLOT = "images/kernels-growth.svg"
_WIDTH = 120
_A_POINT = re.compile(r"growth\.(\w+)\.(\d+)\.(\d+)\.cpu_seconds")
FASTER = 50  # times, than the graph feature preprocessor


@dataclass(frozen=True, slots=True)
class Row:
    """A measure; `title` and `found` may name facts, and it is told only if they are there.

    CPU seconds are the fact `<name><cpu>`, wall seconds `<name><wall>`; `most`: CPU seconds that are the goal.
    """

    title: str
    name: str
    most: float | None
    found: str
    cpu: str = ".cpu_seconds"
    wall: str = ".seconds"
    most_megabytes: float | None = None


RINGS = "{f[%s.rings]:,.0f} rings, {f[%s.edge_cycles]:,.0f} cycles, all {f[%s.planted]:.0f} planted"


def _whole(title: str, name: str, most: float | None, most_megabytes: float | None = None) -> Row:
    title = f"{{f[{name}.invoices]:,.0f}} invoices, {title}"
    return Row(title, name, most, RINGS.replace("%s", name), most_megabytes=most_megabytes)


def _asked(title: str, name: str, most: float | None, found: str, rank: str) -> Row:
    words = {"p50": "median", "p95": "p95"}[rank]
    return Row(f"{title}, {words}", name, most, found, f".cpu.{rank}", f".{rank}")


def _shape(title: str, name: str, most: float | None) -> Row:
    return Row(title, name, most, f"{{f[{name}.found]:,.0f}}")


TRACED = "at most {f[%s.edges]:,.0f} invoices in one"
ROWS = (
    _whole("tiers, 30 days, ≤ 10 members", "tiers", 3),
    _whole("half-mixed, 30 days, ≤ 10 members", "half", 5),
    _whole("half-mixed, 90 days, ≤ 6 members", "quarter", 20),
    _whole("all mixed, 30 days, ≤ 10 members, amounts within 10 %", "band", 1),
    _whole("all mixed, 30 days, ≤ 10 members, amounts within 10 %", "wide_band", 10),
    _whole("half-mixed, 30 days, ≤ 10 members", "mild", None),
    _whole(f"half-mixed, 30 days, ≤ 10 members, weights r^-{STEEP}", "steep", None),
    _whole("tiers, 30 days, ≤ 6 members", "large", 45, 6_000),
    Row(
        "a new day of {f[day.invoices]:,.0f} invoices on half-mixed, 30 days, ≤ 10 members",
        "day",
        1,
        "{f[day.rings]:,.0f} rings that it closes, all {f[day.planted]:.0f} planted",
    ),
    *(
        _asked(
            "through one of {f[through.count]:.0f} taxpayers, half-mixed, 90 days, ≤ 8 members",
            "through",
            most,
            "at most {f[through.rings]:,.0f} rings",
            rank,
        )
        for rank, most in (("p50", None), ("p95", 0.2))
    ),
    Row("static, tiers, ≤ 6 members, {f[static.arcs]:,.0f} arcs", "static", 5, "{f[static.rings]:,.0f} rings"),
    *(
        _asked(
            f"trace of {days} days, ten hops, {{f[traces.{name}.count]:.0f}} {who}",
            f"traces.{name}",
            most,
            TRACED.replace("%s", f"traces.{name}"),
            rank,
        )
        for name, days, who, goals in (
            ("random", 90, "random starts", (None, 0.005)),
            ("hubs", 90, "largest", (None, 0.1)),
            ("year", 365, "largest", (None, 1.5)),
        )
        for rank, most in zip(("p50", "p95"), goals, strict=True)
    ),
    _shape("pass-through, 30 days, within 10 %", "pass_through", 0.4),
    _shape("fan-in, 30 days, ≥ 20 sellers", "fan_in", 0.8),
    _shape("fan-out, 30 days, ≥ 20 buyers", "fan_out", 0.8),
    _shape("scatter-gather, 30 days, ≥ 3 between", "scatter_gather", 3.1),
    _shape("gather-scatter, 30 days, ≥ 10 on each side", "gather_scatter", None),
    Row("shared control, {f[control.links]:,.0f} links", "control", 0.4, "{f[control.groups]:,.0f} groups"),
    Row(
        "`taxgraph rings`, new process, {f[cold.invoices]:,.0f} invoices", "cold", 1.5, "median of {f[cold.starts]:.0f}"
    ),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """The same work by a peer: CPU seconds of both, and how many times as long the peer must take."""

    title: str
    own: str
    peer: str
    least: float | None
    same: str


def _preprocessor(name: str, words: str, kind: str) -> Beside:
    own = f"snapml.{name}.{kind}"
    equal = {
        "plain": f"{{f[{own}.cycles]:,.0f}} cycles, by length as many",
        "usual": f"{{f[{own}.cycles]:,.0f}} cycles; the peer counts bundles ({{f[{own}.peer_cycles]:,.0f}})",
    }[kind]
    shape = {"plain": "no two alike", "usual": "three a pair"}[kind]
    title = f"`snapml`, temporal cycles, 30 days, {{f[snapml.invoices]:,.0f}} invoices, {words}, {shape}"
    return Beside(title, f"{own}.cpu_seconds", f"{own}.peer.cpu_seconds", FASTER, equal)


PEERS = (
    *(
        _preprocessor(name, words, kind)
        for kind in ("usual", "plain")
        for name, words in (("tiers", "tiers"), ("half", "half-mixed"))
    ),
    Beside(
        "NetworkX, simple cycles ≤ 8, {f[networkx.arcs]:,.0f} arcs",
        "networkx.static.cpu_seconds",
        "networkx.static.peer.cpu_seconds",
        None,
        "{f[networkx.static.rings]:,.0f} rings",
    ),
    Beside(
        "the same, in time order within 30 days",
        "networkx.temporal.cpu_seconds",
        "networkx.temporal.peer.cpu_seconds",
        None,
        "{f[networkx.temporal.rings]:,.0f} rings",
    ),
    Beside(
        "DuckDB, recursive, rings ≤ 5 in time order within 30 days, {f[recursive.invoices]:,.0f} invoices, half-mixed",
        "recursive.cpu_seconds",
        "recursive.peer.cpu_seconds",
        None,
        "{f[recursive.rings]:,.0f} rings",
    ),
    Beside(
        "DuckDB, recursive, reach of {f[reach.count]:.0f} traces of 90 days, {f[reach.invoices]:,.0f} invoices, median",
        "reach.cpu.p50",
        "reach.peer.cpu.p50",
        None,
        "value reaches {f[reach.own_firms]:,.0f} of the peer's {f[reach.peer_firms]:,.0f} firms",
    ),
    Beside(
        "Neo4j, Cypher, paths ≤ 4 in time order within 30 days, {f[server.invoices]:,.0f} invoices, half-mixed",
        "server.cpu_seconds",
        "server.peer.cpu_seconds",
        None,
        "{f[server.cycles]:,.0f} cycles",
    ),
)
# A sentence is told only if all its facts are there.
SENTENCES = (
    "Traces and shapes read an adjacency that is built once, as the projection keeps it: {s[adjacency.cpu_seconds]}.",
)
MISSING = {
    "snapml.missing": "`snapml` is not installed here: its rows are missing.",
    "server.missing": "No Neo4j server could be started here: its row is missing.",
}


def table(facts: Facts) -> str:
    """The rows whose facts are there; memory has one of its own."""
    head = ("| work | CPU, one thread | wall | goal | | found |", "| --- | ---: | ---: | ---: | --- | --- |")
    rows = (made for row in ROWS for made in (_row(row, facts), _memory(row, facts)) if made)
    return "\n".join((*head, *rows))


def _memory(row: Row, facts: Facts) -> str:
    peak = facts.get(f"{row.name}.peak_megabytes")
    if peak is None or row.most_megabytes is None:
        return ""
    shown = f"{megabytes(peak)} | ≤ {megabytes(row.most_megabytes)} | {_verdict(peak, row.most_megabytes)}"
    return f"| the same, most memory of the process |  | {shown} | its columns and code are part of it |"


def _verdict(value: float, most: float | None) -> str:
    return "" if most is None else "met" if value <= most else "**not met**"


def _row(row: Row, facts: Facts) -> str:
    title, found = filled(row.title, facts), filled(row.found, facts)
    cpu, wall = facts.get(row.name + row.cpu), facts.get(row.name + row.wall)
    if not (title and found and cpu and wall):
        return ""
    goal = f"≤ {seconds(row.most)}" if row.most else ""
    return f"| {title} | {seconds(cpu)} | {seconds(wall)} | {goal} | {_verdict(cpu, row.most)} | {found} |"


def peers(facts: Facts) -> str:
    """The same for the peers."""
    head = (
        "| peer and work | here | peer | peer ÷ here | goal | | the same? |",
        "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    )
    return "\n".join((*head, *(made for each in PEERS if (made := _beside(each, facts)))))


def _beside(each: Beside, facts: Facts) -> str:
    title, same = filled(each.title, facts), filled(each.same, facts)
    own, peer = facts.get(each.own), facts.get(each.peer)
    if not (title and same and own and peer):
        return ""
    goal = f"≥ {each.least:.0f}" if each.least else ""
    verdict = "" if each.least is None else "met" if peer / own >= each.least else "**not met**"
    return f"| {title} | {seconds(own)} | {seconds(peer)} | {peer / own:,.0f} | {goal} | {verdict} | {same} |"


def curve(facts: Facts, kind: str, corr: int) -> list[tuple[int, float]]:
    """(place, CPU seconds) of a curve, ascending."""
    found = ((_A_POINT.fullmatch(name), value) for name, value in facts.items())
    return sorted((int(at[3]), value) for at, value in found if at and (at[1], int(at[2])) == (kind, corr))


def sentences(facts: Facts) -> Iterator[str]:
    """What the tables do not say."""
    shown = {name: seconds(value) for name, value in facts.items()}
    yield from (made for text in SENTENCES if (made := filled(text, facts, s=shown)))
    yield from (text for name, text in MISSING.items() if name in facts)


GRAPHS = f"""Invoices of a power law: the firms of rank r sell and buy with a weight of r^-{MILD}, a tenth as many
firms as invoices, three invoices a pair in the mean, midnights of 365 dates, log-normal amounts (median
{MEDIAN_CENTS // 100:,} yuan, σ {SPREAD}). *Tiers*: selling and buying ranks have nothing to do with each other;
*half-mixed*, *all mixed*: they coincide for half of the firms, for all. In each graph up to {{planted}} rings of 3 to 8
members within {SPAN_DAYS} days and ± 4 % are planted; a step that does not find every one of them that its length
allows gives no figure. The steeper the power, the denser the trade among hubs that both buy and sell, and the more
rings there are: {MILD} is the mild end of what the goals allow, two rows of the table show what a step to {STEEP}
costs, and the largest half-mixed graphs would cost many times as much."""
READ = """Goals are CPU seconds of one thread, which hardly depend on what else the machine does. A kernel is asked as
the queries ask it: checks, counts and a list of the first 10,000 rings with their invoices are part of it; reading
compiled code is not. The new day is searched among the invoices of the window that ends with it."""
SNAPML = """Peers run with one thread in the same process, after ours; counts that should be equal are, or there is no
figure. `snapml` wants ticks to rise, so in its rows they must rise for us too; it knows no bound of length, ours is
ten. It gives each invoice the number of cycles that it is part of: divided by the length, the sum over all invoices is
the number of cycles where no two invoices have the same ends or the same moment, and there equality is asserted. With
several invoices a pair it counts bundles of them in a way of its own."""


def page(facts: Facts, size: Size, *, on: str, machine_text: str) -> str:
    """The whole page."""
    asked = f"`python -m tests.benchmarks.kernels --size {size.name}` on {on}: {machine_text}."
    middle = f"Window and length grow on the graph of {size.growth[len(size.growth) // 2]:,} invoices."
    drawn = f"![CPU seconds as invoices, window and length grow]({PLOT})\n\n{middle}\n\n"
    drawn = drawn if curve(facts, "invoices", 0) else ""
    listed = "\n".join(textwrap.fill(f"* {each}", _WIDTH, subsequent_indent="  ") for each in sentences(facts))
    graphs = GRAPHS.replace("{planted}", f"{size.planted:,}")
    return (
        "# What the kernels cost\n\nWritten by `make kernels`; change the source, not this page.\n\n"
        f"{_wrapped(asked)}\n\n{_wrapped(graphs)}\n\n{table(facts)}\n\n{listed}\n\n{_wrapped(READ)}\n\n"
        f"## Growth\n\n{drawn}## Peers on the same work\n\nCPU seconds of both.\n\n"
        f"{peers(facts)}\n\n{_wrapped(SNAPML)}\n"
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_on_hyphens=False)
