"""Many officers at one desk, two desks at one store: nothing is lost, no chain forks, every refusal is explained."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

import pytest

from graph.errors import LimitError, TaxgraphError
from graph.store.port import GraphStore, WriteBatch
from queries.work.actions import Action, Done, NewTask
from queries.work.desk import Desk, act
from tests.support.neo4j.server import Neo4jConnection
from tests.support.offices import CHIEF, CLERK, SECOND, check_chains, in_hand, office, opened
from tests.support.small_graph import header
from tests.support.stores import StoreFactory, written

OFFICERS = (CHIEF, CLERK, SECOND)


def noted(desk: Desk, task: str, officer: str, number: int) -> Done | TaxgraphError:
    """A note by an officer who has looked; whoever is refused looks again."""
    seen = 0
    for _ in range(200):
        try:
            return desk.act(Action(task, "note", seen, note=f"{officer} {number}"), officer=officer)
        except TaxgraphError as error:
            if error.code != "store.changed":
                return error
            seen = int(str(error.facts["sequence"]))
    raise AssertionError("always refused")


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """All of them by twenty threads."""
    with ThreadPoolExecutor(20) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def test_no_update_is_lost_and_many_share_a_batch(store: GraphStore) -> None:
    tasks = [in_hand(written(store, office().batch()))] + [in_hand(store) for _ in range(3)]
    before, desk = len(store.batches()), Desk(store)
    works = [
        partial(noted, desk, tasks[number % 4], OFFICERS[number % 3], number) for number in range(60)
    ]  # every officer in every task
    done = at_once(list(works))
    desk.close()
    assert [each for each in done if not isinstance(each, Done)] == []
    assert check_chains(store) == dict.fromkeys(tasks, 4 + 15)
    rows = store.export("TaskEvent").to_pylist()
    assert Counter(row["note"] for row in rows if row["note"]) == Counter(
        f"{OFFICERS[number % 3]} {number}" for number in range(60)
    )
    assert len(store.batches()) - before < 60


def test_of_two_who_saw_the_same_one_is_done_and_the_other_is_told(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    desk = Desk(store)

    def wait(number: int) -> str:
        try:
            desk.act(Action(task, "wait", 4, reason=f"papers {number}"), officer=CLERK)
        except TaxgraphError as error:
            return error.code
        return "done"

    outcomes = Counter(at_once([partial(wait, number) for number in range(20)]))
    desk.close()
    assert outcomes == {"done": 1, "store.changed": 19}


def test_tasks_opened_in_one_group_are_all_there(store: GraphStore) -> None:
    written(store, office().batch())
    desk = Desk(store)
    new = [NewTask("inquiry", f"About A {number}", taxpayers=("A",), officer=CLERK) for number in range(12)]
    done = at_once([partial(desk.act, each, officer=CHIEF) for each in new])
    desk.close()
    assert {each.task: 2 for each in done if isinstance(each, Done)} == check_chains(store)


def test_a_desk_that_closes_does_what_waits_and_takes_no_more(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    desk, done = Desk(store), list[Done]()
    with store.open_batch(header("a load")) as batch:
        batch.add(WriteBatch(header("a load")))  # a server's lease is taken with the first part
        waiting = [
            threading.Thread(target=lambda: done.append(desk.act(Action(task, "note"), officer=CLERK)))
            for _ in range(5)
        ]
        for thread in waiting:
            thread.start()
        while desk.waiting < 5:
            time.sleep(0.01)
        closing = threading.Thread(target=desk.close)
        closing.start()
        time.sleep(0.2)
        assert done == []
    for thread in (*waiting, closing):
        thread.join()
    assert sorted(each.sequence for each in done) == [5, 6, 7, 8, 9]
    with pytest.raises(LimitError) as refused:
        desk.act(Action(task, "note"), officer=CLERK)
    assert refused.value.code == "limit.stopping"


def test_who_does_not_wait_until_a_load_ends_has_done_nothing(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    desk = Desk(store)
    with store.open_batch(header("a load")) as batch:
        batch.add(WriteBatch(header("a load")))
        for _ in range(2):
            with pytest.raises(LimitError) as refused:
                desk.act(Action(task, "note"), officer=CLERK, seconds=0.2)
            assert refused.value.code == "limit.time"
    desk.act(Action(task, "note"), officer=CLERK)
    desk.close()
    assert check_chains(store) == {task: 5}


@pytest.mark.neo4j
@pytest.mark.parametrize("store_factory", ["neo4j"], indirect=True)
def test_two_processes_desks_on_one_server_make_one_chain(
    store_factory: StoreFactory, neo4j_server: Neo4jConnection
) -> None:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded tests run without the driver

    store = store_factory()
    tasks = [opened(written(store, office().batch())), opened(store)]
    other = Neo4jStore.open(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)
    desks = (Desk(store), Desk(cast("GraphStore", other)))
    works = [partial(noted, desks[n % 2], tasks[n // 2 % 2], OFFICERS[n % 3], n) for n in range(24)]
    done = at_once(list(works))
    for desk in desks:
        desk.close()
    assert [each for each in done if not isinstance(each, Done)] == []
    assert check_chains(store) == dict.fromkeys(tasks, 2 + 12)
    other.close()


def test_what_another_does_between_the_look_and_the_desk_is_judged_again(store: GraphStore) -> None:
    task = opened(written(store, office().batch()))

    def another(*_: object) -> None:
        act(store, Action(task, "note"), officer=CHIEF)

    desk = Desk(store, check=another)
    done = desk.act(Action(task, "note"), officer=CLERK)
    desk.close()
    assert (done.sequence, check_chains(store)) == (4, {task: 4})
