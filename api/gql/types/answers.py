"""What the answers to large questions share: scope, cuts, parties as cards, graphs as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import strawberry

from api.gql.connections import node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import global_id
from api.gql.scalars import CivilTime, exact_money, millionths
from api.gql.types.links import LazyOfficer, LazyTask, LazyTaxpayer
from graph.store.questions import AsOf
from queries.results import Cut, GraphPayload, PartyRef
from queries.tasks import Holder, TaskHead


@strawberry.type(name="Cut", description="What an answer lacks. 截断说明")
class CutInfo:
    """Never silent: `truncated` of the answer is true if there is any."""

    part: str = strawberry.field(description="Which part of the answer.")
    limit: str = strawberry.field(description="Which limit cut it.")
    dropped: int | None = strawberry.field(description="How much was dropped; null where that is not known.")


@strawberry.type(description="Under which scope an answer was given. 权限范围")
class AnswerScope:
    """The same for the whole request."""

    label: str


@strawberry.interface(description="An answer that may be cut. 可能截断的结果")
class Answer:
    """Base of answers to large questions."""

    cut: list[CutInfo] = strawberry.field(description="What is missing, part by part.")

    @field
    def truncated(self) -> bool:
        """Whether anything is missing."""
        return bool(self.cut)

    @field
    def scope(self, info: Info) -> AnswerScope:
        """Under which scope the answer was given."""
        return AnswerScope(label=info.context.scope.label)


def cuts(found: Iterable[Cut]) -> list[CutInfo]:
    """What the queries say is missing."""
    return [CutInfo(part=cut.part, limit=cut.limit, dropped=cut.dropped) for cut in found]


@strawberry.type(description="A taxpayer as an answer shows it; a hidden one has an opaque key and no name. 交易方")
class PartyCard:
    """Ready to draw; `taxpayer` leads on."""

    key: str
    name: str | None
    hidden: bool
    province: str | None
    as_of: strawberry.Private[AsOf]

    @field
    async def taxpayer(self, info: Info) -> LazyTaxpayer | None:
        """The taxpayer itself, if it is in scope."""
        return None if self.hidden else await node_of(info.context, "Taxpayer", self.key, self.as_of)


def party_card(context: RequestContext, party: PartyRef, as_of: AsOf) -> PartyCard:
    """A party of an answer; a shown one is a read."""
    if not party.hidden:
        context.saw("Taxpayer", party.id)
    return PartyCard(key=party.id, name=party.name, hidden=party.hidden, province=party.province, as_of=as_of)


@strawberry.type(description="An officer or a grid that holds something, dated. 承办")
class DatedHolder:
    """`from` and `to` are days, half open."""

    key: str
    name: str | None
    role: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None


def dated_holders(held: Iterable[Holder]) -> list[DatedHolder]:
    """Holders of an answer."""
    return [DatedHolder(key=one.id, name=one.name, role=one.role, from_=one.from_, to=one.to) for one in held]


async def task_nodes(context: RequestContext, heads: Iterable[TaskHead], as_of: AsOf) -> list[LazyTask]:
    """The tasks of an answer as nodes."""
    found: list[Any] = [await node_of(context, "Task", head.id, as_of) for head in heads]
    return [task for task in found if task is not None]


async def officer_node(context: RequestContext, key: str | None, as_of: AsOf) -> LazyOfficer | None:
    """An officer of an answer as a node."""
    return await node_of(context, "Officer", key, as_of)


@strawberry.type(description="Nodes of a graph, column by column; row i of every column is node i. 节点表")
class NodeTable:
    """Columns that the question does not have are null."""

    key: list[str]
    id: list[strawberry.ID | None] = strawberry.field(description="Global ids; null for hidden parties.")
    type: list[str]
    label: list[str | None]
    hidden: list[bool]
    hop: list[int | None] | None
    first_at: list[CivilTime | None] | None
    carried: list[Decimal | None] | None
    share: list[Decimal | None] | None
    province: list[str | None] | None


@strawberry.type(description="Edges of a graph, column by column; `source` and `target` are keys of nodes. 关系表")
class EdgeTable:
    """Columns that the question does not have are null. Amounts are in the currency of their row."""

    key: list[str]
    type: list[str]
    source: list[str]
    target: list[str]
    at: list[CivilTime | None] | None
    amount: list[Decimal | None] | None
    carried: list[Decimal | None] | None
    share: list[Decimal | None] | None
    currency: list[str | None] | None
    hop: list[int | None] | None


@strawberry.type(name="GraphPayload", description="A graph as two tables: cheap to send, quick to draw. 图数据")
class GraphColumns:
    """Every node once, every edge once."""

    nodes: NodeTable
    edges: EdgeTable


def graph_columns(context: RequestContext, payload: GraphPayload, *, currency: str | None = None) -> GraphColumns:
    """Tables of the queries as columns of the schema; nodes that are shown are reads."""
    nodes, edges = payload.nodes.to_pydict(), payload.edges.to_pydict()
    for kind, key, hidden in zip(nodes["type"], nodes["id"], nodes["hidden"], strict=True):
        if not hidden:
            context.saw(kind, key)
    return GraphColumns(nodes=_nodes(nodes, currency), edges=_edges(edges, payload.edges, currency))


def _nodes(columns: dict[str, list[Any]], currency: str | None) -> NodeTable:
    keyed = zip(columns["type"], columns["id"], columns["hidden"], strict=True)
    return NodeTable(
        key=columns["id"],
        id=[None if hidden else global_id(kind, key) for kind, key, hidden in keyed],
        type=columns["type"],
        label=columns["label"],
        hidden=columns["hidden"],
        hop=columns.get("hop"),
        first_at=_times(columns.get("first_at")),
        carried=_amounts(columns.get("carried_cents"), columns.get("currency"), currency),
        share=_shares(columns.get("share")),
        province=columns.get("province"),
    )


def _edges(columns: dict[str, list[Any]], table: pa.Table, currency: str | None) -> EdgeTable:
    currencies = columns.get("currency") or ([currency] * table.num_rows if currency else None)
    return EdgeTable(
        key=columns["id"],
        type=columns["type"],
        source=columns["source"],
        target=columns["target"],
        at=_times(columns.get("at")),
        amount=_amounts(columns.get("amount_cents"), currencies, currency),
        carried=_amounts(columns.get("carried_cents"), currencies, currency),
        share=_shares(columns.get("share")),
        currency=currencies,
        hop=columns.get("hop"),
    )


def _times(values: Sequence[datetime | None] | None) -> list[CivilTime | None] | None:
    return None if values is None else [None if value is None else CivilTime(value) for value in values]


def _amounts(
    values: Sequence[int | None] | None, currencies: Sequence[str | None] | None, currency: str | None
) -> list[Decimal | None] | None:
    if values is None:
        return None
    units = currencies or [currency] * len(values)
    return [
        None if value is None else exact_money(value, unit).amount for value, unit in zip(values, units, strict=True)
    ]


def _shares(values: Sequence[int | None] | None) -> list[Decimal | None] | None:
    return None if values is None else [millionths(value) for value in values]
