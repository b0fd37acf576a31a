"""Rules that compare officers with peers: the drawn case is found, and not with any one precondition taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from graph.store.port import GraphStore
from queries.control.catalogue import control_rule
from queries.control.work import Work
from tests.support.small_graph import Draft, day
from tests.support.stores import written

ON = date(2026, 12, 1)
CLEAR, FOUND, GRAVE = "未发现异常", "已补缴", "移交稽查"


@dataclass(frozen=True)
class Office:
    """Wang and two peers in one grid, and what they closed; every second case of a peer found something.

    `own`: cases of Wang. `found`: how many of them found something. `peers`: cases of each peer. `careless`: peers find
    as little as Wang. `turned`: firms that Wang cleared and Sun found abnormal `after` days later. `theirs_turn`: those
    that the peers cleared too.
    """

    own: int = 25
    found: int = 0
    peers: int = 20
    careless: bool = False
    kind: str = "inspection"
    two_years: bool = False
    turned: int = 0
    after: int = 60
    theirs_turn: bool = False


def drawn(office: Office) -> Draft:
    graph = Draft()
    graph.node("Grid", "g", name="g")
    for officer in ("wang", "li", "zhao", "sun"):
        graph.node("Officer", officer, name=officer).link("WORKS_IN", officer, "g", role="网格员")
    for place in range(office.own):
        year = 2025 if office.two_years and place % 2 else 2026
        outcome = FOUND if place < office.found else CLEAR
        _task(graph, f"w{place}", "wang", outcome, on=date(year, 2, 1), kind=office.kind)
    for peer in ("li", "zhao"):
        for place in range(office.peers):
            outcome = CLEAR if office.careless or place % 2 else FOUND
            _task(graph, f"{peer}{place}", peer, outcome, on=date(2026, 2, 1), kind=office.kind)
    turned = [f"w{place}" for place in range(office.turned)]
    if office.theirs_turn:
        turned += [f"{peer}{place}" for peer in ("li", "zhao") for place in range(1, office.peers, 2)]
    for firm in turned:
        again = date.fromordinal(date(2026, 2, 1).toordinal() + office.after)
        _task(graph, f"again-{firm}", "sun", GRAVE, on=again, kind="inspection", firm=firm)
    return graph


def _task(graph: Draft, key: str, officer: str, outcome: str, *, on: date, kind: str, firm: str | None = None) -> None:
    """A closed task about a firm of its own, or another's."""
    if firm is None:
        graph.firm(key)
    closed = datetime(on.year, on.month, on.day, 10)  # noqa: DTZ001 - a civil time
    graph.node("Task", f"t-{key}", kind=kind, status="closed", outcome=outcome, closed_at=closed, risk="low")
    graph.link("CONCERNS", f"t-{key}", f"no:{firm or key}").link("HELD_BY", f"t-{key}", "g")
    graph.link("ASSIGNED_TO", f"t-{key}", officer, role="网格员", valid_from=day("2025-01-01"))


def standing_out(store: GraphStore, rule: str, office: Office) -> list[str]:
    written(store, drawn(office).batch())
    own = control_rule(rule)
    return [hit.officer for hit in own.scan(Work(store, on=ON), own.rules())]


ABNORMAL = Office(turned=15)
TABLE = {
    "clearance_outlier": (
        Office(),
        {
            "fewer cases than are compared": Office(own=19),
            "as often as peers": Office(found=12),
            "peers clear as much": Office(careless=True),
            "a kind that finds nothing": Office(kind="service"),
            "half in another year": Office(two_years=True),
        },
    ),
    "cleared_then_abnormal": (
        ABNORMAL,
        {
            "too few turned": replace(ABNORMAL, turned=2),
            "long afterwards": replace(ABNORMAL, after=400),
            "before they were cleared": replace(ABNORMAL, after=-20),
            "as often after anybody's clearance": replace(ABNORMAL, theirs_turn=True),
            "a kind that clears nobody": replace(ABNORMAL, kind="service"),
        },
    ),
}
KNOCKED_OUT = [(rule, name) for rule, (_, innocent) in TABLE.items() for name in innocent]


@pytest.mark.parametrize("rule", TABLE)
def test_who_stands_out_among_peers_is_found(store: GraphStore, rule: str) -> None:
    assert standing_out(store, rule, TABLE[rule][0]) == ["wang"]


@pytest.mark.parametrize(("rule", "name"), KNOCKED_OUT)
def test_nobody_stands_out_without_one_of_the_preconditions(store: GraphStore, rule: str, name: str) -> None:
    assert standing_out(store, rule, TABLE[rule][1][name]) == []
