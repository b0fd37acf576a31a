"""Small questions of the embedded store: `fetch` and `expand` of a few nodes that have a few relationships.

One general statement joins key tables by text and is planned for millions of rows: ten milliseconds, whatever it
finds. A small question is asked in steps instead, each a look-up by dense number (`points`), and steps that `Memory`
knows to be empty are not asked at all. What is not small, or not asked under the root, raises NotSmallError and is
left to `nodes` and `expanding`, whose answers are the same.
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
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.nodes import answer_columns
from graph.store.duckdb_parts.nodes import answer_schema as node_schema
from graph.store.duckdb_parts.points import (
    NotSmallError,
    Row,
    among,
    ids_of,
    nodes_at,
    numbers_of,
    parties_of,
    present,
    taxpayers_of,
)
from graph.store.duckdb_parts.schema import (
    BOTH_WAYS,
    LEDGER_TYPE,
    PROVENANCE_NAMES,
    first_number,
    pairs_of,
    quoted,
    rows_of,
)
from graph.store.duckdb_parts.view import View, near_and_far
from graph.store.expansions import BEARERS, Question
from graph.store.masking import chosen
from graph.store.port import Expansion
from graph.store.questions import Direction

MOST_NODES = 200  # asked at once
MOST_ROWS = 400  # relationship rows; a longer answer is read by one statement
# Batch 0 writes access events outside the ledger, and the ledger's own lines are a view: nothing to remember there.
_NEVER = frozenset({LEDGER_TYPE, "AccessEvent"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Looking:
    """What every step needs."""

    reader: Reader
    memory: Memory
    view: View

    def node_ids(self, type_name: str, numbers: Sequence[int]) -> dict[int, str]:
        """Public ids of these numbers."""
        return ids_of(self.reader, self.memory, node_type(type_name), numbers)


@dataclass(frozen=True, slots=True)
class _Near:
    """An asked node: its place and id, and the numbers and ids that bear its facts."""

    place: int
    id: str
    bearers: Mapping[int, str]


def _check_small(view: View, type_name: str, ids: Sequence[str]) -> None:
    if not view.scope.everything or len(ids) > MOST_NODES or type_name in _NEVER:
        raise NotSmallError


def invoice_ids(reader: Reader, memory: Memory, numbers: Sequence[int]) -> pa.Table:
    """Public ids of dense invoice numbers, as `columns.invoice_ids` gives them."""
    ids = ids_of(reader, memory, node_type("Invoice"), sorted(set(numbers)))
    return pa.Table.from_pylist([{"invoice": n, "id": ids[n]} for n in numbers if n in ids], schema=INVOICE_IDS)


# --- fetch


def fetch(looking: Looking, type_name: str, ids: Sequence[str], *, restricted: bool) -> pa.Table:
    """Rows of these ids in the order asked; the last column `asked` is the id as asked."""
    _check_small(looking.view, type_name, ids)
    kind = node_type(type_name)
    numbers = numbers_of(looking.reader, looking.memory, kind, ids)
    names = answer_columns(kind, restricted=restricted)
    columns = [_column(kind, name) for name in names]
    rows = nodes_at(looking.reader, looking.memory, looking.view, kind, sorted(numbers.values()), *columns)
    there = {key: rows[number][1] for key, number in numbers.items() if number in rows and rows[number][0]}
    _refuse_former(kind, ids, there)
    schema = node_schema(kind, restricted=restricted).append(pa.field("asked", pa.string()))
    return _table(schema, [(*_plain(kind, names, there[key]), key) for key in dict.fromkeys(ids) if key in there])


def _refuse_former(kind: NodeType, ids: Sequence[str], there: Mapping[str, Any]) -> None:
    """An id that no present taxpayer has may be a former one, which the general way looks up."""
    if kind.name == "Taxpayer" and any(key not in there for key in ids):
        raise NotSmallError


def _column(kind: NodeType, name: str) -> str:
    """SQL of a node's column; instants as microseconds, since the driver would need another library for them."""
    return f"epoch_us(n.{quoted(name)})" if _is_instant(kind, name) else f"n.{quoted(name)}"


def _is_instant(kind: NodeType, name: str) -> bool:
    return any(p.name == name and p.kind is Kind.INSTANT for p in kind.properties)


def _plain(kind: NodeType, names: Sequence[str], row: Row) -> Row:
    if not any(p.kind is Kind.INSTANT for p in kind.properties):
        return row
    return tuple(_instant(v) if _is_instant(kind, n) else v for n, v in zip(names, row, strict=True))


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
    _check_small(looking.view, type_name, ids)
    near = _near(looking, type_name, ids, asked.ends)
    bearers = sorted({number for one in near.values() for number in one.bearers})
    hops = _hops(looking, asked.ends, bearers)
    if not hops:
        return Expansion(_empty(asked.ends, asked.attributes), {})
    by_bearer: dict[int, list[Row]] = {}
    for hop in hops:
        by_bearer.setdefault(hop[0], []).append(hop)
    far = _far(looking, asked, sorted({hop[1] for hop in hops}))
    schema = _schema(asked.ends, asked.attributes)
    names = (*_schema(asked.ends, asked.far).names, "_place", *BEARERS)
    found = [
        dict(zip(names, (*row, one.place, one.bearers[number], far_bearer), strict=True))
        for key, one in near.items()
        for number in one.bearers
        for hop in by_bearer.get(number, ())
        for row, far_bearer in _rows(asked, (key, one, number), hop, far)
    ]
    kept, cut = chosen(found, asked.where, asked.order, asked.ties, asked.limit)
    return Expansion(pa.Table.from_pylist(kept, schema=schema), cut)


@cache
def _schemas() -> dict[tuple[Hashable, ...], pa.Schema]:
    return {}


def _schema(ends: Ends, attributes: Sequence[str]) -> pa.Schema:
    """The schema of an answer, made once for each kind of question; the vocabulary bounds how many there are."""
    known, key = _schemas(), (ends.type.name, ends.direction, ends.near, tuple(attributes))
    if key not in known:
        known[key] = answer_schema(ends, attributes)
    return known[key]


def _empty(ends: Ends, attributes: Sequence[str]) -> pa.Table:
    return _schema(ends, attributes).empty_table()


def _near(looking: Looking, type_name: str, ids: Sequence[str], ends: Ends) -> dict[str, _Near]:
    """Asked nodes that are there, by the key they were asked under."""
    kind = node_type(type_name)
    numbers = numbers_of(looking.reader, looking.memory, kind, ids)
    there = present(looking.reader, looking.memory, looking.view, kind, sorted(numbers.values()))
    found = {key: number for key, number in numbers.items() if number in there}
    _refuse_former(kind, ids, found)
    names = looking.node_ids(type_name, sorted(found.values()))
    bearers = _bearers(looking, ends, names)
    return {
        key: _Near(place, names[found[key]], bearers[found[key]])
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


def _hops(looking: Looking, ends: Ends, bearers: Sequence[int]) -> list[Row]:
    """Visible relationship rows: bearer, far number, own properties, provenance, batch."""
    view, end = looking.view, "from" if ends.direction is Direction.OUT else "to"
    if not bearers or not looking.memory.some_linked(looking.reader, ends.type, end, bearers, view.snapshot.ceiling):
        return []
    near, far = near_and_far(ends, "r")
    columns = [near, far, *(f"r.{quoted(p.name)}" for p in ends.type.properties)]
    columns += [f"r.{name}" for name in (*PROVENANCE_NAMES, "batch_from")]
    if end == "to" and ends.type.name in BOTH_WAYS:
        rows, condition = _through_pairs(looking, ends, bearers)
    else:
        rows, condition = among(rows_of(ends.type), f"{end}_number", bearers, "r")
    seen = f"{view.visible('r')} AND {view.holds('r', ends.type)}"
    found = looking.reader.rows_once(
        f"SELECT {', '.join(columns)} {rows} WHERE {condition} AND {seen} LIMIT {MOST_ROWS + 1}"
    )
    if len(found) > MOST_ROWS:
        raise NotSmallError
    return found


def _through_pairs(looking: Looking, ends: Ends, bearers: Sequence[int]) -> tuple[str, str]:
    """Rows asked from their target: the pairs name their sources, by which the rows are sorted."""
    pairs, condition = among(pairs_of(ends.type), "to_number", bearers, "x")
    sources = sorted(
        set(looking.reader.longs(f"SELECT x.from_number {pairs} WHERE {condition} LIMIT {MOST_ROWS + 1}").tolist())
    )
    if len(sources) > MOST_ROWS:
        raise NotSmallError
    if not sources:
        return f"FROM {rows_of(ends.type)} r", "false"
    rows, source = among(rows_of(ends.type), "from_number", sources, "r")
    return rows, f"{source} AND r.to_number IN ({', '.join(map(str, bearers))})"


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
    open_names = {p.name for p in kind.properties if p.personal is not Personal.RESTRICTED}
    names = [name for name in asked.far if name in open_names]
    rows = _far_rows(looking, kind, wanted, names)
    ids = {number: str(row[1][0]) for number, row in rows.items()}
    ids |= looking.node_ids(far_type, [number for number in wanted if number not in ids])
    bearers = looking.node_ids(stored, numbers) if resolved else ids
    for number in numbers:
        for node in nodes[number]:
            happened, row = rows.get(node, (True, ()))
            if happened:
                values = dict(zip(names, _plain(kind, names, row[1:]), strict=True)) if row else {}
                yield number, _Far(far_type, ids[node], bearers[number], resolved, values)


def _far_rows(
    looking: Looking, kind: NodeType, numbers: Sequence[int], names: Sequence[str]
) -> dict[int, tuple[bool, Row]]:
    """The far nodes' rows with their ids, read only where something of them is asked."""
    if not names and looking.view.happened("n", kind) == "true":
        return {}
    columns = ["n.id", *(_column(kind, name) for name in names)]
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
