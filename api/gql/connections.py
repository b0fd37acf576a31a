"""Relay connections: pages of a total order, their cursors and totals. Used by every field that gives a list.

`select_page` asks for a page of a type, `related_nodes` and `related_links` for a page of what hangs on a node. Totals
come with the rows, so `totalCount` costs nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import strawberry

from api.gql.building import Link, Node, built, built_link, class_of
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field
from api.gql.ids import Window, window
from api.gql.loading import Related, RelatedRows, Row
from api.gql.scalars import Count
from api.gql.selecting import page_columns
from graph.model.vocabulary import relationship_type
from graph.store.questions import AsOf, Direction, Filter, Order, Page, Scope
from graph.store.scoping import Hop

T = TypeVar("T")
S = TypeVar("S")
N = TypeVar("N", bound=Node)
K = TypeVar("K", bound=Link)
F = TypeVar("F")
OUT, IN = Direction.OUT, Direction.IN


@strawberry.type(description="Where a page lies in its list. 分页")
class PageInfo:
    """Of the Relay connection specification."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One row of a page.")
class Edge(Generic[T]):
    """Of the Relay connection specification."""

    cursor: str = strawberry.field(description="Opaque; stands for a place in the list as recorded at one instant.")
    node: T


@strawberry.type(description="A page of a list in a total order.")
class Connection(Generic[T]):
    """Of the Relay connection specification, with totals."""

    edges: list[Edge[T]]
    page_info: PageInfo
    total_count: Count = strawberry.field(description="Rows of the whole list in this scope.")

    @field
    def nodes(self) -> list[T]:
        """The rows without their cursors."""
        return [edge.node for edge in self.edges]


def mapped(page: Connection[T], turn: Callable[[T], S]) -> Connection[S]:
    """The same page of other objects."""
    edges = [Edge(cursor=edge.cursor, node=turn(edge.node)) for edge in page.edges]
    return Connection(edges=edges, page_info=page.page_info, total_count=page.total_count)


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments that every paged field takes."""

    first: int | None = None
    after: str | None = None
    as_of: AsOfInput | None = None
    where: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()


def page_of(nodes: Sequence[T | None], page: Window, total: int, as_of: AsOf) -> Connection[T]:
    """Nodes of a window as a connection; a place without a node keeps its place and is not shown."""
    edges = [
        Edge(cursor=page.cursor(place, as_of.recorded), node=node)
        for place, node in enumerate(nodes)
        if node is not None
    ]
    info = PageInfo(
        has_next_page=page.offset + len(nodes) < total,
        has_previous_page=page.offset > 0,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info, total_count=Count(total))


def list_page(items: Sequence[T], asked: Asked, as_of: AsOf) -> Connection[T]:
    """A page of a list that is known whole."""
    page = window(asked.first, asked.after)
    return page_of(items[page.offset : page.end], page, len(items), as_of)


def select_page(info: Info, cls: type[N], asked: Asked, *, scope: Scope | None = None) -> Connection[N]:
    """A page of the nodes of a type. `scope`: the principal's, unless the caller has narrowed the question itself."""
    context = info.context
    page = window(asked.first, asked.after)
    as_of = context.clocks(context.now, asked.as_of, page)
    context.deadline.remaining()
    found = context.store.select(
        cls.__name__,
        where=asked.where,
        order=asked.order,
        page=Page(max(page.first, 1), page.offset),
        as_of=as_of,
        scope=scope or context.scope,
    )
    rows = found.table.to_pylist()[: page.first]
    return page_of([built(cls, row, as_of, context) for row in rows], page, found.total, as_of)


async def related_nodes(parent: Node, info: Info, hop: Hop, asked: Asked) -> Connection[Any]:
    """A page of the nodes at the far end of a relationship whose far ends are all of one type."""
    page, as_of, found = await _related(parent, info.context, hop, asked, columns=())
    keys = [far_end(row, hop.direction)[1] for row in found.rows[page.offset : page.end]]
    columns = page_columns(info, class_of(hop.to))
    return page_of(await nodes_of(info.context, hop.to, keys, as_of, columns), page, found.total, as_of)


async def related_of_type(parent: Node, info: Info, hop: Hop, asked: Asked, *, newest: str) -> Connection[Any]:
    """A page of the far nodes of one type of a relationship that leads to several, newest first by a property.

    The port cannot ask for one type of far node, so all are read; such relationships are short (facts of a taxpayer).
    """
    page = window(asked.first, asked.after)
    as_of = info.context.clocks(parent.origin.as_of, asked.as_of, page)
    question = Related(parent.origin.type_name, hop.relationship, hop.direction, as_of, columns=())
    found = await info.context.loaders.related(question, parent.key)
    ends = [far_end(row, hop.direction) for row in found.rows]
    keys = sorted({key for kind, key in ends if kind == hop.to})
    columns = page_columns(info, class_of(hop.to))
    wanted = None if columns is None else (*columns, newest)
    rows = await asyncio.gather(*(info.context.loaders.node(hop.to, key, as_of, wanted) for key in keys))
    known = newest_first([row for row in rows if row], newest)
    shown = [built(class_of(hop.to), row, as_of, info.context) for row in known[page.offset : page.end]]
    return page_of(shown, page, len(known), as_of)


async def related_links(
    parent: Node,
    info: Info,
    cls: type[K],
    direction: Direction,
    asked: Asked,
    *,
    attributes: tuple[str, ...] = (),
) -> Connection[K]:
    """A page of the relationships of a node, each as an object with fields of its own."""
    hop = Hop(cls.relationship, direction, "")
    page, as_of, found = await _related(parent, info.context, hop, asked, attributes=attributes)
    rows = found.rows[page.offset : page.end]
    return page_of([built_link(cls, _with_currency(row, parent), as_of) for row in rows], page, found.total, as_of)


async def one_related(
    parent: Node, info: Info, relationship: str, direction: Direction, as_of: AsOfInput | None = None
) -> tuple[Row | None, AsOf]:
    """The one relationship row of a to-one relationship (the first, should data hold several), and its clocks.

    Of a dated relationship the row that holds today, unless another day is asked for.
    """
    clocks = info.context.clocks(parent.origin.as_of, as_of)
    on_day = replace(clocks, valid=clocks.valid or info.context.today)
    dated = relationship_type(relationship).dated
    question = Related(parent.origin.type_name, relationship, direction, on_day if dated else clocks, limit=1)
    found = await info.context.loaders.related(question, parent.key)
    return (found.rows[0] if found.rows else None), clocks


async def far_node(parent: Node, info: Info, hop: Hop, as_of: AsOfInput | None) -> F | None:
    """The node at the far end of a to-one relationship."""
    row, clocks = await one_related(parent, info, hop.relationship, hop.direction, as_of)
    return await node_of(info.context, hop.to, far_end(row, hop.direction)[1], clocks) if row else None


async def node_of(
    context: RequestContext, type_name: str, key: str | None, as_of: AsOf, columns: tuple[str, ...] | None = None
) -> F | None:
    """The object of a node in scope, or None. `columns`: all that will be asked of its row; None for anything."""
    row = await context.loaders.node(type_name, key, as_of, columns) if key else None
    return built(class_of(type_name), row, as_of, context) if row else None


async def nodes_of(
    context: RequestContext, type_name: str, keys: Sequence[str], as_of: AsOf, columns: tuple[str, ...] | None = None
) -> list[Any]:
    """The objects of nodes, in order; None for what does not exist in scope."""
    found: list[Any] = await asyncio.gather(*(node_of(context, type_name, key, as_of, columns) for key in keys))
    return found


def far_end(row: Row, direction: Direction) -> tuple[str, str]:
    """Type and id at the other end of a relationship row."""
    return (row["to_type"], row["to_id"]) if direction is OUT else (row["from_type"], row["from_id"])


def newest_first(rows: list[Row], newest: str) -> list[Row]:
    """Rows by a date descending, undated last, then by id."""
    dated = [row for row in rows if row[newest] is not None]
    undated = [row for row in rows if row[newest] is None]
    by_id = sorted(dated, key=lambda row: str(row["id"]))
    return sorted(by_id, key=lambda row: str(row[newest]), reverse=True) + sorted(
        undated, key=lambda row: str(row["id"])
    )


async def _related(
    parent: Node,
    context: RequestContext,
    hop: Hop,
    asked: Asked,
    *,
    attributes: tuple[str, ...] = (),
    columns: tuple[str, ...] | None = None,
) -> tuple[Window, AsOf, RelatedRows]:
    page = window(asked.first, asked.after)
    as_of = context.clocks(parent.origin.as_of, asked.as_of, page)
    question = Related(
        type_name=parent.origin.type_name,
        relationship=hop.relationship,
        direction=hop.direction,
        as_of=as_of,
        where=asked.where,
        order=asked.order,
        attributes=attributes,
        columns=columns,
        limit=max(page.end, 1),
    )
    return page, as_of, await context.loaders.related(question, parent.key)


def _with_currency(row: Row, parent: Node) -> Row:
    return {"currency": parent.origin.row.get("currency")} | row
