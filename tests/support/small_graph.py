"""Builds small batches for tests: a test names what it is about, everything else has defaults.

    batch = Draft().firm("A", bureau="11").firm("B").invoice("1", seller="A", buyer="B").batch("b1")

A firm `A` is a Taxpayer `A` with one party `no:A` that bears its facts and would give the taxpayer id `tp-A`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Self

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, node_type, relationship_type
from graph.store.port import BatchHeader, WriteBatch

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
_NODE_NAMES = frozenset(kind.name for kind in NODE_TYPES)


def header(batch_id: str, **changes: Any) -> BatchHeader:
    """A ledger header whose digest follows from the batch's id."""
    values: dict[str, Any] = {"source": "test", "digest": f"digest of {batch_id}", "who": "tester"}
    return BatchHeader(batch_id, started_at=STARTED, **(values | changes))


def table(kind: NodeType | RelationshipType, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows in the type's schema, nulls where nothing is given, provenance by default."""
    filled = [
        {"prov_source": "test", "prov_file": "test.csv", "prov_row": place, "claims": 1, **row}
        for place, row in enumerate(rows, start=1)
    ]
    unknown = {name for row in filled for name in row} - set(kind.schema().names)
    if unknown:
        raise KeyError(f"{kind.name} has no {unknown}")
    return pa.Table.from_pylist(filled, schema=kind.schema())


class Draft:
    """Collects facts; `batch` turns them into a `WriteBatch`."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._ended: dict[str, list[dict[str, Any]]] = {}

    def node(self, type_name: str, node_id: str, **properties: Any) -> Self:
        """Any node."""
        self._rows.setdefault(type_name, []).append({"id": node_id, **properties})
        return self

    def link(self, relationship: str, source: str, target: str, **properties: Any) -> Self:
        """Any relationship, by stored ends: `no:A` or `Person:p1` where several types may stand."""
        self._rows.setdefault(relationship, []).append({**ends(relationship, source, target), **properties})
        return self

    def end(self, name: str, *keys: str, **identity: Any) -> Self:
        """End a node (`id`) or a relationship (`source, target`) without a successor."""
        key = {"id": keys[0]} if name in _NODE_NAMES else {**ends(name, *keys), **identity}
        self._ended.setdefault(name, []).append(key)
        return self

    def firm(self, firm_id: str, *, bureau: str | None = None, **properties: Any) -> Self:
        """A taxpayer with one party."""
        name = properties.pop("name", f"Firm {firm_id}")
        self.node("Taxpayer", firm_id, name=name, tax_number=firm_id, bureau=bureau, **properties)
        return self.party(f"no:{firm_id}", taxpayer=firm_id, taxpayer_id=f"tp-{firm_id}")

    def party(self, party_id: str, *, taxpayer: str | None = None, **properties: Any) -> Self:
        """A party, and which taxpayer it is."""
        number = party_id.partition(":")[2]
        self.node("Party", party_id, **{"kind": "number", "number": number} | properties)
        return self.link("PARTY_OF", party_id, taxpayer) if taxpayer else self

    def invoice(
        self,
        invoice_id: str,
        *,
        seller: str | None = None,
        buyer: str | None = None,
        on: str = "2026-01-10",
        **own: Any,
    ) -> Self:
        """An invoice between two firms."""
        values = {"number": invoice_id, "issued_at": datetime.fromisoformat(on), "issued_precision": "second"}
        money = {"net_cents": 10_000, "tax_cents": 1_300, "currency": "CNY"}
        self.node("Invoice", invoice_id, **values | money | own)
        if seller:
            self.link("SOLD", f"no:{seller}", invoice_id, name=f"Firm {seller}")
        if buyer:
            self.link("BOUGHT_BY", invoice_id, f"no:{buyer}", name=f"Firm {buyer}")
        return self

    def person(self, person_id: str, *, represents: str | None = None, **dates: Any) -> Self:
        """A person, perhaps the legal representative of a firm."""
        self.node("Person", person_id, name=f"Person {person_id}")
        if represents:
            self.link("LEGAL_REPRESENTATIVE_OF", person_id, f"no:{represents}", **dates)
        return self

    def batch(self, batch_id: str = "b1", **changes: Any) -> WriteBatch:
        """Everything collected, as one batch."""
        tables = {name: table(_kind(name), rows) for name, rows in self._rows.items()}
        nodes = {name: rows for name, rows in tables.items() if name in _NODE_NAMES}
        relationships = {name: rows for name, rows in tables.items() if name not in _NODE_NAMES}
        ended = {name: _key_table(name, rows) for name, rows in self._ended.items()}
        return WriteBatch(header(batch_id, **changes), nodes, relationships, ended)


def ends(relationship: str, source: str, target: str) -> dict[str, str]:
    """Stored ends of a relationship; `Type:id` chooses where several types may stand."""
    kind = relationship_type(relationship)
    from_type, from_id = _end(source, kind.stored_sources())
    to_type, to_id = _end(target, kind.stored_targets())
    return {"from_type": from_type, "from_id": from_id, "to_type": to_type, "to_id": to_id}


def _end(text: str, types: tuple[str, ...]) -> tuple[str, str]:
    front, _, rest = text.partition(":")
    if front in types:
        return front, rest
    return (types[0], text) if len(set(types)) == 1 else ("Party", text)


def _kind(name: str) -> NodeType | RelationshipType:
    return node_type(name) if name in _NODE_NAMES else relationship_type(name)


def _key_table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    kind = _kind(name)
    schema = kind.schema()
    identity = [] if isinstance(kind, NodeType) else [p.name for p in kind.identity]
    names = ["id"] if isinstance(kind, NodeType) else ["from_type", "from_id", "to_type", "to_id", *identity]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([schema.field(column) for column in names]))


def day(text: str) -> date:
    """`2026-01-31` as a date."""
    return date.fromisoformat(text)


def values(rows: pa.Table, column: str) -> list[Any]:
    """A column's values; the stubs of `to_pylist` know no types."""
    return list(rows[column].to_pylist())
