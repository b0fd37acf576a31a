"""Look-ups by dense number, written so that zone maps prune.

One number stands in the statement itself, several in a list of values that the planner turns into a filter of the scan;
an IN list or a set from a sub-select reads whole tables. Used by the small questions of the embedded store (`small`).
All functions see what a `View` sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph.model.types import NodeType
from graph.model.vocabulary import node_type, relationship_type
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.schema import keys_of, nodes_of
from graph.store.duckdb_parts.view import View

Row = tuple[Any, ...]
_ONE_BY_ONE = 3  # look-ups that cost less one after the other than as a join


@dataclass(frozen=True, slots=True)
class Looking:
    """What every step of a small question needs."""

    reader: Reader
    memory: Memory
    view: View

    def node_ids(self, type_name: str, numbers: Sequence[int]) -> dict[int, str]:
        """Public ids of these numbers."""
        return ids_of(self.reader, self.memory, node_type(type_name), numbers)


class NotSmallError(Exception):
    """The question reads more than this way is for, or meets what is rare; the general statement answers it."""


def among(table: str, column: str, numbers: Sequence[int], alias: str) -> tuple[str, str]:
    """`FROM` and a condition for rows of `table` whose `column` is one of `numbers` (at least one, each once)."""
    if len(numbers) == 1:
        return f"FROM {table} {alias}", f"{alias}.{column} = {numbers[0]}"
    if len(numbers) <= _ONE_BY_ONE:
        each = " UNION ALL ".join(f"FROM {table} WHERE {column} = {number}" for number in numbers)
        return f"FROM ({each}) {alias}", "true"
    listed = ", ".join(f"({number})" for number in numbers)
    return f"FROM (VALUES {listed}) wanted(one) JOIN {table} {alias} ON {alias}.{column} = wanted.one", "true"


def maybe_numbers(looking: Looking, kind: NodeType, ids: Iterable[str]) -> dict[str, int]:
    """Of those ids that were ever seen the dense number; of another id none, or that of a node with another id.

    For readers of rows that hold the id: only a row with the asked one is meant.
    """
    asked = list(dict.fromkeys(ids))
    found = {key: looking.memory.numbers.get((kind.name, key)) for key in asked}
    missing = [key for key, number in found.items() if number is None]
    if missing:
        ceiling = looking.view.snapshot.ceiling
        for key, numbers in looking.memory.candidates(looking.reader, kind.name, missing, ceiling).items():
            if len(numbers) == 1:
                found[key] = numbers[0]
            else:  # ids of one hash
                ids_there = looking.node_ids(kind.name, numbers)
                found[key] = next((number for number in numbers if ids_there.get(number) == key), None)
    return {key: number for key, number in found.items() if number is not None}


def numbers_of(looking: Looking, kind: NodeType, ids: Iterable[str]) -> dict[str, int]:
    """Dense numbers of those ids that were ever seen."""
    found = maybe_numbers(looking, kind, ids)
    known = looking.node_ids(kind.name, list(found.values()))
    return {key: number for key, number in found.items() if known.get(number) == key}


def ids_of(reader: Reader, memory: Memory, kind: NodeType, numbers: Iterable[int]) -> dict[int, str]:
    """Public ids of dense numbers of one type."""
    found = {number: memory.ids.get(number) for number in numbers}
    missing = [number for number, key in found.items() if key is None]
    if missing:
        rows, condition = among(keys_of(kind.name), "_number", missing, "k")
        for number, key in reader.rows(f"SELECT k._number, k.id {rows} WHERE {condition}"):
            memory.learn(kind.name, key, number)
            found[number] = key
    return {number: key for number, key in found.items() if key is not None}


def nodes_at(
    reader: Reader, memory: Memory, view: View, kind: NodeType, numbers: Sequence[int], *columns: str
) -> dict[int, tuple[bool, Row]]:
    """Visible node rows by number: whether the node had happened on the valid day, and the SQL `columns` of `n`.

    NotSmallError where withdrawn batches leave several versions of a node in sight.
    """
    if not numbers:
        return {}
    rows, condition = among(nodes_of(kind.name), "_number", numbers, "n")
    every = sorted(set(columns))  # one order, so that who asks for the same columns asks the same statement
    wanted = ", ".join(["n._number", f"coalesce({view.happened('n', kind)}, true)", *every])
    found = reader.rows_once(f"SELECT {wanted} {rows} WHERE {condition} AND {view.visible('n')}")
    for number, happened, *_ in found:
        memory.present.put((view.snapshot, view.as_of.valid, number), bool(happened))
    places = [2 + every.index(name) for name in columns]
    seen = {row[0]: (bool(row[1]), tuple(row[place] for place in places)) for row in found}
    if len(seen) < len(found):
        raise NotSmallError
    return seen


def present(reader: Reader, memory: Memory, view: View, kind: NodeType, numbers: Sequence[int]) -> set[int]:
    """Those of the numbers that the view shows."""
    found = {number: memory.present.get((view.snapshot, view.as_of.valid, number)) for number in numbers}
    unknown = [number for number, there in found.items() if there is None]
    seen = nodes_at(reader, memory, view, kind, unknown)
    return {number for number, there in found.items() if there} | {n for n, (happened, _) in seen.items() if happened}


def parties_of(reader: Reader, memory: Memory, view: View, taxpayers: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The parties that each taxpayer is made of."""
    known: dict[int, tuple[int, ...] | None] = {n: memory.parties.get((view.snapshot, n)) for n in taxpayers}
    missing = [number for number, ends in known.items() if ends is None]
    if missing:
        ever = memory.sources(reader, relationship_type("PARTY_OF"), missing, view.snapshot.ceiling)
        found = _taxpayer_rows(reader, memory, view, ever)
        for number in missing:
            known[number] = tuple(party for party, taxpayer in found if taxpayer == number)
            memory.parties.put((view.snapshot, number), known[number] or ())
    return {number: ends or () for number, ends in known.items()}


def taxpayers_of(reader: Reader, memory: Memory, view: View, parties: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The taxpayers that each party is; one, or none."""
    known: dict[int, tuple[int, ...] | None] = {n: memory.taxpayers.get((view.snapshot, n)) for n in parties}
    missing = [number for number, ends in known.items() if ends is None]
    found = _taxpayer_rows(reader, memory, view, missing)
    for number in missing:
        known[number] = tuple(taxpayer for party, taxpayer in found if party == number)
        memory.taxpayers.put((view.snapshot, number), known[number] or ())
    return {number: ends or () for number, ends in known.items()}


def _taxpayer_rows(reader: Reader, memory: Memory, view: View, parties: Sequence[int]) -> Sequence[Row]:
    """Party and taxpayer of each visible row of these parties."""
    if not parties:
        return []
    known = memory.standing(reader, relationship_type("PARTY_OF"), parties, view.snapshot)
    if known is not None:
        return known
    rows, condition = among("r_party_of", "from_number", parties, "o")
    return reader.rows(f"SELECT o.from_number, o.to_number {rows} WHERE {condition} AND {view.visible('o')}")
