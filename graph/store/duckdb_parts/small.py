"""Small questions of the embedded store: `fetch` and `expand` of a few nodes that have a few relationships.

One general statement joins key tables by text and is planned for millions of rows: ten milliseconds, whatever it
finds. A small question is asked in steps instead, each a look-up by dense number (`points`, `hopping`), and steps that
`Memory` knows to be empty are not asked at all. Which nodes are in scope is asked in the same way (`scoped`). What is
not small raises NotSmallError and is left to `nodes` and `expanding`, whose answers are the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pyarrow as pa

from graph.model.fields import Kind, Personal
from graph.model.types import NodeType
from graph.model.vocabulary import TYPE_SHIFT, node_type
from graph.store.conditions import Ends
from graph.store.duckdb_parts.columns import INVOICE_IDS
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.expanding import answer_schema
from graph.store.duckdb_parts.hopping import hops
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.nodes import answer_columns
from graph.store.duckdb_parts.nodes import answer_schema as node_schema
from graph.store.duckdb_parts.points import (
    Looking,
    NotSmallError,
    Row,
    ids_of,
    maybe_numbers,
    nodes_at,
    numbers_of,
    parties_of,
    present,
    taxpayers_of,
)
from graph.store.duckdb_parts.schema import LEDGER_TYPE, first_number, quoted
from graph.store.duckdb_parts.scoped import in_scope, remember_reached
from graph.store.expansions import BEARERS, Question
from graph.store.masking import chosen, shows_leaves
from graph.store.port import Expansion
from graph.store.questions import Direction

MOST_NODES = 200  # asked at once
# Batch 0 writes access events outside the ledger, and the ledger's own lines are a view: nothing to remember there.
_NEVER = frozenset({LEDGER_TYPE, "AccessEvent"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Near:
    """An asked node: its place, number and id, and the numbers and ids that bear its facts."""

    place: int
    number: int
    id: str
    bearers: Mapping[int, str]


def _check_small(type_name: str, ids: Sequence[str]) -> None:
    if len(ids) > MOST_NODES or type_name in _NEVER:
        raise NotSmallError


def invoice_ids(reader: Reader, memory: Memory, numbers: Sequence[int]) -> pa.Table:
    """Public ids of dense invoice numbers, as `columns.invoice_ids` gives them."""
    ids = ids_of(reader, memory, node_type("Invoice"), sorted(set(numbers)))
    return pa.Table.from_pylist([{"invoice": n, "id": ids[n]} for n in numbers if n in ids], schema=INVOICE_IDS)


def invoices_at(looking: Looking, numbers: Sequence[int], only: Sequence[str]) -> pa.Table:
    """Rows of dense invoice numbers that are there, in the order given: number, id and the other columns."""
    if len(numbers) > MOST_NODES:
        raise NotSmallError
    kind = node_type("Invoice")
    names = answer_columns(kind, only=only)
    wanted = [_column(kind, name) for name in names]
    rows = nodes_at(looking.reader, looking.memory, looking.view, kind, sorted(set(numbers)), *wanted)
    schema = pa.schema([INVOICE_IDS.field("invoice"), *node_schema(kind, only=only)])
    return _table(schema, [(n, *_plain(kind, names, rows[n][1])) for n in numbers if n in rows and rows[n][0]])


# --- fetch


def fetch(
    looking: Looking, type_name: str, ids: Sequence[str], *, restricted: bool, only: Sequence[str] | None
) -> pa.Table:
    """Rows of these ids in the order asked; the last column `asked` is the id as asked."""
    _check_small(type_name, ids)
    kind = node_type(type_name)
    numbers = maybe_numbers(looking, kind, ids)
    names = answer_columns(kind, restricted=restricted, only=only)
    wanted = [_column(kind, name) for name in names]
    rows = nodes_at(looking.reader, looking.memory, looking.view, kind, sorted(set(numbers.values())), *wanted)
    there = {key: n for key, n in numbers.items() if n in rows and rows[n][0] and rows[n][1][names.index("id")] == key}
    _refuse_former(kind, ids, there)
    for key, number in there.items():
        looking.memory.learn(kind.name, key, number)
    shown = in_scope(looking, kind.name, sorted(there.values()))
    schema = node_schema(kind, restricted=restricted, only=only).append(pa.field("asked", pa.string()))
    kept = [key for key in dict.fromkeys(ids) if there.get(key) in shown]
    return _table(schema, [(*_plain(kind, names, rows[there[key]][1]), key) for key in kept])


def _refuse_former(kind: NodeType, ids: Sequence[str], there: Mapping[str, Any]) -> None:
    """An id that no present taxpayer has may be a former one, which the general way looks up."""
    if kind.name == "Taxpayer" and any(key not in there for key in ids):
        raise NotSmallError


def _column(kind: NodeType, name: str) -> str:
    """SQL of a node's column; instants as microseconds, since the driver would need another library for them."""
    return f"epoch_us(n.{quoted(name)})" if name in _instants(kind.name) else f"n.{quoted(name)}"


@cache
def _instants(type_name: str) -> frozenset[str]:
    return frozenset(p.name for p in node_type(type_name).properties if p.kind is Kind.INSTANT)


def _plain(kind: NodeType, names: Sequence[str], row: Row) -> Row:
    instants = _instants(kind.name)
    if not instants:
        return row
    return tuple(_instant(v) if n in instants else v for n, v in zip(names, row, strict=True))


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def _table(schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns: list[Any] = [
        pa.array(values, field.type) for field, values in zip(schema, zip(*rows, strict=True), strict=True)
    ]
    return pa.table(columns, schema=schema)


# --- expand


def expand(looking: Looking, type_name: str, ids: Sequence[str], asked: Question) -> Expansion:
    """Relationship rows grouped by asked key, as `expanding.expand` gives them."""
    _check_small(type_name, ids)
    ends = asked.ends
    if shows_leaves(ends, looking.view.scope):
        raise NotSmallError
    near = _near(looking, type_name, ids, ends)
    bearers = sorted({number for one in near.values() for number in one.bearers})
    found = hops(looking, ends.type, ends.direction, bearers, *asked.own)
    if not found:
        return Expansion(_empty(_schema(asked)), {})
    by_bearer: dict[int, list[Row]] = {}
    for hop in found:
        by_bearer.setdefault(hop[0], []).append(hop)
    remember_reached(looking, ends, [one.number for one in near.values()], [hop[1] for hop in found])
    far = _far(looking, asked, sorted({hop[1] for hop in found}))
    names = (*_schema(asked, used=True).names, "_place", *BEARERS)
    rows = [
        dict(zip(names, (*row, one.place, one.bearers[number], far_bearer), strict=True))
        for key, one in near.items()
        for number in one.bearers
        for hop in by_bearer.get(number, ())
        for row, far_bearer in _rows(asked, (key, one, number), hop, far)
    ]
    kept, cut = chosen(rows, asked.where, asked.order, asked.ties, asked.limit)
    return Expansion(pa.Table.from_pylist(kept, schema=_schema(asked)), cut)


@cache
def _empty(schema: pa.Schema) -> pa.Table:
    return schema.empty_table()


@cache
def _schemas() -> dict[tuple[Hashable, ...], pa.Schema]:
    return {}


def _schema(asked: Question, *, used: bool = False) -> pa.Schema:
    """The schema of an answer, made once for each kind of question; the vocabulary bounds how many there are.

    `used`: with the columns that only its filters and order need.
    """
    ends, known = asked.ends, _schemas()
    own, far = (asked.own, asked.far) if used else (asked.columns, asked.attributes)
    key = (ends.type.name, ends.direction, ends.near, own, far)
    if key not in known:
        known[key] = answer_schema(ends, own, far)
    return known[key]


def _near(looking: Looking, type_name: str, ids: Sequence[str], ends: Ends) -> dict[str, _Near]:
    """Asked nodes that are there, by the key they were asked under."""
    kind = node_type(type_name)
    numbers = numbers_of(looking, kind, ids)
    there = present(looking.reader, looking.memory, looking.view, kind, sorted(numbers.values()))
    _refuse_former(kind, ids, {key: number for key, number in numbers.items() if number in there})
    there = in_scope(looking, type_name, sorted(there))
    found = {key: number for key, number in numbers.items() if number in there}
    names = looking.node_ids(type_name, sorted(found.values()))
    bearers = _bearers(looking, ends, names)
    return {
        key: _Near(place, found[key], names[found[key]], bearers[found[key]])
        for place, key in enumerate(dict.fromkeys(ids))
        if key in found
    }


def _bearers(looking: Looking, ends: Ends, names: Mapping[int, str]) -> dict[int, dict[int, str]]:
    """By near node: the numbers that relationship rows bear, with their ids."""
    if ends.near == ends.near_stored:
        return {number: {number: key} for number, key in names.items()}
    parties = parties_of(looking.reader, looking.memory, looking.view, sorted(names))
    ids = looking.node_ids("Party", sorted({party for each in parties.values() for party in each}))
    return {number: {party: ids[party] for party in parties[number]} for number in names}


@dataclass(frozen=True, slots=True)
class _Far:
    """A node at the far end: its type and id, the id that bears the fact there, the asked properties by name."""

    type: str
    id: str
    bearer: str
    resolved: bool
    values: Mapping[str, Any]


def _far(looking: Looking, asked: Question, numbers: Sequence[int]) -> dict[int, list[_Far]]:
    """What stands at the far ends, by stored number; nodes that had not happened yet are left out."""
    found: dict[int, list[_Far]] = {}
    for far_type, stored in zip(asked.ends.far, asked.ends.far_stored, strict=True):
        ours = [number for number in numbers if number >> TYPE_SHIFT == first_number(stored) >> TYPE_SHIFT]
        if ours:
            for number, each in _far_of(looking, asked, far_type, stored, ours):
                found.setdefault(number, []).append(each)
    return found


def _far_of(
    looking: Looking, asked: Question, far_type: str, stored: str, numbers: Sequence[int]
) -> Iterator[tuple[int, _Far]]:
    kind, resolved = node_type(far_type), far_type != stored
    nodes: dict[int, tuple[int, ...]] = {number: (number,) for number in numbers}
    if resolved:
        nodes = taxpayers_of(looking.reader, looking.memory, looking.view, numbers)
    wanted = sorted({number for each in nodes.values() for number in each})
    shown = in_scope(looking, far_type, wanted)
    open_names = {p.name for p in kind.properties if p.personal is not Personal.RESTRICTED}
    names = [name for name in asked.far if name in open_names]
    rows = _far_rows(looking, kind, wanted, names)
    ids = {number: str(row[1][0]) for number, row in rows.items()}
    ids |= looking.node_ids(far_type, [number for number in wanted if number not in ids])
    bearers = looking.node_ids(stored, numbers) if resolved else ids
    for number in numbers:
        for node in nodes[number]:
            happened, row = rows.get(node, (True, ()))
            if happened and node in shown:
                values = dict(zip(names, _plain(kind, names, row[1:]), strict=True)) if row else {}
                yield number, _Far(far_type, ids[node], bearers[number], resolved, values)


def _far_rows(
    looking: Looking, kind: NodeType, numbers: Sequence[int], names: Sequence[str]
) -> dict[int, tuple[bool, Row]]:
    """The far nodes' rows with their ids, read only where something of them is asked."""
    if not names and looking.view.happened("n", kind) == "true":
        return {}
    columns = ['n."id"', *(_column(kind, name) for name in names)]
    rows = nodes_at(looking.reader, looking.memory, looking.view, kind, numbers, *columns)
    for number, (_, row) in rows.items():
        looking.memory.learn(kind.name, str(row[0]), number)
    return rows


def _rows(
    asked: Question, near: tuple[str, _Near, int], hop: Row, far: Mapping[int, Sequence[_Far]]
) -> Iterator[tuple[Row, str]]:
    """Answer rows of one hop, in the order of `answer_schema`, each with the id that bears the fact at the far end."""
    ends, own, (key, one, bearer) = asked.ends, hop[2:], near
    for each in far.get(hop[1], ()):
        sides = ((ends.near, one.id), (each.type, each.id))
        source, target = sides if ends.direction is Direction.OUT else sides[::-1]
        near_party = one.bearers[bearer] if ends.near != ends.near_stored else None
        party = each.bearer if each.resolved else near_party
        values = (each.values.get(name) for name in asked.far)
        yield (key, *source, *target, *own, party, False, None, *values), each.bearer
