"""Roots that find one thing, or search: `node`, `taxpayer`, `invoice`, `search` and their like."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Annotated, Any, TypeVar

import strawberry

from api.access.principals import Right
from api.gql.building import Node, shows
from api.gql.connections import Asked, Connection, node_of, page_of
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field
from api.gql.ids import MOST_ROWS_A_PAGE, global_id, key_of, parsed_id, window
from api.gql.types.documents import Invoice
from api.gql.types.organisation import Bureau, Grid, Officer
from api.gql.types.parties import Person, Taxpayer
from api.gql.types.work import Task
from graph.errors import LimitError, QueryError
from graph.store.questions import AsOf, Filter, Op, Page

N = TypeVar("N", bound=Node)
# The arguments are called `id` outside, as in the Relay specification.
Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="Global id, or the public id.")]
OptionalId = Annotated[
    strawberry.ID | None, strawberry.argument(name="id", description="Global id, or any public id it ever had.")
]
# Their own roots show these, with rights and scopes of their own.
NOT_BY_ID = frozenset({"AccessEvent", "Batch", "ControlAlert", "IndicatorAppeal"})


@strawberry.enum(description="What can be searched for.")
class SearchType(Enum):
    """Node types with a search text."""

    TAXPAYER = "Taxpayer"
    PERSON = "Person"
    REGISTRATION = "Registration"
    INVOICE = "Invoice"
    COMMODITY = "Commodity"
    BUREAU = "Bureau"
    GRID = "Grid"
    OFFICER = "Officer"
    TASK = "Task"


@strawberry.type(description="One hit of a search, best first. 搜索结果")
class SearchHit:
    """What was found, and how well it fits."""

    type: SearchType
    id: strawberry.ID = strawberry.field(description="Global id.")
    key: str = strawberry.field(description="Public id.")
    label: str | None
    score: int = strawberry.field(description="0 to 1000: exact, then prefix, then contained, then all words.")
    as_of: strawberry.Private[AsOf]

    @field
    async def node(self, info: Info) -> Node | None:
        """The node itself."""
        return await _node(info.context, self.type.value, self.key, self.as_of)


@strawberry.type
class LookupRoots:
    """One thing, by id or by what people call it."""

    @field
    async def node(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Node | None:
        """The node of a global id; null for what is not there or not in scope."""
        return (await _nodes(info, [key], as_of))[0]

    @field
    async def nodes(self, info: Info, *, ids: list[strawberry.ID], as_of: AsOfInput | None = None) -> list[Node | None]:
        """The nodes of global ids, in order; null for what is not there or not in scope."""
        return await _nodes(info, ids, as_of)

    @field
    async def taxpayer(
        self,
        info: Info,
        *,
        key: OptionalId = None,
        number: str | None = None,
        as_of: AsOfInput | None = None,
    ) -> Taxpayer | None:
        """A taxpayer by id (global, or any id it ever had) or by its current tax number."""
        if number is not None:
            return await _only(info, Taxpayer, "tax_number", number, as_of)
        return await _by_key(info, Taxpayer, key, as_of)

    @field
    async def person(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Person | None:
        """A person."""
        return await _by_key(info, Person, key, as_of)

    @field
    async def invoice(
        self,
        info: Info,
        *,
        key: OptionalId = None,
        code: str | None = None,
        number: str | None = None,
        as_of: AsOfInput | None = None,
    ) -> Invoice | None:
        """An invoice by id, or by code and number (a fully digital one has no code)."""
        if key is None and number is not None:
            return await _by_key(info, Invoice, strawberry.ID((code or "") + number), as_of)
        return await _by_key(info, Invoice, key, as_of)

    @field
    async def officer(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Officer | None:
        """A tax officer."""
        return await _by_key(info, Officer, key, as_of)

    @field
    async def grid(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Grid | None:
        """A grid."""
        return await _by_key(info, Grid, key, as_of)

    @field
    async def bureau(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Bureau | None:
        """A tax authority."""
        return await _by_key(info, Bureau, key, as_of)

    @field
    async def task(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> Task | None:
        """A task."""
        return await _by_key(info, Task, key, as_of)

    @field
    def search(
        self,
        info: Info,
        *,
        text: str,
        types: list[SearchType] | None = None,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
    ) -> Connection[SearchHit]:
        """Search by name or number, in Chinese or Latin text; best first."""
        return _search(info.context, text, types or list(SearchType), Asked(first, after, as_of))


async def _nodes(info: Info, ids: list[strawberry.ID], given: AsOfInput | None) -> list[Node | None]:
    context = info.context
    context.demand(Right.READ)
    if len(ids) > MOST_ROWS_A_PAGE:
        raise LimitError(
            "Too many ids at once.", code="limit.page", next_step=f"Ask for at most {MOST_ROWS_A_PAGE}.", ids=len(ids)
        )
    as_of = context.asked(given)
    named = [parsed_id(given_id) for given_id in ids]
    return await asyncio.gather(*(_node(context, *(name or ("", "")), as_of) for name in named))


async def _node(context: RequestContext, type_name: str, key: str, as_of: AsOf) -> Node | None:
    if not shows(type_name) or type_name in NOT_BY_ID:
        return None
    return await node_of(context, type_name, key, as_of)


async def _by_key(info: Info, cls: type[N], given: strawberry.ID | None, as_of: AsOfInput | None) -> N | None:
    info.context.demand(Right.READ)
    if given is None:
        raise QueryError("Nothing says which one is meant.", code="query.argument", next_step="Send an id or a number.")
    return await node_of(info.context, cls.__name__, key_of(given, cls.__name__), info.context.asked(as_of))


async def _only(info: Info, cls: type[N], property_name: str, value: str, given: AsOfInput | None) -> N | None:
    context = info.context
    context.demand(Right.READ)
    as_of = context.asked(given)
    where = (Filter(property_name, Op.EQ, value),)
    found = context.store.select(cls.__name__, where=where, page=Page(1), as_of=as_of, scope=context.scope)
    if found.table.num_rows == 0:
        return None
    return await node_of(context, cls.__name__, str(found.table["id"][0]), as_of)


def _search(context: RequestContext, text: str, types: list[SearchType], asked: Asked) -> Connection[SearchHit]:
    context.demand(Right.READ)
    page = window(asked.first, asked.after)
    as_of = context.clocks(context.now, asked.as_of, page)
    names = [kind.value for kind in types]
    found = context.store.search(text, names, limit=max(page.end, 1), as_of=as_of, scope=context.scope)
    hits = [_hit(context, row, as_of) for row in found.table.to_pylist()[page.offset : page.end]]
    return page_of(hits, page, found.total, as_of)


def _hit(context: RequestContext, row: dict[str, Any], as_of: AsOf) -> SearchHit:
    context.saw(row["type"], row["id"])
    return SearchHit(
        type=SearchType(row["type"]),
        id=global_id(row["type"], row["id"]),
        key=row["id"],
        label=row["label"],
        score=row["score"],
        as_of=as_of,
    )
