"""What a taxpayer sold and bought: months, biggest invoices, partners. Read by the household view and by api.

Tax-period measures: a red invoice counts in its own period, void ones are out, self-sales count on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import NOW, ROOT, AsOf, Direction, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, far_party, find_taxpayer, related, rows
from queries.results import Cut, PartyRef
from queries.views.booked import booked_trading
from queries.views.trade_items import InvoiceItem, MonthTotals, Partner, Trading, month_totals

INVOICE_FIELDS = ("number", "issued_at", "net_cents", "tax_cents", "currency", "status", "red")
VOID = "void"
# side → relationship to the own invoices and its direction, relationship to the partner and its direction
SIDES: Mapping[str, tuple[str, Direction, str, Direction]] = {
    "sold": ("SOLD", OUT, "BOUGHT_BY", OUT),
    "bought": ("BOUGHT_BY", IN, "SOLD", IN),
}


def trading(
    store: GraphStore,
    taxpayer: str,
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
    top: int = 10,
    projection: TradeProjection | None = None,
) -> Trading:
    """Months, the `top` biggest invoices and the `top` partners by turnover.

    Partners are summed over the newest `limits.per_node` invoices of each side; more than that is reported as cut.
    `projection`: of the state that `as_of.recorded` means; a taxpayer with many invoices is then read from its book.
    Raises NotFoundError for a taxpayer that is not there or out of scope.
    """
    key = find_taxpayer(store, taxpayer, as_of=as_of, scope=scope)
    if projection is not None:
        booked = booked_trading(store, projection, key, as_of=as_of, scope=scope, limits=limits, top=top)
        if booked is not None:
            return booked
    items = [item for side in SIDES for item in _items(store, key, side, as_of=as_of, scope=scope)]
    chosen, cut = _newest(items, limits.per_node)
    biggest = sorted((item for item in items if not item.red), key=_biggest_first)[:top]
    others = _partners_of(store, [*chosen, *biggest], as_of=as_of, scope=scope)
    ranked = _partners(_with_partner(item, others) for item in chosen)
    more = (Cut("partners", "top", len(ranked) - top),) if len(ranked) > top else ()
    return Trading(
        months=monthly(items),
        biggest=tuple(_with_partner(item, others) for item in biggest),
        partners=tuple(ranked[:top]),
        cut=(*cut, *more),
    )


def _items(store: GraphStore, taxpayer: str, side: str, *, as_of: AsOf, scope: Scope) -> list[InvoiceItem]:
    relationship, direction, _, _ = SIDES[side]
    found = related(
        store,
        "Taxpayer",
        [taxpayer],
        relationship,
        direction,
        attributes=INVOICE_FIELDS,
        as_of=as_of,
        scope=scope,
    )
    end = "to" if direction is OUT else "from"
    items = {str(row[f"{end}_id"]): row for row in rows(found.table)}
    return [_item(key, side, row) for key, row in items.items() if _counts(row)]


def _counts(row: Mapping[str, Any]) -> bool:
    return row["far.status"] != VOID and row["far.net_cents"] is not None


def _item(key: str, side: str, row: Mapping[str, Any]) -> InvoiceItem:
    return InvoiceItem(
        id=key,
        number=row["far.number"],
        side=side,
        issued_at=row["far.issued_at"],
        net_cents=row["far.net_cents"],
        tax_cents=row["far.tax_cents"] or 0,
        currency=row["far.currency"],
        status=row["far.status"],
        red=bool(row["far.red"]),
        partner=None,
    )


def monthly(items: Iterable[InvoiceItem]) -> tuple[MonthTotals, ...]:
    """Sums by month and currency, oldest month first."""
    sums: dict[tuple[str, str], list[int]] = {}
    for item in items:
        month = "" if item.issued_at is None else item.issued_at.strftime("%Y-%m")
        total = sums.setdefault((month, item.currency), [0] * 6)
        start = 0 if item.side == "sold" else 3
        for place, value in enumerate((item.net_cents, item.tax_cents, 1), start):
            total[place] += value
    return tuple(month_totals(*key, (a, b, c, d, e, f)) for key, (a, b, c, d, e, f) in sorted(sums.items()))


def _newest(items: list[InvoiceItem], limit: int) -> tuple[list[InvoiceItem], tuple[Cut, ...]]:
    chosen: list[InvoiceItem] = []
    dropped = 0
    for side in SIDES:
        own = sorted((item for item in items if item.side == side), key=lambda item: item.id)
        own.sort(key=lambda item: item.issued_at or datetime.min, reverse=True)  # noqa: DTZ901 - civil time
        chosen += own[:limit]
        dropped += len(own[limit:])
    return chosen, (Cut("partner_invoices", "per_node", dropped),) if dropped else ()


def _biggest_first(item: InvoiceItem) -> tuple[int, str, str]:
    return (-item.net_cents, item.id, item.side)


def _partners_of(
    store: GraphStore, items: list[InvoiceItem], *, as_of: AsOf, scope: Scope
) -> dict[tuple[str, str], PartyRef]:
    """The other party by (side, invoice); hidden leaves where it is out of scope."""
    found: dict[tuple[str, str], PartyRef] = {}
    for side, (_, _, relationship, direction) in SIDES.items():
        keys = sorted({item.id for item in items if item.side == side})
        end = "to" if direction is OUT else "from"
        expansion = related(
            store, "Invoice", keys, relationship, direction, attributes=("name",), as_of=as_of, scope=scope
        )
        for row in rows(expansion.table):
            found.setdefault((side, str(row["key"])), far_party(row, end=end))
    return found


def _with_partner(item: InvoiceItem, others: Mapping[tuple[str, str], PartyRef]) -> InvoiceItem:
    own = {name: getattr(item, name) for name in InvoiceItem.__slots__ if name != "partner"}
    return InvoiceItem(**own, partner=others.get((item.side, item.id)))


def _partners(items: Iterable[InvoiceItem]) -> list[Partner]:
    """Partners by turnover (absolute cents), then currency and id."""
    sums: dict[tuple[PartyRef, str], list[int]] = {}
    for item in items:
        if item.partner is None:
            continue
        total = sums.setdefault((item.partner, item.currency), [0] * 4)
        start = 0 if item.side == "sold" else 2
        total[start] += item.net_cents
        total[start + 1] += 1
    partners = [Partner(party, currency, *total) for (party, currency), total in sums.items()]
    return sorted(partners, key=lambda p: (-abs(p.sold_cents) - abs(p.bought_cents), p.currency, p.party.id))
