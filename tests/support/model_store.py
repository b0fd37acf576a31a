"""An obvious, slow store in memory: the reference that the property tests hold real stores against.

It keeps every version as a dictionary and answers each question by walking over all of them, with the rules of
`graph.store.port` and `graph.store.scoping` written a second time, the plainest way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from graph.model.types import RelationshipType
from graph.model.vocabulary import NODE_TYPES, node_type, relationship_type
from graph.store.masking import holds, province_of, sorted_rows
from graph.store.port import WriteBatch
from graph.store.questions import NOW, ROOT, AsOf, Direction, Filter, Order, Scope
from graph.store.scoping import LEAF_FROM, VISIBILITY, Hop, Rule

Row = dict[str, Any]
_NODES = frozenset(kind.name for kind in NODE_TYPES)
_ENDS = ("from_type", "from_id", "to_type", "to_id")


@dataclass
class ModelStore:
    """Versions by type; each a row with `batch_from` and `batch_to`."""

    versions: dict[str, list[Row]] = field(default_factory=dict)
    number: int = 0

    def write(self, batch: WriteBatch) -> None:
        """Append versions and end what they supersede."""
        self.number += 1
        for name, table in batch.ended.items():
            for row in table.to_pylist():
                self._end(name, row)
        for name, table in (*batch.nodes.items(), *batch.relationships.items()):
            for row in table.to_pylist():
                self._end(name, row)
            rows = self.versions.setdefault(name, [])
            rows += [{**row, "batch_from": self.number, "batch_to": None} for row in table.to_pylist()]

    def _end(self, name: str, row: Row) -> None:
        for version in self.versions.get(name, []):
            if version["batch_to"] is None and _key(name, version) == _key(name, row):
                version["batch_to"] = self.number

    # --- what is there

    def rows(self, name: str, view: View) -> list[Row]:
        """Versions visible in the snapshot; for nodes also on the valid day."""
        seen = [row for row in self.versions.get(name, []) if view.sees(row)]
        return [row for row in seen if view.happened(name, row)] if name in _NODES else seen

    def taxpayer_of(self, party: str, view: View) -> str | None:
        """The taxpayer that a party is."""
        return next((row["to_id"] for row in self.rows("PARTY_OF", view) if row["from_id"] == party), None)

    def in_scope(self, name: str, node_id: str, view: View) -> bool:
        """The scope's rule of the type, written out."""
        rule = VISIBILITY[name].rule
        if view.scope.everything or rule is Rule.OPEN:
            return True
        if rule is Rule.ROOT_ONLY:
            return False
        if rule is Rule.SELF:
            return self._bureau(node_id, view) in (view.scope.bureaus or ())
        reached = [t for route in VISIBILITY[name].routes for t in self._reached(name, node_id, route, view)]
        seen = [t is not None and self.in_scope("Taxpayer", t, view) for t in reached]
        return bool(seen) and (any(seen) if rule is Rule.ANY else all(seen))

    def _bureau(self, taxpayer: str, view: View) -> str | None:
        return next((row["bureau"] for row in self.rows("Taxpayer", view) if row["id"] == taxpayer), None)

    def _reached(self, name: str, node_id: str, route: Sequence[Hop], view: View) -> Iterator[str | None]:
        hop, *rest = route
        near, far = ("from", "to") if hop.direction is Direction.OUT else ("to", "from")
        for row in self.rows(hop.relationship, view):
            if (row[f"{near}_type"], row[f"{near}_id"]) != (name, node_id):
                continue
            stored, far_id = row[f"{far}_type"], row[f"{far}_id"]
            if rest and stored == hop.to:
                yield from self._reached(hop.to, far_id, rest, view)
            elif not rest and stored == "Party":
                yield self.taxpayer_of(far_id, view)
            elif not rest and stored == "Taxpayer":
                yield far_id

    # --- verbs

    def select(
        self, name: str, where: Sequence[Filter] = (), order: Sequence[Order] = (), view: View | None = None
    ) -> list[str]:
        """Ids in order."""
        seen = view or View()
        found = [row for row in self.rows(name, seen) if self.in_scope(name, row["id"], seen)]
        kept = [row for row in found if all(holds(each, row[each.property]) for each in where)]
        return [row["id"] for row in sorted_rows(kept, [*order, Order("id")])]

    def present(self, name: str, asked: str, view: View) -> str | None:
        """The id of the node that an asked id means, if it is there and in scope."""
        there = {row["id"] for row in self.rows(name, view)}
        found = asked if asked in there else None
        if found is None and name == "Taxpayer":
            parties = sorted(row["id"] for row in self.rows("Party", view) if row["taxpayer_id"] == asked)
            meant = [t for t in (self.taxpayer_of(party, view) for party in parties) if t is not None]
            found = meant[0] if meant and meant[0] in there else None
        return found if found is not None and self.in_scope(name, found, view) else None

    def expand(self, name: str, asked: Iterable[str], relationship: str, direction: Direction, view: View) -> list[Row]:
        """Rows (key, from_id, to_id, hidden, province, party, identity …) by key, far id, identity."""
        found = []
        for key in dict.fromkeys(asked):
            node_id = self.present(name, key, view)
            if node_id is not None:
                found += self._related(key, (name, node_id), relationship_type(relationship), direction, view)
        return found

    def _related(
        self, key: str, near_node: tuple[str, str], kind: RelationshipType, direction: Direction, view: View
    ) -> list[Row]:
        near, far = ("from", "to") if direction is Direction.OUT else ("to", "from")
        rows = []
        for row in self.rows(kind.name, view):
            if not view.holds(row) or self._end_of(row, near, kind, view) != near_node:
                continue
            far_type, far_id = self._end_of(row, far, kind, view)
            if far_id is None or not self._not_yet(far_type, far_id, view):
                continue
            hidden = not self.in_scope(far_type, far_id, view)
            if not hidden or (far_type == "Taxpayer" and near_node[0] in LEAF_FROM):
                own = {f"{near}_id": near_node[1], f"{far}_id": far_id, f"{far}_type": far_type, "key": key}
                rows.append(
                    self._answer(row, own, (near, far), kind) if not hidden else self._leaf(row, own, far, view)
                )
        ties = [
            Order(f"{far}_id"),
            Order(f"{far}_type"),
            *(Order(p.name) for p in kind.identity),
            Order("_n"),
            Order("_f"),
        ]
        return sorted_rows(rows, ties)

    def _answer(self, row: Row, own: Row, ends: tuple[str, str], kind: RelationshipType) -> Row:
        """A row whose far end may be seen."""
        near, far = ends
        bearers = [row[f"{end}_id"] for end in (far, near) if row[f"{end}_type"] == "Party"]
        borne = "Party" not in (*kind.sources, *kind.targets) and bearers
        party = bearers[0] if borne else None
        marks = {"hidden": False, "province": None, "party": party}
        return {**row, **own, **marks, "_n": row[f"{near}_id"], "_f": row[f"{far}_id"]}

    def _leaf(self, row: Row, own: Row, far: str, view: View) -> Row:
        """What is left of a far taxpayer out of scope."""
        near = "from" if far == "to" else "to"
        taxpayer = own[f"{far}_id"]
        region = next((t["region"] for t in self.rows("Taxpayer", view) if t["id"] == taxpayer), None)
        nothing = {"party": None, **({"name": None} if "name" in row else {})}
        marks = {f"{far}_id": view.scope.opaque(taxpayer), "hidden": True, "province": province_of(region)}
        return {**row, **own, **nothing, **marks, "_n": row[f"{near}_id"], "_f": row[f"{far}_id"]}

    def _end_of(self, row: Row, end: str, kind: RelationshipType, view: View) -> tuple[str, str | None]:
        declared = kind.sources if end == "from" else kind.targets
        if row[f"{end}_type"] == "Party" and "Party" not in declared:
            return "Taxpayer", self.taxpayer_of(row[f"{end}_id"], view)
        return row[f"{end}_type"], row[f"{end}_id"]

    def _not_yet(self, name: str, node_id: str, view: View) -> bool:
        """False for an event that lies after the valid day."""
        versions = [row for row in self.versions.get(name, []) if row["id"] == node_id and view.sees(row)]
        return all(view.happened(name, row) for row in versions)


@dataclass(frozen=True)
class View:
    """Which batches count, the valid day and the scope."""

    ceiling: int | None = None
    valid: date | None = None
    scope: Scope = ROOT

    def sees(self, row: Row) -> bool:
        """This version is part of the snapshot."""
        if self.ceiling is None:
            return row["batch_to"] is None
        return row["batch_from"] <= self.ceiling and (row["batch_to"] is None or row["batch_to"] > self.ceiling)

    def holds(self, row: Row) -> bool:
        """A dated relationship holds on the valid day."""
        if self.valid is None or "valid_from" not in row:
            return True
        begun = row["valid_from"] is None or row["valid_from"] <= self.valid
        return begun and (row["valid_to"] is None or self.valid < row["valid_to"])

    def happened(self, name: str, row: Row) -> bool:
        """An event lies before the end of the valid day."""
        event = node_type(name).event_time
        if self.valid is None or event is None or row[event] is None:
            return True
        return _instant(row[event]) < _instant(self.valid + timedelta(days=1))

    def as_of(self, recorded: datetime | None) -> AsOf:
        """The same view for a real store, given when its batch `ceiling` was committed."""
        return AsOf(self.valid, recorded) if self.valid or recorded else NOW


def _instant(value: date) -> datetime:
    whole = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    return whole if whole.tzinfo else whole.replace(tzinfo=UTC)


def _key(name: str, row: Row) -> tuple[Any, ...]:
    if name in _NODES:
        return (row["id"],)
    return tuple(row[c] for c in (*_ENDS, *(p.name for p in relationship_type(name).identity)))
