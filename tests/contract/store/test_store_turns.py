"""One load at a time, and a write that can be stopped: on both stores alike."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from graph.errors import LimitError, StoreBusyError
from graph.stopping import Stop
from graph.store.digest import digest
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from graph.store.port import GraphStore, WriteBatch
from graph.store.turns import nothing
from tests.support.small_graph import Draft


def some(batch_id: str, firms: str, **more: object) -> WriteBatch:
    """A batch of these firms, each of which invoices itself."""
    draft = Draft()
    for name in firms:
        draft.firm(name).invoice(f"{batch_id}-{name}", seller=name, buyer=name)
    made = draft.batch(batch_id)
    return WriteBatch(made.header, made.nodes, made.relationships, **more)  # type: ignore[arg-type]  # told, stop


def in_small_chunks(store: GraphStore) -> GraphStore:
    """On a server: batches of more than a few rows are pending until their last chunk."""
    if isinstance(store, Neo4jStore):
        store._habits = Habits(chunk=2)  # noqa: SLF001 - the factory opens stores with their usual habits
    return store


def test_a_second_load_waits_until_the_first_has_ended(store: GraphStore) -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with store.turn(seconds=60, waiting=waits.set):
            order.append("second")

    with store.turn(seconds=1, waiting=nothing):
        other = threading.Thread(target=second)
        other.start()
        assert waits.wait(30)
        order.append("first")
    other.join(60)
    assert order == ["first", "second"]


def test_a_load_that_waited_its_time_is_told_to_come_again(store: GraphStore) -> None:
    with (
        store.turn(seconds=1, waiting=nothing),
        pytest.raises(StoreBusyError) as caught,
        store.turn(seconds=0.2, waiting=nothing),
    ):
        pytest.fail("two loads at once")
    assert (caught.value.code, caught.value.retryable) == ("store.busy", True)


def test_what_is_raised_while_waiting_ends_the_wait(store: GraphStore) -> None:
    stop = Stop()
    stop.request()
    with (
        store.turn(seconds=1, waiting=nothing),
        pytest.raises(LimitError) as caught,
        store.turn(seconds=60, waiting=stop.check),
    ):
        pytest.fail("two loads at once")
    assert caught.value.code == "limit.cancelled"
    with store.turn(seconds=0, waiting=nothing):
        pass  # the turn was given back


def test_a_turn_ends_with_its_block_however_it_ends_and_holds_up_no_write(store: GraphStore) -> None:
    def failing() -> None:
        with store.turn(seconds=1, waiting=nothing):
            assert store.write(some("b1", "A")).state == "committed"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    with store.turn(seconds=0, waiting=nothing):
        assert store.write(some("b2", "B")).state == "committed"


def test_a_write_tells_every_row_it_wrote(store: GraphStore) -> None:
    told: list[int] = []
    batch = some("b1", "ABC", told=told.append)
    in_small_chunks(store).write(batch)
    tables = [*batch.nodes.values(), *batch.relationships.values()]
    assert sum(told) == sum(table.num_rows for table in tables)


def stopped_at(store: GraphStore, share: Callable[[int], bool]) -> LimitError:
    """The error of a write that is asked to stop once so many rows are written."""
    stop, rows = Stop(), [0]

    def told(count: int) -> None:
        rows[0] += count
        if share(rows[0]):
            stop.request()

    with pytest.raises(LimitError) as caught:
        in_small_chunks(store).write(some("b2", "PQRS", told=told, stop=stop))
    return caught.value


@pytest.mark.parametrize("rows", [1, 6, 11])
def test_a_stopped_write_shows_nothing_and_the_same_batch_goes_on(store: GraphStore, rows: int) -> None:
    store.write(some("b1", "AB"))
    before = digest(store)
    assert stopped_at(store, lambda done: done >= rows).code == "limit.cancelled"
    assert digest(store) == before
    record = store.write(some("b2", "PQRS"))
    assert record.state == "committed"
    assert digest(store)["counts"]["Invoice"] == 6


def test_after_a_stopped_write_another_batch_need_not_wait(store: GraphStore) -> None:
    stopped_at(store, lambda done: done >= 6)
    assert store.write(some("b3", "XY")).state == "committed"
    assert digest(store)["counts"]["Invoice"] == 2


def test_a_request_to_stop_that_comes_too_late_changes_nothing(store: GraphStore) -> None:
    stop = Stop()
    assert store.write(some("b1", "AB", stop=stop)).state == "committed"
    stop.request()
    assert [line.state for line in store.batches() if line.number > 0] == ["committed"]
