"""Many officers who act at once over real HTTP, each in tasks of all, and what must be true afterwards.

Every client keeps what it was told: actions that were done, refusals, and requests whose answer never came. `settled`
looks whether the store says the same. Used by the flow test at small size and by the benchmark at full size.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from api.access.principals import Identity, Role
from api.access.tokens import TokenBook
from graph.store.port import GraphStore
from queries.work.actions import NewTask
from queries.work.desk import Desk
from tests.support.offices import check_chains
from tests.support.small_graph import Draft, day

ACT: Final = """mutation($input: TaskActionInput!) { actOnTask(input: $input) {
    eventKey sequence repeated state } }"""
CHIEF: Final = "officer-0"
EXPLAINED: Final = frozenset({"store.changed", "work.transition", "work.actor", "work.needs", "work.four_eyes"})
Json = dict[str, Any]


def busy_office(store: GraphStore, *, officers: int, tasks: int) -> list[str]:
    """A grid of so many officers (the first is its chief), and tasks about one firm, given out in turn; their ids."""
    draft = Draft().node("Bureau", "11", name="City", level=3).node("Grid", "g1", name="Grid", kind="region")
    draft.link("UNDER", "g1", "11").firm("A", bureau="11").link("IN_GRID", "no:A", "g1", role="region")
    for number in range(officers):
        draft.node("Officer", f"officer-{number}", name=f"Officer {number}")
        role = "网格员" if number else "网格长"
        draft.link("WORKS_IN", f"officer-{number}", "g1", role=role, valid_from=day("2020-01-01"))
    store.write(draft.batch())
    desk = Desk(store)
    new = [
        NewTask("inquiry", f"Task {number}", taxpayers=("A",), officer=f"officer-{number % officers}", once=str(number))
        for number in range(tasks)
    ]
    with ThreadPoolExecutor(50) as pool:
        opened = list(pool.map(lambda each: desk.act(each, officer=CHIEF).task, new))
    desk.close()
    return opened


def tokens_of(store: GraphStore, officers: int) -> list[str]:
    """A token for each officer."""
    book, roles = TokenBook(store), frozenset({Role.INVESTIGATOR})
    return [book.create(Identity(f"o{n}", roles, f"officer-{n}", "11")) for n in range(officers)]


@dataclass
class Told:
    """What the clients were told. `done`: (task, sequence) by event; `unknown`: requests without an answer."""

    done: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    unexplained: list[Json] = field(default_factory=list)
    unknown: list[tuple[int, Json]] = field(default_factory=list)

    def add(self, other: Told) -> None:
        """What another client was told, too."""
        self.done |= other.done
        self.refused += other.refused
        self.unexplained += other.unexplained
        self.unknown += other.unknown


@dataclass(frozen=True, slots=True)
class Clients:
    """Officers with their tokens, who share tasks. `each`: actions that every one has to get done."""

    address: str
    tokens: Sequence[str]
    tasks: Sequence[str]
    each: int

    def work(self, *, done: Callable[[int], None] = lambda _total: None) -> Told:
        """All of them at once; `done` is told how many actions are, after each."""
        told, total, guard = Told(), [0], threading.Lock()

        def count() -> None:
            with guard:
                total[0] += 1
            done(total[0])

        with ThreadPoolExecutor(len(self.tokens)) as pool:
            for one in pool.map(lambda number: _Client(self, number, count).run(), range(len(self.tokens))):
                told.add(one)
        return told

    def repeat(self, unknown: Sequence[tuple[int, Json]]) -> Told:
        """Ask again what had no answer, with the same keys."""
        told = Told()
        for number, request in unknown:
            client = _Client(self, number, lambda: None)
            client.send(request)
            told.add(client.told)
        return told


class _Client:
    """One officer: looks at what it knows of a task, acts, and learns from what it is told."""

    def __init__(self, clients: Clients, number: int, count: Callable[[], None]) -> None:
        self._clients, self._number, self._count = clients, number, count
        self._random = random.Random(number)  # noqa: S311 - the same run each time
        self._seen: dict[str, tuple[int, str]] = {}
        self._again: str | None = None  # where something was done since the officer looked
        self.told = Told()
        headers = {"authorization": f"Bearer {clients.tokens[number]}"}
        self._http = httpx.Client(headers=headers, timeout=300, trust_env=False)

    def run(self) -> Told:
        """Until its actions are done, or the server is gone."""
        with self._http:
            while len(self.told.done) < self._clients.each and not self.told.unknown:
                self.send(self._next())
        return self.told

    def _next(self) -> Json:
        """A note mostly; now and then a step that only some may do, and only in some states.

        Whoever was told that something had been done meanwhile decides about the same task again.
        """
        task, self._again = self._again or self._random.choice(self._clients.tasks), None
        sequence, state = self._seen.get(task, (2, "dispatched"))
        step = {"dispatched": "accept", "accepted": "start", "in_work": "wait", "waiting": "start"}.get(state, "note")
        action = step if self._random.random() < 0.25 else "note"
        key = f"{self._number}-{self._random.random()}"
        told = {"reason": "papers"} if action == "wait" else {"note": key}
        return {"task": task, "action": action, "seen": sequence, "once": key, **told}

    def send(self, request: Json, *, patience: int = 50) -> None:
        """One request, and what it taught."""
        try:
            body = {"query": ACT, "variables": {"input": request}}
            answer: Json = self._http.post(f"{self._clients.address}/graphql", json=body).json()
        except (httpx.HTTPError, ValueError):
            self.told.unknown.append((self._number, request))
            return
        if "errors" in answer:
            error = answer["errors"][0]
            if str(error["extensions"]["code"]).startswith("limit.") and patience:
                time.sleep(1)  # the server is busy; whether it was done is not known, so the same is asked again
                self.send(request, patience=patience - 1)
                return
            self._refused(request, error)
            return
        done = answer["data"]["actOnTask"]
        self.told.done[done["eventKey"]] = (request["task"], done["sequence"])
        self._seen[request["task"]] = (done["sequence"], done["state"])
        self._count()

    def _refused(self, request: Json, error: Json) -> None:
        extensions: Json = error["extensions"]
        facts: Json = extensions.get("facts", {})
        self.told.refused[extensions["code"]] += 1
        whole = {"state", "sequence", "allowed"} <= set(facts) or extensions["code"] == "work.needs"
        if extensions["code"] not in EXPLAINED or not whole or not extensions.get("nextStep"):
            self.told.unexplained.append(error)
        else:
            self._seen[request["task"]] = (facts["sequence"], facts["state"])
            self._again = request["task"] if extensions["code"] == "store.changed" else None


def settled(store: GraphStore, told: Told, *, at_least: int) -> int:
    """Everything that a client was told is in the store, every chain holds, and nothing else is there but what may be.

    Returns the number of events. What had no answer may be there or not.
    """
    assert told.unexplained == []
    links = check_chains(store)
    rows = {row["id"]: row for row in store.export("TaskEvent").to_pylist()}
    for event, (task, sequence) in told.done.items():
        assert (rows[event]["task"], rows[event]["sequence"]) == (task, sequence)
    acted = [row for row in rows.values() if row["action"] not in {"create", "dispatch"}]
    assert len(told.done) <= len(acted) <= len(told.done) + len(told.unknown)
    assert len(told.done) >= at_least
    notes = Counter(row["note"] for row in acted if row["note"])
    assert set(notes.values()) <= {1}  # a repeated request is done once
    return sum(links.values())
