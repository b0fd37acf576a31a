"""Whose facts they are: by officer, grid, bureau or taxpayer, and of these what lies inside another of them.

A grid has the facts of the tasks that it holds, a bureau those of its grids and of the bureaus below it, an officer
those of the own acts (or of the own tasks, where nobody acted), a taxpayer those of the tasks that concern it: of a
task about two taxpayers both have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.indicators.columns import Longs, Tasks, Work
from queries.indicators.counting import Facts
from queries.reading import OUT, related, rows

pc: Any = _compute  # its stubs know no columns of mixed types
DEEPEST = 10


class Level(StrEnum):
    """Of whom an indicator is."""

    OFFICER = "officer"
    GRID = "grid"
    BUREAU = "bureau"
    TAXPAYER = "taxpayer"


Subject = tuple[Level, str]
Groups = list[tuple[str, Longs]]


@dataclass(frozen=True, slots=True)
class About:
    """Tasks (places, ascending) and the taxpayers that they concern (places in `taxpayers`), each pair once."""

    task: Longs
    taxpayer: Longs
    taxpayers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where facts belong. `parents`: bureaus directly above a grid or a bureau; `above`: by grid, all bureaus above it.

    `about` reads which taxpayers tasks concern, when it is first asked.
    """

    parents: Mapping[Subject, frozenset[str]]
    above: Mapping[str, tuple[str, ...]]
    about: Callable[[], About]


def parents_of(store: GraphStore, grids: Sequence[str], as_of: AsOf) -> dict[Subject, frozenset[str]]:
    """By grid and by bureau the bureaus directly above."""
    under = _upwards(store, "Grid", grids, "UNDER", as_of)
    found = {(Level.GRID, grid): frozenset(above) for grid, above in under.items()}
    frontier = sorted({bureau for above in under.values() for bureau in above})
    for _ in range(DEEPEST):
        parts = _upwards(store, "Bureau", frontier, "PART_OF", as_of)
        found |= {(Level.BUREAU, each): frozenset(parts.get(each, ())) for each in frontier}
        frontier = sorted({b for above in parts.values() for b in above if (Level.BUREAU, b) not in found})
        if not frontier:
            break
    return found


def _upwards(store: GraphStore, kind: str, keys: Sequence[str], relationship: str, as_of: AsOf) -> dict[str, set[str]]:
    table = related(store, kind, keys, relationship, OUT, columns=(), as_of=as_of, scope=ROOT).table
    found: dict[str, set[str]] = {}
    for row in rows(table):
        if row["to_type"] == "Bureau":
            found.setdefault(str(row["key"]), set()).add(str(row["to_id"]))
    return found


def closure(parents: Mapping[Subject, frozenset[str]], grid: str) -> tuple[str, ...]:
    """All bureaus above a grid, by id."""
    seen = frontier = set(parents.get((Level.GRID, grid), ()))
    while frontier:
        frontier = {above for each in frontier for above in parents.get((Level.BUREAU, each), ())} - seen
        seen = seen | frontier
    return tuple(sorted(seen))


def concerned(store: GraphStore, tasks: Tasks, as_of: AsOf) -> About:
    """Which taxpayers the tasks concern."""
    links = store.link_columns("CONCERNS", (), as_of=as_of)
    task = pc.index_in(links["source"], value_set=pa.array(tasks.number))
    parties = store.parties(as_of=as_of)
    party = pc.index_in(links["target"], value_set=parties["party"].combine_chunks())
    known = pc.and_(pc.is_valid(task), pc.is_valid(party))
    ids = pc.coalesce(parties["taxpayer_id"], parties["party_id"]).take(party.filter(known)).combine_chunks()
    names = pc.unique(ids)
    names = names.take(pc.sort_indices(names))
    width = len(names) + 1
    pairs = np.unique(_longs(task.filter(known)) * width + _longs(pc.index_in(ids, value_set=names)))
    return About(pairs // width, pairs % width, [str(each) for each in names.to_pylist()])


def groups(work: Work, places: Places, facts: Facts, level: Level) -> Groups:
    """Subjects with the places of their facts, by id; facts of nobody known are left to the levels that know them."""
    if level is Level.OFFICER:
        return _by_place(facts.officer, work.officers)
    if level is Level.TAXPAYER:
        return _by_taxpayer(facts, places.about())
    of_grids = _by_place(facts.grid, work.grids)
    if level is Level.GRID:
        return of_grids
    bureaus: dict[str, list[Longs]] = {}
    for grid, own in of_grids:
        for bureau in places.above[grid]:
            bureaus.setdefault(bureau, []).append(own)
    return [(bureau, np.sort(np.concatenate(bureaus[bureau]))) for bureau in sorted(bureaus)]


def inside(work: Work, places: Places, facts: Facts, within: Sequence[Subject]) -> Longs:
    """Places of the facts that belong to every one of these."""
    kept = np.arange(len(facts.task))
    for level, subject in within:
        own = next((each for name, each in groups(work, places, facts, level) if name == subject), None)
        kept = kept[:0] if own is None else np.intersect1d(kept, own)
    return kept


def directly_below(places: Places, level: Level, subject: str, within: Sequence[Subject]) -> bool:
    """Whether a grid or a bureau stands directly below the bureaus asked for, so that nothing is counted twice."""
    bureaus = [name for kind, name in within if kind is Level.BUREAU]
    if level not in {Level.GRID, Level.BUREAU} or not bureaus:
        return True
    return places.parents.get((level, subject), frozenset()).issuperset(bureaus)


def _by_place(place: Longs, names: Sequence[str]) -> Groups:
    order = np.argsort(place, kind="stable")
    order = order[place[order] >= 0]
    if not len(order):
        return []
    subjects, begins = np.unique(place[order], return_index=True)
    pieces = np.split(order, begins[1:])
    return sorted((names[int(subject)], piece) for subject, piece in zip(subjects, pieces, strict=True))


def _by_taxpayer(facts: Facts, about: About) -> Groups:
    first, last = (np.searchsorted(about.task, facts.task, side) for side in ("left", "right"))
    many = last - first
    fact = np.repeat(np.arange(len(many)), many)
    link = np.arange(len(fact)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    return [(name, fact[own]) for name, own in _by_place(about.taxpayer[link], about.taxpayers)]


def _longs(column: Any) -> Longs:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)
