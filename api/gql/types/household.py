"""The household view. Each field asks only for what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import strawberry

from api.gql.connections import Asked, Connection, list_page, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import MOST_ROWS_A_PAGE
from api.gql.scalars import CivilTime, Money, exact_money, millionths
from api.gql.types.answers import Answer, DatedHolder, PartyCard, cuts, dated_holders, party_card
from api.gql.types.links import LazyInvoice
from api.gql.types.parties import Taxpayer
from api.gql.types.relations import Holder
from graph.errors import LimitError
from graph.store.questions import AsOf, Direction
from queries.results import PartyRef
from queries.tasks import tasks_concerning
from queries.views.household import grids
from queries.views.registers import FOUR_OFFICER_ROLES, Header, Role, changes, header, registrations, roles
from queries.views.timeline import Moment, timeline
from queries.views.trade_items import InvoiceItem, MonthTotals, Partner, Trading
from queries.views.trading import trading

IN, OUT = Direction.IN, Direction.OUT
OWNERSHIP = ("HOLDS_SHARE", "CONTROLS")


@strawberry.type(description="A taxpayer's registered data as of a day: later changes are undone. 登记信息")
class HouseholdHeader:
    """As of the day that the view was asked for."""

    tax_number: str | None
    name: str | None
    kind: str | None
    status: str | None
    vat_status: str | None
    industry: str | None
    region: str | None
    bureau: str | None
    registered_on: date | None
    stub: bool


@strawberry.type(description="A role or a share, dated. 任职与持股")
class DatedRole:
    """`role` is the relationship in lower case; `subject` is who stands at its other end."""

    role: str
    name: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None
    share: Decimal | None
    subject_type: strawberry.Private[str]
    subject_key: str
    as_of: strawberry.Private[AsOf]

    @field
    async def subject(self, info: Info) -> Holder | None:
        """The person or the firm."""
        return await node_of(info.context, self.subject_type, self.subject_key, self.as_of)


@strawberry.type(description="Intake and output of one month in one currency; red invoices in their own month. 月度")
class MonthOfTrade:
    """Void invoices are out."""

    month: str = strawberry.field(description="As 2026-03.")
    output: Money
    output_tax: Money
    output_invoices: int
    intake: Money
    intake_tax: Money
    intake_invoices: int
    balance: Money = strawberry.field(description="Output less intake. 销进差额")
    tax_balance: Money


@strawberry.type(description="An invoice among the biggest. 大额发票")
class BigInvoice:
    """With the other party."""

    key: str
    number: str | None
    side: str = strawberry.field(description="sold or bought.")
    issued_at: CivilTime | None
    net: Money
    tax: Money
    status: str | None
    red: bool
    partner: PartyCard | None
    as_of: strawberry.Private[AsOf]

    @field
    async def invoice(self, info: Info) -> LazyInvoice | None:
        """The invoice itself."""
        return await node_of(info.context, "Invoice", self.key, self.as_of)


@strawberry.type(description="A trade partner, by turnover. 主要交易方")
class TradePartner:
    """Sums in one currency."""

    party: PartyCard
    sold: Money
    sold_invoices: int
    bought: Money
    bought_invoices: int


@strawberry.type(description="What a taxpayer sold and bought. 购销情况")
class TradeView(Answer):
    """Months in order of time, the biggest invoices and partners first."""

    months: list[MonthOfTrade]
    biggest: list[BigInvoice]
    partners: list[TradePartner]


@strawberry.type(description="Something that happened on a day. 时间轴")
class TimelineMoment:
    """`kind` names it, `subject` is the key of what it is about."""

    on: date
    kind: str
    subject: str
    what: str | None


@strawberry.type(description="Everything about one taxpayer on one page. 一户式")
class HouseholdView:
    """What the sources say word for word hangs on `taxpayer`; what is computed stands here."""

    taxpayer: Taxpayer
    as_of: strawberry.Private[AsOf]

    @field
    def header(self, info: Info) -> HouseholdHeader:
        """Registered data as of the day (登记信息)."""
        context = info.context
        found = header(context.store, self.taxpayer.key, as_of=self.as_of, scope=context.scope)
        return _header(found)

    @field
    def officers(self, info: Info) -> list[DatedRole]:
        """The four officers (四员)."""
        return self._roles(info.context, FOUR_OFFICER_ROLES, IN)

    @field
    def agents(self, info: Info) -> list[DatedRole]:
        """Licensed agents (涉税中介)."""
        return self._roles(info.context, ("AGENT_OF",), IN)

    @field
    def owners(self, info: Info) -> list[DatedRole]:
        """Who holds shares or controls (股东与控制人)."""
        return self._roles(info.context, OWNERSHIP, IN)

    @field
    def holdings(self, info: Info) -> list[DatedRole]:
        """What it holds or controls (对外投资)."""
        return self._roles(info.context, OWNERSHIP, OUT)

    @field
    def trading(self, info: Info, *, top: int = 10) -> TradeView:
        """Months, biggest invoices, biggest partners (购销情况)."""
        context, shown = info.context, _bounded(top)
        found = trading(
            context.store,
            self.taxpayer.key,
            as_of=self.as_of,
            scope=context.scope,
            top=shown,
            projection=context.projection_at_hand(self.as_of),
        )
        return _trade_view(context, found, self.as_of)

    @field
    def grids(self, info: Info) -> list[DatedHolder]:
        """Grids that manage it (所属网格)."""
        context = info.context
        return dated_holders(grids(context.store, self.taxpayer.key, as_of=self.as_of, scope=context.scope))

    @field
    def timeline(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[TimelineMoment]:
        """Registrations, changes, roles, grids and tasks on one time line, oldest first (时间轴)."""
        moments = _timeline(info.context, self.taxpayer.key, self.as_of)
        shown = [TimelineMoment(on=m.on, kind=m.kind, subject=m.subject, what=m.what) for m in moments]
        return list_page(shown, Asked(first, after), self.as_of)

    def _roles(self, context: RequestContext, names: Sequence[str], direction: Direction) -> list[DatedRole]:
        found = roles(
            context.store, "Taxpayer", self.taxpayer.key, names, direction, as_of=self.as_of, scope=context.scope
        )
        return dated_roles(context, found, self.as_of)


def dated_roles(context: RequestContext, found: Sequence[Role], as_of: AsOf) -> list[DatedRole]:
    """Roles of an answer; who is named there was read."""
    for role in found:
        context.saw(role.subject_type, role.subject)
    return [
        DatedRole(
            role=role.role,
            name=role.name,
            from_=role.from_,
            to=role.to,
            share=millionths(role.share),
            subject_type=role.subject_type,
            subject_key=role.subject,
            as_of=as_of,
        )
        for role in found
    ]


def _bounded(top: int) -> int:
    if not 1 <= top <= MOST_ROWS_A_PAGE:
        raise LimitError(
            f"`top` lies between 1 and {MOST_ROWS_A_PAGE}.", code="limit.page", next_step="Ask for fewer.", top=top
        )
    return top


def _header(found: Header) -> HouseholdHeader:
    return HouseholdHeader(**{name: getattr(found, name) for name in Header.__slots__ if name != "id"})


def _timeline(context: RequestContext, key: str, as_of: AsOf) -> tuple[Moment, ...]:
    store, scope = context.store, context.scope
    past = AsOf(recorded=as_of.recorded)  # it tells what began and ended, so it reads without a day
    return timeline(
        registrations=registrations(store, key, as_of=as_of, scope=scope),
        changes=changes(store, key, as_of=as_of, scope=scope),
        roles=roles(store, "Taxpayer", key, FOUR_OFFICER_ROLES, IN, as_of=past, scope=scope),
        grids=grids(store, key, as_of=past, scope=scope),
        tasks=tasks_concerning(store, "Taxpayer", [key], as_of=as_of, scope=scope),
        until=as_of.valid,
    )


def _trade_view(context: RequestContext, found: Trading, as_of: AsOf) -> TradeView:
    return TradeView(
        cut=cuts(found.cut),
        months=[_month(month) for month in found.months],
        biggest=[_big(context, item, as_of) for item in found.biggest],
        partners=[_partner(context, partner, as_of) for partner in found.partners],
    )


def _month(found: MonthTotals) -> MonthOfTrade:
    amounts = ("output", "output_tax", "intake", "intake_tax", "balance", "tax_balance")
    return MonthOfTrade(
        month=found.month,
        output_invoices=found.output_invoices,
        intake_invoices=found.intake_invoices,
        **{name: exact_money(getattr(found, f"{name}_cents"), found.currency) for name in amounts},
    )


def _big(context: RequestContext, item: InvoiceItem, as_of: AsOf) -> BigInvoice:
    context.saw("Invoice", item.id)
    return BigInvoice(
        key=item.id,
        number=item.number,
        side=item.side,
        issued_at=CivilTime(item.issued_at) if item.issued_at else None,
        net=exact_money(item.net_cents, item.currency),
        tax=exact_money(item.tax_cents, item.currency),
        status=item.status,
        red=item.red,
        partner=_card(context, item.partner, as_of),
        as_of=as_of,
    )


def _card(context: RequestContext, party: PartyRef | None, as_of: AsOf) -> PartyCard | None:
    return None if party is None else party_card(context, party, as_of)


def _partner(context: RequestContext, partner: Partner, as_of: AsOf) -> TradePartner:
    return TradePartner(
        party=party_card(context, partner.party, as_of),
        sold=exact_money(partner.sold_cents, partner.currency),
        sold_invoices=partner.sold_invoices,
        bought=exact_money(partner.bought_cents, partner.currency),
        bought_invoices=partner.bought_invoices,
    )
