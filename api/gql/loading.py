"""Loaders of one request: all keys that resolvers ask for at one depth go to the store in one call.

Made by `api.gql.context`, asked by resolvers. A question (type, relationship, filters, clocks) has one loader, so the
number of store calls is bounded by the depth of a query and never by its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
from strawberry.dataloader import DataLoader

from graph.store.port import Expansion, GraphStore
from graph.store.questions import AsOf, Direction, Filter, Order, Scope

Row = dict[str, Any]
Columns = tuple[str, ...] | None
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Related:
    """Which relationships of nodes are asked for; see `GraphStore.expand`."""

    type_name: str
    relationship: str
    direction: Direction
    as_of: AsOf
    where: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    attributes: tuple[str, ...] = ()
    columns: Columns = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """Relationship rows of one node, and how many more there are."""

    rows: tuple[Row, ...]
    cut: int

    @property
    def total(self) -> int:
        """How many relationships the node has in this scope."""
        return len(self.rows) + self.cut


class Loaders:
    """The loaders of one request. `before_each` runs before every store call and may refuse it."""

    def __init__(self, store: GraphStore, scope: Scope, before_each: Callable[[], object]) -> None:
        self._store = store
        self._scope = scope
        self._before_each = before_each
        self._nodes: dict[tuple[str, AsOf, Columns], DataLoader[str, Row | None]] = {}
        self._related: dict[Related, DataLoader[str, RelatedRows]] = {}
        self._counts: dict[Related, DataLoader[str, int]] = {}
        self._derived: dict[Hashable, DataLoader[str, Any]] = {}

    async def node(self, type_name: str, key: str, as_of: AsOf, columns: Columns = None) -> Row | None:
        """The row of a node in scope, with its id and these columns (None: all), or None."""
        question = (type_name, as_of, columns)
        if question not in self._nodes:

            async def load(keys: list[str]) -> list[Row | None]:
                return self._fetch(type_name, keys, as_of, columns)

            self._nodes[question] = DataLoader(load)
        return await self._nodes[question].load(key)

    async def related(self, question: Related, key: str) -> RelatedRows:
        """Relationship rows of one node."""
        if question not in self._related:

            async def load(keys: list[str]) -> list[RelatedRows]:
                return self._expand(question, keys)

            self._related[question] = DataLoader(load)
        return await self._related[question].load(key)

    async def count(self, question: Related, key: str) -> int:
        """How many relationships of this kind a node has; filters are not heeded."""
        if question not in self._counts:

            async def load(keys: list[str]) -> list[int]:
                return self._count(question, keys)

            self._counts[question] = DataLoader(load)
        return await self._counts[question].load(key)

    async def derived(self, question: Hashable, key: str, ask: Callable[[list[str]], Sequence[T]]) -> T:
        """What `ask` tells of a node: asked once for all keys of this question, answered in their order."""
        if question not in self._derived:

            async def load(keys: list[str]) -> Sequence[T]:
                self._before_each()
                return ask(keys)

            self._derived[question] = DataLoader(load)
        found: T = await self._derived[question].load(key)
        return found

    def _fetch(self, type_name: str, keys: Sequence[str], as_of: AsOf, columns: Columns) -> list[Row | None]:
        self._before_each()
        found = self._store.fetch(type_name, keys, columns=columns, as_of=as_of, scope=self._scope)
        rows = found.to_pylist()
        by_key = {row.get("asked") or row["id"]: row for row in rows}
        return [by_key.get(key) for key in keys]

    def _expand(self, question: Related, keys: Sequence[str]) -> list[RelatedRows]:
        self._before_each()
        found = self._store.expand(
            question.type_name,
            keys,
            question.relationship,
            question.direction,
            where=question.where,
            order=question.order,
            attributes=question.attributes,
            columns=question.columns,
            limit_per_node=question.limit,
            as_of=question.as_of,
            scope=self._scope,
        )
        return [_rows_of(found, rows, key) for key, rows in _grouped(found.table, keys).items()]

    def _count(self, question: Related, keys: Sequence[str]) -> list[int]:
        self._before_each()
        counts = self._store.count_related(
            question.type_name,
            keys,
            question.relationship,
            question.direction,
            as_of=question.as_of,
            scope=self._scope,
        )
        return [counts.get(key, 0) for key in keys]


def _grouped(table: pa.Table, keys: Sequence[str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {key: [] for key in keys}
    for row in table.to_pylist():
        groups[row["key"]].append(row)
    return groups


def _rows_of(found: Expansion, rows: list[Row], key: str) -> RelatedRows:
    return RelatedRows(tuple(rows), found.cut.get(key, 0))
