"""Facts → the page: one line a measure, with its peer and the ratio. Called by the command."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.benchmarks.sizes import Size

Facts = Mapping[str, float]
MILLISECONDS_BELOW = 0.1
MANY, FEW = 10, 0.001


@dataclass(frozen=True, slots=True)
class Line:
    """A measure and what it is held against; both name facts in seconds."""

    title: str
    own: str
    peer: str
    against: str


def _views() -> Iterator[Line]:
    scans = {
        "household": ("household view", "one scan of the bare invoices: months, counts and sums"),
        "search": ("search of four signs", "one scan of the bare seller names"),
        "who": ("who is responsible", "one scan of the bare grid table"),
    }
    for name, (title, against) in scans.items():
        for rank, words in (("p50", "median"), ("p95", "p95")):
            yield Line(f"{title}, {words}", f"views.{name}.{rank}", f"views.bare_{name}.{rank}", against)


LINES = (
    Line("files → committed", "load.seconds", "bare.seconds", "DuckDB reads the same files into text tables"),
    Line("files → first answer", "load.process_seconds", "bare.process_seconds", "the same; both whole processes"),
    Line("projection, first build", "load.projection_seconds", "projection.trade_seconds", "`store.trade()` alone"),
    Line("projection, opened", "projection.open_seconds", "projection.read_seconds", "reading its files once"),
    Line(
        "projection, caught up",
        "projection.catch_up_seconds",
        "projection.rebuild_seconds",
        "rebuilding it; same edges",
    ),
    Line("rings of the whole country", "rings.whole_seconds", "rings.sort_seconds", "one NumPy sort of its edges"),
    Line(
        "rings in time order, part", "rings.temporal_seconds", "rings.networkx_temporal_seconds", "NetworkX; same count"
    ),
    Line("rings, static, part", "rings.static_seconds", "rings.networkx_static_seconds", "NetworkX; same count"),
    Line("trace, search, median", "traces.search.p50", "traces.peer.p50", "DuckDB, recursive: reach without shares"),
    Line("trace, search, p95", "traces.search.p95", "traces.peer.p95", "the same"),
    Line("trace, whole answer, median", "traces.answer.p50", "traces.peer.p50", "the same"),
    Line("trace, whole answer, p95", "traces.answer.p95", "traces.peer.p95", "the same"),
    *_views(),
    Line("Neo4j: write a day", "server.write_seconds", "server.bare_write_seconds", "bare `UNWIND … CREATE`"),
    Line("Neo4j: the same, CPU of both sides", "server.write_cpu_seconds", "server.bare_write_cpu_seconds", "the same"),
    Line("Neo4j: read all trade", "server.trade_seconds", "server.bare_trade_seconds", "bare `MATCH … RETURN`"),
    Line("Neo4j: first load, files and tool", "initial.load_seconds", "initial.bare_seconds", "the bare tool"),
    Line("Neo4j: the same, CPU", "initial.load_cpu_seconds", "initial.bare_cpu_seconds", "the same"),
    Line("Neo4j: first load, server online", "initial.online_seconds", "initial.bare_seconds", "the same"),
)


def table(facts: Facts) -> str:
    """The lines whose facts are there; a ratio below 1 means faster than the peer."""
    head = ("| measure | here | peer | here ÷ peer | the peer |", "| --- | ---: | ---: | ---: | --- |")
    known = (line for line in LINES if line.own in facts and line.peer in facts)
    return "\n".join((*head, *(_row(line, facts[line.own], facts[line.peer]) for line in known)))


def _row(line: Line, own: float, peer: float) -> str:
    return f"| {line.title} | {seconds(own)} | {seconds(peer)} | {ratio(own, peer)} | {line.against} |"


def seconds(value: float) -> str:
    """`12.3 s`, `0.45 s` or `4.56 ms`."""
    if value < MILLISECONDS_BELOW:
        return f"{value * 1_000:.3g} ms"
    return f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


def ratio(own: float, peer: float) -> str:
    """Two figures, without an exponent."""
    quotient = own / peer
    return f"{quotient:,.0f}" if quotient >= MANY else f"{quotient:#.2g}" if quotient >= FEW else f"{quotient:.4f}"


# A sentence is told only if all its facts are there.
SENTENCES = (
    """Files: {f[generate.rows]:,.0f} rows, {f[generate.megabytes]:,.0f} MB; {f[load.rejected]:,.0f} rows refused. Peak
  memory {f[load.peak_megabytes]:,.0f} MB, of the bare reading {f[bare.peak_megabytes]:,.0f} MB.""",
    """First answer: load {f[load.seconds]:.1f} s, projection {f[load.projection_seconds]:.1f} s, rings
  {f[load.rings_seconds]:.1f} s; with start and end of the process {f[load.process_seconds]:.1f} s (the goal for a
  million invoices: 30 s).""",
    """Catching up: {f[projection.new_invoices]:,.0f} new invoices on {f[projection.edges]:,.0f} edges; they were loaded
  in {f[projection.batch_seconds]:.1f} s.""",
    """Rings: {f[rings.whole]:,.0f} distinct in {f[rings.edges]:,.0f} edges; in the part of {f[rings.part_edges]:,.0f}
  edges {f[rings.part_static]:,.0f} static, {f[rings.part_temporal]:,.0f} of them in time order, by both.""",
    """Traces: {f[traces.count]:.0f} starts, {f[traces.cut]:.0f} lists cut, at most {f[traces.most_taxpayers]:,.0f}
  taxpayers in one; the peer was asked {f[traces.peer_count]:.0f}: it reaches {f[traces.peer_taxpayers]:,.0f} taxpayers,
  value can be followed to {f[traces.own_taxpayers]:,.0f}, all of them among those.""",
    """Views: {f[views.count]:.0f} taxpayers.""",
    """The committed household document over HTTP, each taxpayer once: {f[households.count]:.0f} median taxpayers p50
  {f[households.median.p50]:.3f} s, p95 {f[households.median.p95]:.3f} s (goal 0.05 s); as many of the largest p50
  {f[households.largest.p50]:.3f} s, p95 {f[households.largest.p95]:.3f} s (goal 0.2 s).""",
    """Under load: {f[households.clients]:.0f} clients for {f[households.load_seconds]:.0f} s,
  {f[households.asked]:,.0f} answers, {f[households.errors]:.0f} errors; p50 {f[households.load.p50]:.2f} s, p95
  {f[households.load.p95]:.2f} s, p99 {f[households.load.p99]:.2f} s; resident memory
  {f[households.megabytes_before]:,.0f} MB before, {f[households.megabytes_middle]:,.0f} MB half-way,
  {f[households.megabytes_after]:,.0f} MB after.""",
    """A search that explodes ({f[explosion.circles]:,.0f} circles, budget {f[explosion.budget_seconds]:.0f} s):
  {f[explosion.searches]:.0f} searches one after the other, each cut and saying so after at most
  {f[explosion.most_seconds]:.1f} s; households asked meanwhile p50 {f[explosion.beside.p50]:.3f} s, p95
  {f[explosion.beside.p95]:.3f} s (goal 0.2 s), before p95 {f[explosion.alone.p95]:.3f} s.""",
    """Neo4j: {f[server.invoices]:,.0f} invoices with {f[server.lines]:,.0f} lines written on top of
  {f[server.held_invoices]:,.0f}, {f[server.write_rate]:,.0f} invoices a second, stamps, versions and look-ups included;
  {f[server.trade_rate]:,.0f} rows of trade read a second.""",
    """Neo4j, first load: {f[initial.invoices]:,.0f} invoices, {f[initial.rate]:,.0f} a second; files
  {f[initial.files_seconds]:.1f} s, tool {f[initial.tool_seconds]:.1f} s; stopping and starting the server and making
  its indexes the rest of {f[initial.online_seconds]:.1f} s.""",
)


def sentences(facts: Facts) -> list[str]:
    """What the table does not say."""
    return [made for text in SENTENCES if (made := filled(text, facts))]


def filled(text: str, facts: Facts, **others: object) -> str:
    """A text with its facts, `{f[name]}`; empty if one is not there."""
    try:
        return text.format(f=facts, **others)
    except KeyError:
        return ""


def machine() -> str:
    """Cores, Python, and how busy the machine was when asked."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"load average {load:.1f} at the start"
    )


def today() -> str:
    """The date of the run."""
    return datetime.now(UTC).date().isoformat()


def page(facts: Facts, size: Size, *, on: str, machine_text: str) -> str:
    """The whole page."""
    asked = (
        f"`python -m tests.benchmarks --size {size.name}` on {on}: {machine_text}. A generated country of "
        f"{size.invoices:,} invoices, {size.taxpayers:,} taxpayers and {size.days} days, always the same."
    )
    listed = "\n".join(f"* {sentence}" for sentence in sentences(facts))
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`. A time means little on another machine, so each is held against a peer or\n"
        "a physical limit in the same run; a ratio below 1 is faster than the peer. Nothing here is a test.\n\n"
        f"{asked}\n\n{table(facts)}\n\n{listed}\n"
    )
