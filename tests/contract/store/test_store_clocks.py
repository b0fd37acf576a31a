"""The two clocks: what was known at an instant, and what held on a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from graph.errors import QueryError
from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Direction, NodePattern, Pattern
from tests.support.small_graph import Draft, day
from tests.support.stores import written

OUT, IN = Direction.OUT, Direction.IN


def recorded(store: GraphStore, number: int) -> AsOf:
    """The instant at which the batch of that number was committed."""
    at = store.batches()[number - 1].committed_at
    return AsOf(recorded=at)


def on(text: str) -> AsOf:
    return AsOf(valid=day(text))


@pytest.fixture
def history(store: GraphStore) -> GraphStore:
    """Three batches: A and its invoice, A renamed and sold to B, the invoice ended."""
    return written(
        store,
        Draft().firm("A", name="first").invoice("1", seller="A", net_cents=1).batch("b1"),
        Draft().firm("B").node("Taxpayer", "A", name="second").link("BOUGHT_BY", "1", "no:B").batch("b2"),
        Draft().end("Invoice", "1").end("SOLD", "no:A", "1").batch("b3"),
    )


def test_before_the_first_batch_nothing_was_known(history: GraphStore) -> None:
    first = history.batches()[0].committed_at
    assert first is not None
    early = AsOf(recorded=first - timedelta(microseconds=1))
    assert history.select("Taxpayer", as_of=early).total == 0
    assert history.fetch("Taxpayer", ["A"], as_of=early).num_rows == 0
    assert history.export("SOLD", as_of=early).num_rows == 0


def test_a_superseded_version_is_seen_at_its_time(history: GraphStore) -> None:
    seen = [history.fetch("Taxpayer", ["A"], as_of=recorded(history, n))["name"].to_pylist() for n in (1, 2, 3)]
    assert seen == [["first"], ["second"], ["second"]]


def test_an_ended_version_is_seen_at_its_time(history: GraphStore) -> None:
    assert [history.select("Invoice", as_of=recorded(history, n)).total for n in (1, 2, 3)] == [1, 1, 0]


def test_relationships_follow_the_recorded_clock(history: GraphStore) -> None:
    for number, sold, bought in ((1, 1, 0), (2, 1, 1), (3, 0, 1)):
        then = recorded(history, number)
        assert history.export("SOLD", as_of=then).num_rows == sold
        assert history.expand("Taxpayer", ["A"], "SOLD", OUT, as_of=then).table.num_rows == sold
        assert history.export("BOUGHT_BY", as_of=then).num_rows == bought


def test_search_and_match_follow_the_recorded_clock(history: GraphStore) -> None:
    then = recorded(history, 1)
    assert history.search("first", ["Taxpayer"], as_of=then).total == 1
    assert history.search("first", ["Taxpayer"]).total == 0
    pattern = Pattern((NodePattern("i", "Invoice"),))
    assert history.match(pattern, as_of=then).table.num_rows == 1
    assert history.match(pattern).table.num_rows == 0


def test_trade_follows_the_recorded_clock(history: GraphStore) -> None:
    assert [history.trade(as_of=recorded(history, n)).num_rows for n in (1, 2, 3)] == [0, 1, 0]


def test_the_digest_of_the_past_is_the_digest_that_was(store: GraphStore) -> None:
    written(store, Draft().firm("A").invoice("1", seller="A").batch("b1"))
    then = digest(store)
    written(store, Draft().firm("A", name="other").end("Invoice", "1").batch("b2"))
    assert digest(store) != then
    assert digest(store, as_of=recorded(store, 1)) == then


def test_a_recorded_instant_after_the_last_batch_is_the_present(history: GraphStore) -> None:
    later = AsOf(recorded=datetime.now(UTC) + timedelta(days=1))
    assert digest(history, as_of=later) == digest(history)


def test_a_recorded_instant_needs_a_zone() -> None:
    with pytest.raises(QueryError):
        AsOf(recorded=datetime(2026, 1, 1))  # noqa: DTZ001 - the missing zone is what is refused


def test_a_dated_relationship_holds_from_its_first_day_to_the_day_before_its_last(store: GraphStore) -> None:
    dates = {"valid_from": day("2026-01-10"), "valid_to": day("2026-02-01")}
    written(store, Draft().firm("A").person("p", represents="A", **dates).batch())
    held = [
        text
        for text in ("2026-01-09", "2026-01-10", "2026-01-31", "2026-02-01")
        if store.expand("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", IN, as_of=on(text)).table.num_rows
    ]
    assert held == ["2026-01-10", "2026-01-31"]


def test_an_open_date_holds_for_ever(store: GraphStore) -> None:
    written(store, Draft().firm("A").person("p", represents="A").batch())
    for text in ("1990-01-01", "2090-01-01"):
        assert store.count_related("Person", ["p"], "LEGAL_REPRESENTATIVE_OF", OUT, as_of=on(text)) == {"p": 1}


def test_without_a_day_every_dated_row_comes_with_its_dates(store: GraphStore) -> None:
    past = {"valid_from": day("2001-01-01"), "valid_to": day("2002-01-01")}
    written(store, Draft().firm("A").person("p", represents="A", **past).batch())
    rows = store.expand("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", IN).table
    assert rows["valid_to"].to_pylist() == [day("2002-01-01")]


def test_a_relationship_without_dates_holds_on_any_day(store: GraphStore) -> None:
    written(store, Draft().firm("A").invoice("1", seller="A", on="2026-01-10").batch())
    assert store.expand("Invoice", ["1"], "SOLD", IN, as_of=on("2026-01-10")).table.num_rows == 1


ASKED: dict[str, Callable[[GraphStore, AsOf], int]] = {
    "fetch": lambda s, at: s.fetch("Invoice", ["1"], as_of=at).num_rows,
    "select": lambda s, at: s.select("Invoice", as_of=at).total,
    "export": lambda s, at: s.export("Invoice", as_of=at).num_rows,
    "search": lambda s, at: s.search("1", ["Invoice"], as_of=at).total,
    "match": lambda s, at: s.match(Pattern((NodePattern("i", "Invoice"),)), as_of=at).table.num_rows,
    "trade": lambda s, at: s.trade(as_of=at).num_rows,
    "expand to it": lambda s, at: s.expand("Taxpayer", ["A"], "SOLD", OUT, as_of=at).table.num_rows,
    "expand from it": lambda s, at: s.expand("Invoice", ["1"], "BOUGHT_BY", OUT, as_of=at).table.num_rows,
    "count": lambda s, at: s.count_related("Taxpayer", ["A"], "SOLD", OUT, as_of=at)["A"],
}


@pytest.mark.parametrize("verb", ASKED)
def test_an_event_is_visible_from_its_own_day_on(store: GraphStore, verb: str) -> None:
    graph = Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B", on="2026-01-10T23:59:59")
    written(store, graph.batch())
    assert [ASKED[verb](store, on(text)) for text in ("2026-01-09", "2026-01-10", "2026-01-11")] == [0, 1, 1]


def test_an_instant_counts_by_its_utc_day(store: GraphStore) -> None:
    at = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    written(store, Draft().node("TaskEvent", "e", task="t", at=at).batch())
    assert [store.select("TaskEvent", as_of=on(text)).total for text in ("2026-01-09", "2026-01-10")] == [0, 1]


def test_an_undated_event_is_always_visible(store: GraphStore) -> None:
    written(store, Draft().node("Task", "t").batch())
    assert store.select("Task", as_of=on("1999-01-01")).total == 1


def test_both_clocks_together(store: GraphStore) -> None:
    dates = {"valid_from": day("2026-01-01")}
    ended = {**dates, "valid_to": day("2026-01-15")}
    first = Draft().firm("A").person("p", represents="A", **dates).batch("b1")
    second = Draft().person("p", represents="A", **ended).batch("b2")
    written(store, first, second)
    then = recorded(store, 1).recorded
    question = ("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", IN)
    assert store.expand(*question, as_of=AsOf(day("2026-02-01"), then)).table.num_rows == 1
    assert store.expand(*question, as_of=AsOf(day("2026-02-01"))).table.num_rows == 0
