"""Look-ups by dense number, written so that zone maps prune.

One number stands in the statement itself, several in a list of values that the planner turns into a filter of the scan;
an IN list or a set from a sub-select reads whole tables. Used by the small questions of the embedded store (`small`).
All functions see what a `View` sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graph.model.types import NodeType
from graph.store.duckdb_parts.engine import Parameters, Reader
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.schema import keys_of, nodes_of
from graph.store.duckdb_parts.view import View

Row = tuple[Any, ...]


class NotSmallError(Exception):
    """The question reads more than this way is for, or meets what is rare; the general statement answers it."""


def among(table: str, column: str, numbers: Sequence[int], alias: str) -> tuple[str, str]:
    """`FROM` and a condition for rows of `table` whose `column` is one of `numbers` (at least one)."""
    if len(numbers) == 1:
        return f"FROM {table} {alias}", f"{alias}.{column} = {numbers[0]}"
    listed = ", ".join(f"({number})" for number in numbers)
    return f"FROM (VALUES {listed}) wanted(one) JOIN {table} {alias} ON {alias}.{column} = wanted.one", "true"


def numbers_of(reader: Reader, memory: Memory, kind: NodeType, ids: Iterable[str]) -> dict[str, int]:
    """Dense numbers of those ids that were ever seen."""
    asked = list(dict.fromkeys(ids))
    found = {key: memory.numbers.get((kind.name, key)) for key in asked}
    missing = [key for key, number in found.items() if number is None]
    for key, number in _searched(reader, kind, missing):
        memory.learn(kind.name, key, number)
        found[key] = number
    return {key: number for key, number in found.items() if number is not None}


def _searched(reader: Reader, kind: NodeType, ids: Sequence[str]) -> list[Row]:
    if not ids:
        return []
    parameters, table = Parameters(), keys_of(kind.name)
    if len(ids) == 1:
        return reader.rows(f"SELECT id, _number FROM {table} WHERE id = {parameters.add(ids[0])}", parameters)
    listed = ", ".join(f"({parameters.add(key)})" for key in ids)
    return reader.rows(
        f"SELECT k.id, k._number FROM (VALUES {listed}) wanted(one) JOIN {table} k ON k.id = wanted.one", parameters
    )


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
    wanted = ", ".join(["n._number", f"coalesce({view.happened('n', kind)}, true)", *columns])
    found = reader.rows_once(f"SELECT {wanted} {rows} WHERE {condition} AND {view.visible('n')}")
    for number, happened, *_ in found:
        memory.present.put((view.snapshot, view.as_of.valid, number), bool(happened))
    seen = {row[0]: (bool(row[1]), row[2:]) for row in found}
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
    return _mapped(reader, view, taxpayers, memory.parties, ("to_number", "from_number"))


def taxpayers_of(reader: Reader, memory: Memory, view: View, parties: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The taxpayers that each party is; one, or none."""
    return _mapped(reader, view, parties, memory.taxpayers, ("from_number", "to_number"))


def _mapped(
    reader: Reader, view: View, numbers: Sequence[int], memory: Any, columns: tuple[str, str]
) -> dict[int, tuple[int, ...]]:
    known: dict[int, tuple[int, ...] | None] = {n: memory.get((view.snapshot, n)) for n in numbers}
    missing = [number for number, ends in known.items() if ends is None]
    if missing:
        near, far = columns
        rows, condition = among("r_party_of", near, missing, "o")
        read: dict[int, list[int]] = {number: [] for number in missing}
        for number, end in reader.rows(f"SELECT o.{near}, o.{far} {rows} WHERE {condition} AND {view.visible('o')}"):
            read[number].append(end)
        for number, ends in read.items():
            known[number] = tuple(ends)
            memory.put((view.snapshot, number), tuple(ends))
    return {number: ends or () for number, ends in known.items()}
