"""Roots of the views and of the questions about work."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from api.access.principals import Right
from api.gql.connections import node_of
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field
from api.gql.ids import key_of
from api.gql.roots.lookups import Id
from api.gql.types.household import HouseholdView
from api.gql.types.lineage import (
    HandoverAnswer,
    LoopAnswer,
    PortfolioAnswer,
    Responsibility,
    TaskStory,
    handover_answer,
    loop_answer,
    portfolio_answer,
    responsibility,
    task_story,
)
from api.gql.types.organisation import Bureau, Officer
from api.gql.types.pages import BureauPage, OfficerPage, PersonPage, bureau_page, officer_page, person_page
from api.gql.types.parties import Person, Taxpayer
from graph.errors import NotFoundError
from graph.store.questions import AsOf
from queries.lineage import task_history
from queries.loops import task_loop
from queries.organisation.portfolio import portfolio
from queries.organisation.responsible import responsible
from queries.reading import find_taxpayer
from queries.trail.handovers import handovers
from queries.views.bureau import bureau_view, officer_view
from queries.views.person import person_view


@strawberry.type
class PageRoots:
    """Everything about one subject on one page; null for what is not there or not in scope."""

    @field
    async def household(
        self, info: Info, *, taxpayer: strawberry.ID, as_of: AsOfInput | None = None
    ) -> HouseholdView | None:
        """Everything about one taxpayer (一户式); by any id it ever had, its tax number or a source's own id."""
        context, clocks = _asked(info, as_of)
        key = _taxpayer(context, taxpayer, clocks)
        found: Taxpayer | None = await node_of(context, "Taxpayer", key, clocks)
        return HouseholdView(taxpayer=found, as_of=clocks) if found else None

    @field
    async def person_view(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> PersonPage | None:
        """Everything about one person (一人式)."""
        context, clocks = _asked(info, as_of)
        found: Person | None = await node_of(context, "Person", key_of(key, "Person"), clocks)
        if found is None:
            return None
        seen = person_view(context.store, found.key, as_of=clocks, scope=context.scope)
        return person_page(context, found, seen, clocks)

    @field
    async def bureau_view(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> BureauPage | None:
        """A bureau and what is below it (一局式)."""
        context, clocks = _asked(info, as_of)
        found: Bureau | None = await node_of(context, "Bureau", key_of(key, "Bureau"), clocks)
        if found is None:
            return None
        return bureau_page(found, bureau_view(context.store, found.key, as_of=clocks, scope=context.scope))

    @field
    async def officer_view(self, info: Info, *, key: Id, as_of: AsOfInput | None = None) -> OfficerPage | None:
        """An officer's grids and work (一员式)."""
        context, clocks = _asked(info, as_of)
        found: Officer | None = await node_of(context, "Officer", key_of(key, "Officer"), clocks)
        if found is None:
            return None
        return officer_page(found, officer_view(context.store, found.key, as_of=clocks, scope=context.scope))

    @field
    def responsible(
        self, info: Info, *, taxpayer: strawberry.ID, on: date, recorded: datetime | None = None
    ) -> list[Responsibility]:
        """Who answered for a taxpayer on a day, as it was recorded at an instant (责任追溯)."""
        context, clocks = _asked(info, AsOfInput(valid=on, recorded=recorded))
        key = find_taxpayer(context.store, key_of(taxpayer, "Taxpayer"), as_of=clocks, scope=context.scope)
        context.saw("Taxpayer", key)
        found = responsible(context.store, key, on=on, recorded=clocks.recorded, scope=context.scope)
        return [responsibility(one, clocks) for one in found]

    @field
    def task_history(self, info: Info, *, task: strawberry.ID, as_of: AsOfInput | None = None) -> TaskStory:
        """What was done in a task, in order (事项全过程)."""
        context, clocks = _asked(info, as_of)
        found = task_history(context.store, key_of(task, "Task"), as_of=clocks, scope=context.scope)
        return task_story(context, found, clocks)

    @field
    def handovers(self, info: Info, *, task: strawberry.ID, as_of: AsOfInput | None = None) -> HandoverAnswer:
        """Who handed a task over to whom, when, after how long (交接)."""
        context, clocks = _asked(info, as_of)
        found = handovers(context.store, key_of(task, "Task"), as_of=clocks, scope=context.scope)
        return handover_answer(context, found)

    @field
    def loop(self, info: Info, *, task: strawberry.ID, as_of: AsOfInput | None = None) -> LoopAnswer:
        """The loop that a task belongs to, and what keeps it open (闭环)."""
        context, clocks = _asked(info, as_of)
        found = task_loop(context.store, key_of(task, "Task"), as_of=clocks, scope=context.scope)
        return loop_answer(context, found, clocks)

    @field
    def portfolio(
        self,
        info: Info,
        *,
        officer: strawberry.ID,
        on: date | None = None,
        recorded: datetime | None = None,
        after_taxpayer: str | None = None,
    ) -> PortfolioAnswer:
        """What an officer looks after on a day (管户); a thousand taxpayers, those after the key that is given."""
        context, clocks = _asked(info, AsOfInput(valid=on, recorded=recorded))
        key = key_of(officer, "Officer")
        found = portfolio(
            context.store, key, on=on, recorded=clocks.recorded, after=after_taxpayer, scope=context.scope
        )
        return portfolio_answer(found, clocks)


def _asked(info: Info, given: AsOfInput | None) -> tuple[RequestContext, AsOf]:
    info.context.demand(Right.READ)
    return info.context, info.context.asked(given)


def _taxpayer(context: RequestContext, given: str, as_of: AsOf) -> str | None:
    try:
        return find_taxpayer(context.store, key_of(given, "Taxpayer"), as_of=as_of, scope=context.scope)
    except NotFoundError:
        return None
