"""Pattern 14, malicious reversal (恶意红冲): the seller takes an invoice back, the buyer keeps the credit.

Definition, for a seller, a buyer and a currency:

* A blue invoice that is not void was claimed by its buyer (any kind of claim but "not deducted"), and on the day of
  the claim or later a red invoice that is not void reverses it, in whole or in part. The credit at stake is the tax
  claimed, at most the tax that these red invoices take back.
* Each credit transferred out by the buyer counts against its reversals, each cent once: reversals in order of their
  last red invoice, for each the oldest transfers of a tax period not before that of its claim (the credit is often
  given back when the red invoice is announced, before it is issued). [D] amounts are compared, because bureaus hand
  over transfers by period and not by invoice.
* A reversal is *kept* when more than `kept_share` of its credit is not covered [D: half, "books no transfer-out" with
  room for differences of calculation] and the period of its last red invoice ended at least `booking_days` before the
  newest invoice known, so that the transfer was due.
* A pair is reported when its kept reversals hold at least `least_cents` of credit [D].

Claims and transfers are joined by sorting; only buyers whose transfers do not settle every month by themselves are
looked at one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from queries.detection.columns import MILLION, NEVER, first_day_of, grouped, months_of
from queries.detection.facts import Documents, Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach, last_due_month
from queries.detection.rules import Rules, rule
from queries.detection.words import says

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NOT_DEDUCTED = "not_deducted"
_UNTOLD = -1


@dataclass(frozen=True, slots=True)
class Reversal(Rules):
    """Thresholds of pattern 14, all ours."""

    kept_share: int = rule(500_000, "share", en="part of the credit kept, above which it is kept", zh="未转出占比")
    booking_days: int = rule(15, "days", en="days after the period until a transfer is booked", zh="期后申报天数")
    least_cents: int = rule(100_000, "cents", en="least credit kept", zh="最低未转出税额")


@dataclass(frozen=True, slots=True)
class Reversed:
    """r claimed invoices that were reversed, by their last red one: rows of `gross`, cents, months; int64[r]."""

    blue: Longs
    red: Longs
    buyer: Longs
    credit: Longs
    claimed: Longs
    month: Longs

    def __len__(self) -> int:
        """How many."""
        return len(self.blue)

    def take(self, places: Longs | Flags) -> Reversed:
        """Some of them."""
        return Reversed(*(getattr(self, name)[places] for name in Reversed.__slots__))


def detect(facts: Facts, rules: Reversal, currency: str) -> Found:
    """Every pair of a seller who reversed and a buyer who kept the credit."""
    found = reversed_claims(facts, currency)
    kept = found.credit - given_back(found, *_transfers(facts, currency))
    due = first_day_of(found.month + 1) - 1 + rules.booking_days <= facts.last_day
    whole = due & (kept * MILLION > rules.kept_share * found.credit)
    found, kept = found.take(whole), kept[whole]
    seller = facts.book.seller[found.blue].astype(np.int64)
    _, order, starts = grouped(seller * facts.count + found.buyer)
    parts = (order[start:end] for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    hits = (_told(facts, currency, found.take(part), kept[part]) for part in parts if _enough(kept[part], rules))
    return Found(tuple(hits))


def _enough(kept: Longs, rules: Reversal) -> bool:
    return int(kept.sum()) >= rules.least_cents


def reversed_claims(facts: Facts, currency: str) -> Reversed:
    """Claimed invoices that a red one reversed on the day of the claim or later."""
    gross, book = facts.gross, facts.book
    red, blue = facts.reversals
    traded = facts.in_currency(currency) & ~gross.is_void & (book.seller != book.buyer)
    real = traded[blue] & ~gross.is_red[blue] & gross.is_red[red] & ~gross.is_void[red]
    red, blue = red[real], blue[real]
    row, tax, day, month = _claims(facts, blue)
    place = np.minimum(np.searchsorted(row, blue), max(len(row) - 1, 0))
    later = (row[place] == blue) & (facts.invoice_day[red] >= day[place]) if len(row) else np.zeros(len(blue), np.bool_)
    red, place = red[later], place[later]
    order = np.lexsort((red, place))
    claims, _, starts = grouped(place[order])
    back = np.add.reduceat(np.abs(gross.tax_cents[red[order]]), starts[:-1]) if len(order) else np.zeros(0, np.int64)
    last = red[order][starts[1:] - 1]
    found = Reversed(
        blue=row[claims],
        red=last,
        buyer=book.buyer[row[claims]].astype(np.int64),
        credit=np.minimum(tax[claims], back),
        claimed=month[claims],
        month=months_of(facts.invoice_day[last]),
    )
    return found.take(np.argsort(last, kind="stable"))


def _claims(facts: Facts, wanted: Longs) -> tuple[Longs, Longs, Longs, Longs]:
    """Claims of these rows by their buyers: row ascending, tax claimed, first day and first period of a claim."""
    links = facts.links("DEDUCTED", "period", "claimed_on", "effective_tax_cents", "kind")
    asked = np.zeros(len(facts.gross) + 1, np.bool_)  # one more: -1 asks for nothing
    asked[wanted] = True
    row = facts.rows_of(links.target)
    used = ~says(links.table["kind"], NOT_DEDUCTED)
    kept = np.flatnonzero(asked[row] & used)
    row = row[kept]
    own = facts.vertices(links.source[kept]) == facts.book.buyer[row]
    kept, row = kept[own], row[own]
    claims = Documents(row, row, links.table.take(pa.array(kept)))
    told = claims.longs("effective_tax_cents", _UNTOLD)
    tax = np.where(told == _UNTOLD, facts.gross.tax_cents[row], told)
    period, day = claims.days("period"), claims.days("claimed_on")
    day = np.where(day == NEVER, period, day)
    month = months_of(np.where(period == NEVER, day, period))
    rows, order, starts = grouped(row)
    if not len(order):
        return rows, rows, rows, rows
    first, period = (np.minimum.reduceat(values[order], starts[:-1]) for values in (day, month))
    return rows, np.add.reduceat(tax[order], starts[:-1]), first, period


def _transfers(facts: Facts, currency: str) -> tuple[Longs, Longs, Longs]:
    """Credits given back, summed by firm and period: firm, month, cents; by firm and month."""
    papers = facts.about("InputTransferOut", "period_from", "booked_on", "amount_cents", "currency")
    period, booked = papers.days("period_from"), papers.days("booked_on")
    month = months_of(np.where(period == NEVER, booked, period))
    cents = papers.longs("amount_cents")
    kept = says(papers.texts("currency"), currency) & (cents > 0)
    firm, month, cents = papers.vertex[kept], month[kept], cents[kept]
    order = np.lexsort((month, firm))
    firm, month, cents = firm[order], month[order], cents[order]
    new = np.flatnonzero(np.concatenate([[True], (firm[1:] != firm[:-1]) | (month[1:] != month[:-1])])[: len(firm)])
    return firm[new], month[new], np.add.reduceat(cents, new) if len(new) else cents


def given_back(found: Reversed, firm: Longs, month: Longs, cents: Longs) -> Longs:
    """Cents of each reversal's credit that transfers cover; `found` stands in order of reversal."""
    covered = np.zeros(len(found), np.int64)
    with_any = np.isin(found.buyer, firm)
    settled = _settled(found, firm, month, cents)
    covered[settled] = found.credit[settled]
    buyers, order, starts = grouped(found.buyer)
    for place in np.flatnonzero((with_any & ~settled)[order[starts[:-1]]]).tolist():
        low, high = np.searchsorted(firm, [buyers[place], buyers[place] + 1])
        own = order[starts[place] : starts[place + 1]]
        left = cents[low:high].copy()
        for reversal in own.tolist():
            covered[reversal] = _drawn(left, month[low:high] >= found.claimed[reversal], int(found.credit[reversal]))
    return covered


def _drawn(left: Longs, usable: Flags, credit: int) -> int:
    """Take up to `credit` from what is left of usable transfers, the oldest first."""
    before = np.cumsum(np.where(usable, left, 0))
    taken = np.where(usable, np.clip(credit - (before - left), 0, left), 0)
    left -= taken
    return int(taken.sum())


def _settled(found: Reversed, firm: Longs, month: Longs, cents: Longs) -> Flags:
    """Reversals of buyers who transferred out enough in every month in which they lost a credit.

    In order of reversal each month's transfers then cover that month's reversals, whatever the other months hold.
    """
    if not len(firm):
        return np.zeros(len(found), np.bool_)
    base = min(int(month.min()), int(found.month.min(initial=month.min())))
    width = max(int(month.max()), int(found.month.max(initial=month.max()))) - base + 1
    keys, order, starts = grouped(found.buyer * width + found.month - base)
    if not len(keys):
        return np.zeros(0, np.bool_)
    lost = np.add.reduceat(found.credit[order], starts[:-1])
    known = firm * width + month - base
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    short = keys[(known[place] != keys) | (cents[place] < lost)] // width
    ahead = found.buyer[found.claimed > found.month]
    return ~np.isin(found.buyer, np.concatenate([short, ahead]))


def _told(facts: Facts, currency: str, found: Reversed, kept: Longs) -> Hit:
    seller, buyer = (str(facts.ids[int(side[found.blue[0]])].as_py()) for side in (facts.book.seller, facts.book.buyer))
    (blue, more), (red, yet_more) = listed(np.unique(found.blue)), listed(np.unique(found.red))
    days = facts.invoice_day[np.concatenate([found.blue, found.red])]
    credit, kept_cents = int(found.credit.sum()), int(kept.sum())
    return Hit(
        anchor=(seller, buyer, currency),
        first_day=int(days.min()),
        last_day=int(days.max()),
        members=(Member("Taxpayer", seller, "seller"), Member("Taxpayer", buyer, "buyer")),
        evidence={"claimed": facts.gross.invoice[blue], "reversing": facts.gross.invoice[red]},
        measures={
            "reversals": len(found),
            "credit_cents": credit,
            "kept_cents": kept_cents,
            "currency": currency,
        },
        score=kept_cents * MILLION // credit,
        high=False,
        left_out=more + yet_more,
    )


def explain(story: Story) -> Sentences:
    """Who reversed what, and who kept which credit."""
    seller, buyer = story.one("seller"), story.one("buyer")
    return Sentences(
        en=f"{seller} reversed {story.counted('reversals', 'invoice')} on which {buyer} had claimed "
        f"{story.en['credit_cents']} of input tax, and {buyer} did not give back "
        f"{story.en['kept_cents']} of it, all between {story.first_on} and {story.last_on}.",
        zh=f"{seller} 在 {story.first_on} 至 {story.last_on} 期间开具并红冲 {story.zh['reversals']} 份发票,"
        f"{buyer} 已抵扣其进项税额 {story.zh['credit_cents']},其中 {story.zh['kept_cents']} 未作进项税额转出。",
    )


_BOTH = ("claimed", "reversing")
PATTERN = Pattern(
    name="malicious_reversal",
    number=14,
    en="reversed after the buyer's claim",
    zh="恶意红冲",
    rules=Reversal,
    measures={
        "reversals": Measure("count", "invoices reversed with the credit kept", "红冲且未转出的发票份数", _BOTH),
        "credit_cents": Measure(
            "cents", "input tax claimed and taken back by the seller", "已抵扣后被红冲的税额", _BOTH
        ),
        "kept_cents": Measure("cents", "input tax that was not given back", "未转出税额", _BOTH),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "seller": ("the firm that reversed", "红冲方"),
        "buyer": ("the firm that kept the credit", "抵扣方"),
        "claimed": ("the invoices claimed", "已抵扣的蓝字发票"),
        "reversing": ("the red invoices", "红字发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 365,
    # A buyer's transfers cover all reversals of what it claimed, whoever sold it; of sellers nothing else is read.
    reach=Reach(
        How.OWN,
        reads=(INVOICES, "DEDUCTED", "InputTransferOut"),
        subjects=("buyer",),
        world=lambda facts, rules: last_due_month(facts, rules.booking_days),
    ),
)
