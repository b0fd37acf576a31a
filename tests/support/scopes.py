"""Two neighbouring cities for tests of scope: `a…` firms of bureau 11, `b…` firms of bureau 22, trade between them.

`every_answer` asks all questions at once, so that a test compares whole answers and looks for what must not be in them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from graph.errors import TaxgraphError
from graph.store.port import GraphStore, WriteBatch
from graph.store.projecting import TradeProjection, open_projection
from graph.store.questions import NOW, AsOf, Scope
from queries.lineage import task_history
from queries.loops import task_loop
from queries.match import match
from queries.organisation.gaps import responsibility_gaps
from queries.organisation.moves import responsibility_moves
from queries.organisation.overlaps import responsibility_overlaps
from queries.organisation.portfolio import portfolio
from queries.organisation.responsible import responsible
from queries.paths import shortest_path
from queries.results import plain
from queries.rings import RingOptions, rings_by_currency
from queries.searching import search
from queries.trace import TraceOptions, trace
from queries.trail.handovers import handovers
from queries.views.bureau import bureau_view, officer_view
from queries.views.household import household
from queries.views.person import person_view
from tests.support.small_graph import Draft

OURS, THEIRS = ("a0", "a1", "a2"), ("b0", "b1", "b2")
CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"a secret of tests")
DAY = date(2026, 1, 20)
MOMENTS = ("2026-01-10", "2026-01-11T10:00:00", "2026-01-12T09:00:00", "2026-01-13T08:30:00")
PATTERN = "(x:Taxpayer)-[:SOLD]->(i:Invoice)-[:BOUGHT_BY]->(y:Taxpayer) return x.name, i.net_cents, y.name limit 100"


@st.composite
def two_cities(draw: st.DrawFn) -> WriteBatch:
    """Firms, trade within and between the cities, people, grids, officers and tasks."""
    graph = Draft()
    for firm in OURS:
        graph.firm(firm, bureau="11", region="110100", status="normal")
    for firm in THEIRS:
        graph.firm(firm, bureau="22", region="220200", status="normal", registered_on=DAY, name=f"secret-{firm}")
    graph.node("Bureau", "11", name="City 11", level=3).node("Bureau", "22", name="City 22", level=3)
    _organisation(graph)
    _people(draw, graph)
    firms = (*OURS, *THEIRS)
    for number in range(draw(st.integers(3, 10))):
        ends = draw(st.permutations(firms))[:2]
        _invoice(draw, graph, f"i{number}", *ends)
    _tasks(draw, graph, OURS, "t")
    _tasks(draw, graph, THEIRS, "secret-t")
    return graph.batch("base")


@st.composite
def their_own_facts(draw: st.DrawFn) -> WriteBatch:
    """Facts that concern the other city alone."""
    graph = Draft()
    for number in range(draw(st.integers(1, 4))):
        _invoice(draw, graph, f"secret-i{number}", *draw(st.permutations(THEIRS))[:2])
    graph.person("secret-p9", represents="b0").link("HOLDS_SHARE", "Person:p1", "no:b2", ratio=500_000)
    graph.link("IN_GRID", "no:b1", "g11", role="secret-role").link("IN_GRID", "no:b0", "g22")
    graph.firm("b3", bureau="22", region="220200", name="secret-b3")
    _invoice(draw, graph, "secret-i9", "b3", "b0")
    _tasks(draw, graph, ("b3",), "secret-u")
    graph.node("RegistrationChange", "secret-c1", item="name", old_value="secret-x", new_value="secret-b0")
    graph.link("CHANGED", "secret-c1", "no:b0")
    return graph.batch("theirs")


def _invoice(draw: st.DrawFn, graph: Draft, invoice: str, seller: str, buyer: str) -> None:
    moment = draw(st.sampled_from(MOMENTS))
    secret = invoice.startswith("secret")
    graph.invoice(
        invoice,
        seller=seller,
        buyer=buyer,
        on=moment,
        issued_precision="second" if "T" in moment else "day",
        net_cents=draw(st.sampled_from((1000, 1500, 2000))) + (7 if secret else 0),
        currency=draw(st.sampled_from(("CNY", "CNY", "EUR"))),
    )


def _organisation(graph: Draft) -> None:
    for grid, officer in (("g11", "o1"), ("g22", "o2")):
        graph.node("Grid", grid, name=f"Grid {grid}").node("Officer", officer, name=f"Officer {officer}")
        graph.link("WORKS_IN", officer, grid, role="manager").link("UNDER", grid, grid[1:])
    for firm in (*OURS, *THEIRS):
        graph.link("IN_GRID", f"no:{firm}", "g11" if firm in OURS else "g22", role="institution")


def _people(draw: st.DrawFn, graph: Draft) -> None:
    graph.person("p0", represents="a0").person("p1", represents="a1").person("secret-p2", represents="b0")
    graph.link("HOLDS_SHARE", "Person:p1", "no:b1", ratio=250_000)
    graph.link("HOLDS_SHARE", f"no:{draw(st.sampled_from(THEIRS))}", "no:a2", ratio=100_000)
    graph.link("RELATED_TO", "p0", "secret-p2", kind="kin").link("RELATED_TO", "p0", "p1", kind="kin")


def _tasks(draw: st.DrawFn, graph: Draft, firms: tuple[str, ...], prefix: str) -> None:
    for number, firm in enumerate(firms):
        task = f"{prefix}{number}"
        graph.node("Task", task, title=f"About {firm}", status=draw(st.sampled_from(("in_work", "closed"))))
        graph.link("CONCERNS", task, f"no:{firm}").link("ASSIGNED_TO", task, "o1", role="handler")
        graph.link("HELD_BY", task, "g11")
        graph.node("TaskEvent", f"{task}-e", task=task, position=1, action="opened", officer="o1")
        graph.link("HAS_EVENT", task, f"{task}-e")
        if number:
            graph.link("SPAWNED", f"{prefix}0", task)
    if prefix == "secret-t":
        graph.link("SPAWNED", "t0", "secret-t0").link("ANSWERS", "secret-t1", "t1")


def every_answer(store: GraphStore, scope: Scope = CITY, as_of: AsOf = NOW) -> dict[str, Any]:
    """Each question's answer in JSON form, or the error it ends in, by name of the question."""
    return {name: _answered(ask) for name, ask in _questions(store, scope, as_of).items()}


def _answered(ask: Callable[[], Any]) -> Any:
    try:
        return plain(ask())
    except TaxgraphError as error:
        return {"error": error.code, "message": str(error)}


def _questions(store: GraphStore, scope: Scope, as_of: AsOf) -> dict[str, Callable[[], Any]]:
    both: dict[str, Any] = {"as_of": as_of, "scope": scope}
    projection = open_projection(store, None, as_of=as_of)
    return {**_on_trade(projection, store, both), **_on_people(store, both), **_on_work(store, both)}


def _on_trade(projection: TradeProjection, store: GraphStore, both: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    asked: dict[str, Callable[[], Any]] = {}
    for mode in ("time-ordered", "window", "static"):
        options = RingOptions(mode=mode, window=timedelta(days=5))
        asked[f"rings {mode}"] = partial(rings_by_currency, projection, store, options, **both)
    for firm in ("a0", "b0"):
        near = RingOptions(window=timedelta(days=5), through=(firm,))
        asked[f"rings through {firm}"] = partial(rings_by_currency, projection, store, near, **both)
    for start in ("a0", "a1", "b0", "i0", "i1", "nobody"):
        down, up = TraceOptions(direction="down"), TraceOptions(direction="up", method="fifo")
        asked[f"trace {start} down"] = partial(trace, projection, store, start, down, **both)
        asked[f"trace {start} up"] = partial(trace, projection, store, start, up, **both)
    for firm in ("a1", "a2", "b1"):
        asked[f"path {firm}"] = partial(shortest_path, projection, store, "a0", firm, **both)
    asked["match"] = partial(_matched, store, both)
    return asked


def _matched(store: GraphStore, both: dict[str, Any]) -> list[dict[str, Any]]:
    return match(store, PATTERN, **both).table.to_pylist()


def _on_people(store: GraphStore, both: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    asked: dict[str, Callable[[], Any]] = {}
    for firm in ("a0", "a1", "b0"):
        asked[f"household {firm}"] = partial(household, store, firm, **both)
    for person in ("p0", "p1", "secret-p2"):
        asked[f"person {person}"] = partial(person_view, store, person, **both)
    for text in ("secret", "a1", "b1"):
        asked[f"search {text}"] = partial(search, store, text, **both)
    return asked


def _on_work(store: GraphStore, both: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    scope = both["scope"]
    asked: dict[str, Callable[[], Any]] = {
        "bureau": partial(bureau_view, store, "22", **both),
        "officer": partial(officer_view, store, "o1", **both),
        "portfolio": partial(portfolio, store, "o1", scope=scope),
        "gaps": partial(responsibility_gaps, store, scope=scope),
        "overlaps": partial(responsibility_overlaps, store, scope=scope),
    }
    for firm in ("a1", "b1"):
        asked[f"who {firm}"] = partial(responsible, store, firm, on=DAY, scope=scope)
        asked[f"moves {firm}"] = partial(responsibility_moves, store, firm, scope=scope)
    for task in ("t0", "t1", "secret-t0"):
        asked[f"history {task}"] = partial(task_history, store, task, **both)
        asked[f"handovers {task}"] = partial(handovers, store, task, **both)
        asked[f"loop {task}"] = partial(task_loop, store, task, **both)
    return asked
