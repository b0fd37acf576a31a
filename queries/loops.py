"""The loop that a task belongs to, as a tree: what opened what, what answers, what was merged, what keeps it open.

Called by api. The tree is walked by dense number, a few columns a level, so that a thousand tasks are a few questions;
what a scope hides is left out at each level, and nothing behind it is reached.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, Among, AsOf, Longs, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import holds_on, missing, none_first, rows
from queries.results import Cut
from queries.tasks import TASK_FIELDS, Holder, TaskHead, holder_order, holders, task_head

KINDS = ("SPAWNED", "ANSWERS", "MERGED_INTO")


@dataclass(frozen=True, slots=True)
class LoopTask:
    """A task of a loop with those who hold it; `depth` counts from the first task above it, `parent` is the next one.

    The parent is the task that spawned it, else the one that it answers or was merged into; of several the smallest.
    """

    task: TaskHead
    depth: int
    officers: tuple[Holder, ...]
    grids: tuple[Holder, ...]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class LoopLink:
    """SPAWNED: source opened target; ANSWERS: source is the answer to target; MERGED_INTO: source is part of target."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What keeps a loop open: which task, since when, with whom."""

    task: str
    since: datetime | None
    officers: tuple[str, ...]
    grids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskLoop:
    """All tasks that are linked in one loop, from the first one down; closed when `open` is empty."""

    asked: str
    first: str
    tasks: tuple[LoopTask, ...]
    links: tuple[LoopLink, ...]
    open: tuple[OpenWork, ...]
    cut: tuple[Cut, ...]


def task_loop(
    store: GraphStore, task: str, *, as_of: AsOf = NOW, scope: Scope = ROOT, limits: Limits = DEFAULT_LIMITS
) -> TaskLoop:
    """The loop that a task belongs to, up and down. By depth, then opening, then id.

    Tasks out of scope are absent. The walk ends with the level on which it has met more than `limits.rows` tasks.
    Raises NotFoundError for a task that is not there or out of scope.
    """
    walk = _Walk(store, as_of, scope)
    start = store.node_numbers("Task", [task], as_of=as_of)["number"].to_numpy()
    frontier = walk.meet(start)
    while len(frontier) and walk.count <= limits.rows:
        frontier = walk.meet(walk.linked(frontier))
    walk.close(start)
    if not walk.heads:
        raise missing("Task")
    links = walk.links()
    tree = _tree([head.id for head in walk.heads.values()], _parents(links))
    officers, grids = walk.holders("ASSIGNED_TO", "Officer"), walk.holders("HELD_BY", "Grid")
    listed = [
        LoopTask(head, tree[head.id][1], officers.get(number, ()), grids.get(number, ()), tree[head.id][0])
        for number, head in walk.heads.items()
    ]
    listed.sort(key=lambda one: (one.depth, none_first(one.task.opened_at), one.task.id))
    waiting = tuple(_open_work(one, as_of.valid) for one in listed if one.task.open_on(as_of.valid))
    cut = (Cut("tasks", "rows"),) if len(frontier) else ()
    return TaskLoop(task, listed[0].task.id, tuple(listed), links, waiting, cut)


@dataclass(slots=True)
class _Walk:
    """Tasks met so far by dense number, and the pairs of numbers that links lead between."""

    store: GraphStore
    as_of: AsOf
    scope: Scope
    heads: dict[int, TaskHead] = field(default_factory=dict)
    _pairs: set[tuple[str, int, int]] = field(default_factory=set)
    _met: set[int] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Tasks met so far."""
        return len(self._met) if self.scope.everything else len(self.heads)

    def meet(self, numbers: Longs) -> Longs:
        """Those of these tasks that are new and may be walked on from; ascending."""
        fresh = np.array(sorted(set(numbers.tolist()) - self._met), np.int64)
        self._met.update(fresh.tolist())
        if self.scope.everything or not len(fresh):
            return fresh  # their rows are read at once at the end
        seen = self._read(fresh)
        self.heads |= seen
        return np.array(sorted(seen), np.int64)

    def close(self, start: Longs) -> None:
        """Read what has not been read, and leave out what only what is not there leads to."""
        if self.scope.everything:
            self.heads = self._read(np.array(sorted(self._met), np.int64))
            near: dict[int, list[int]] = {}
            for _, source, target in self._pairs:
                near.setdefault(source, []).append(target)
                near.setdefault(target, []).append(source)
            reached = _reached([number for number in start.tolist() if number in self.heads], near, self.heads)
            self.heads = {number: head for number, head in self.heads.items() if number in reached}

    def _read(self, numbers: Longs) -> dict[int, TaskHead]:
        if not len(numbers):
            return {}
        found = rows(self.store.node_columns("Task", ("id", *TASK_FIELDS), numbers=numbers, as_of=self.as_of))
        shown = self._shown([str(row["id"]) for row in found])
        return {row["number"]: task_head(row) for row in found if row["id"] in shown}

    def _shown(self, ids: Sequence[str]) -> set[str]:
        if self.scope.everything:
            return set(ids)
        found = self.store.fetch("Task", ids, columns=("status",), as_of=self.as_of, scope=self.scope)
        return {str(key) for key in found["id"].to_pylist()}

    def linked(self, numbers: Longs) -> Longs:
        """Tasks that are linked with these in either direction, perhaps several times."""
        found = self.store.links_at(KINDS, numbers, as_of=self.as_of)
        self._pairs.update(zip(*found.to_pydict().values(), strict=True))
        return np.concatenate([found["source"].to_numpy(), found["target"].to_numpy()])

    def links(self) -> tuple[LoopLink, ...]:
        """Links between the tasks met, by kind, source and target."""
        ids = {number: head.id for number, head in self.heads.items()}
        found = [
            LoopLink(kind, ids[source], ids[target])
            for kind, source, target in self._pairs
            if source in ids and target in ids
        ]
        return tuple(sorted(found, key=lambda link: (link.kind, link.source, link.target)))

    def holders(self, relationship: str, type_name: str) -> dict[int, tuple[Holder, ...]]:
        """By task: officers (`ASSIGNED_TO`) or grids (`HELD_BY`), by start, then id."""
        numbers = np.array(sorted(self.heads), np.int64)
        words = ("role",) if relationship == "ASSIGNED_TO" else ()
        columns = (*words, "valid_from", "valid_to")
        links = rows(self.store.link_columns(relationship, columns, among=Among("source", numbers), as_of=self.as_of))
        ends = np.array(sorted({link["target"] for link in links}), np.int64)
        named = self.store.node_columns(type_name, ("id", "name"), numbers=ends, as_of=self.as_of)
        known = {row["number"]: row for row in rows(named)}
        found: dict[int, list[Holder]] = {}
        for link in links:
            if (end := known.get(link["target"])) is not None:
                held = Holder(end["id"], end["name"], link.get("role"), link["valid_from"], link["valid_to"])
                found.setdefault(link["source"], []).append(held)
        sorted_ = {number: tuple(sorted(held, key=holder_order)) for number, held in found.items()}
        return sorted_ | self._undescribed(relationship, [link for link in links if link["target"] not in known])

    def _undescribed(self, relationship: str, links: Sequence[Mapping[str, Any]]) -> dict[int, tuple[Holder, ...]]:
        """Holders of tasks of which one is an id that no row describes: only `expand` knows it."""
        tasks = {self.heads[link["source"]].id: int(link["source"]) for link in links}
        found = holders(self.store, sorted(tasks), relationship, as_of=self.as_of, scope=self.scope)
        return {tasks[task]: held for task, held in found.items()}


def _reached(start: Iterable[int], near: Mapping[int, Sequence[int]], there: Container[int]) -> set[int]:
    """Numbers that are there and that a walk over such numbers reaches."""
    reached = set(start)
    waiting = list(reached)
    while waiting:
        fresh = {each for each in near.get(waiting.pop(), ()) if each in there} - reached
        reached |= fresh
        waiting += fresh
    return reached


# Of each kind of link which end stands below the other one; what spawned a task is its parent before all else.
_BELOW = {"SPAWNED": "target", "ANSWERS": "source", "MERGED_INTO": "source"}


def _parents(links: Sequence[LoopLink]) -> dict[str, str]:
    """By task the one above it."""
    parents: dict[str, str] = {}
    for kind, below in _BELOW.items():
        for link in (link for link in links if link.kind == kind and link.source != link.target):
            pair = (link.target, link.source) if below == "target" else (link.source, link.target)
            parents.setdefault(*pair)
    return parents


def _tree(tasks: Iterable[str], parents: dict[str, str]) -> dict[str, tuple[str | None, int]]:
    """Parent and depth of each task. A circle of parents is cut above its smallest task."""
    depths: dict[str, int] = {}
    for task in sorted(tasks):
        path = _path_up(task, parents, depths)
        above = depths.get(parents.get(path[-1], ""), -1)
        depths |= {one: above + step for step, one in enumerate(reversed(path), start=1)}
    return {task: (parents.get(task), depth) for task, depth in depths.items()}


def _path_up(task: str, parents: dict[str, str], known: Mapping[str, int]) -> list[str]:
    """The task and those above it up to one whose depth is known, or the first; takes the parent of a circle's head."""
    path = {task: None}
    while (above := parents.get(task)) is not None and above not in known:
        if above in path:
            circle = list(path)[list(path).index(above) :]
            parents.pop(min(circle))
            return _path_up(next(iter(path)), parents, known)
        path[above] = None
        task = above
    return list(path)


def _open_work(one: LoopTask, day: date | None) -> OpenWork:
    return OpenWork(one.task.id, one.task.opened_at, _current(one.officers, day), _current(one.grids, day))


def _current(held: Iterable[Holder], day: date | None) -> tuple[str, ...]:
    """Those who hold it on the day; where none is asked, those who did not give it up."""
    return tuple(
        sorted({one.id for one in held if (one.to is None if day is None else holds_on(day, one.from_, one.to))})
    )
