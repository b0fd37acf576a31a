"""The person view, the bureau view and the officer view."""

from __future__ import annotations

from datetime import date

import strawberry

from api.gql.connections import node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.types.answers import Answer, DatedHolder, cuts, dated_holders
from api.gql.types.household import DatedRole, dated_roles
from api.gql.types.links import LazyPerson
from api.gql.types.organisation import Bureau, Officer
from api.gql.types.parties import Person
from graph.store.questions import AsOf
from queries.views.bureau import BureauView, OfficerView
from queries.views.person import PersonView


@strawberry.type(
    description="A contact in use, by kind and a short form of its key; its value is never shown. 联系方式"
)
class ContactInUse:
    """Two firms with one contact show the same key."""

    kind: str
    key: str
    masked: str
    from_: date | None = strawberry.field(name="from")
    to: date | None


@strawberry.type(description="A related person. 亲属")
class RelatedPerson:
    """Kin, or the same person."""

    name: str | None
    kind: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None
    person_key: str
    as_of: strawberry.Private[AsOf]

    @field
    async def person(self, info: Info) -> LazyPerson | None:
        """The person, if in scope."""
        return await node_of(info.context, "Person", self.person_key, self.as_of)


@strawberry.type(name="PersonView", description="Everything about one person on one page. 一人式")
class PersonPage:
    """Firms out of scope are absent."""

    person: Person
    roles: list[DatedRole]
    shares: list[DatedRole]
    contacts: list[ContactInUse]
    related: list[RelatedPerson]


@strawberry.type(description="How many have one status. 按状态计数")
class StatusCount:
    """Counted inside the scope."""

    status: str
    count: int


@strawberry.type(name="BureauView", description="A bureau with its subtree; counts are of what is in scope. 一局式")
class BureauPage:
    """Its grids and children hang on `bureau`."""

    bureau: Bureau
    officer_count: int
    taxpayer_count: int
    task_count: int
    taxpayers_by_status: list[StatusCount]
    tasks_by_status: list[StatusCount]


@strawberry.type(name="OfficerView", description="An officer's grids and work as of a day. 一员式")
class OfficerPage(Answer):
    """`tasksLate`: closed after, or open past, their due day."""

    officer: Officer
    grids: list[DatedHolder]
    portfolio_size: int
    tasks_open: int
    tasks_closed: int
    tasks_late: int


def person_page(context: RequestContext, person: Person, found: PersonView, as_of: AsOf) -> PersonPage:
    """The person view as an answer."""
    for relative in found.related:
        context.saw("Person", relative.person)
    return PersonPage(
        person=person,
        roles=dated_roles(context, found.roles, as_of),
        shares=dated_roles(context, found.shares, as_of),
        contacts=[ContactInUse(kind=c.kind, key=c.id, masked=c.masked, from_=c.from_, to=c.to) for c in found.contacts],
        related=[
            RelatedPerson(name=r.name, kind=r.kind, from_=r.from_, to=r.to, person_key=r.person, as_of=as_of)
            for r in found.related
        ],
    )


def bureau_page(bureau: Bureau, found: BureauView) -> BureauPage:
    """The bureau view as an answer."""
    return BureauPage(
        bureau=bureau,
        officer_count=found.officer_count,
        taxpayer_count=found.taxpayer_count,
        task_count=found.task_count,
        taxpayers_by_status=_counts(found.taxpayers_by_status),
        tasks_by_status=_counts(found.tasks_by_status),
    )


def officer_page(officer: Officer, found: OfficerView) -> OfficerPage:
    """The officer view as an answer."""
    return OfficerPage(
        officer=officer,
        cut=cuts(found.cut),
        grids=dated_holders(found.grids),
        portfolio_size=found.portfolio_size,
        tasks_open=found.tasks_open,
        tasks_closed=found.tasks_closed,
        tasks_late=found.tasks_late,
    )


def _counts(counted: dict[str, int]) -> list[StatusCount]:
    return [StatusCount(status=status, count=counted[status]) for status in sorted(counted)]
