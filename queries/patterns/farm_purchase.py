"""Pattern 12, farm-purchase invoices (农产品收购虚开): the buyer writes its purchases: small, from one, at one price.

Definition, for a buyer and a currency, over farm-purchase invoices (business kind 农产品收购, written by the
buyer) from others, net of reversals, neither void nor reversed in whole:

* One farmer sold it more than `farmer_cents` in some `year_days` days that end with one of his invoices [D: a year
  that slides, so that New Year hides nothing]. Of several such spans the one with the greatest sum is looked at, the
  earliest of equal ones; the rest is measured in the same days, over all the buyer's farmers.
* Of the invoices of the tax-control system, at least `least_count` [D], more than `face_share` have a net face amount
  from `face_low_cents` to `face_high_cents`, both included. Fully digital invoices have no face cap and do not count.
* Prices hardly vary: of all lines of the goods and unit with the greatest amount, at least `least_count`, the highest
  price exceeds the lowest by less than `price_share` of the lowest.

High where each of the three is beyond its second threshold. Sums of pairs are searched in one sorted running sum;
lines are read for buyers that passed the first two tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION
from queries.detection.facts import Facts
from queries.detection.flow import Flow, flow_of
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.lines import Line, lines_of
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows
from queries.detection.tax_control import is_tax_control
from queries.detection.words import among

Longs = npt.NDArray[np.int64]
FARM_PURCHASES = ("农产品收购", "收购")


@dataclass(frozen=True, slots=True)
class Farm(Rules):
    """Thresholds of domain.md, pattern 12."""

    face_low_cents: int = rule(900_000, "cents", en="face amounts from here", zh="单份金额下限")
    face_high_cents: int = rule(1_000_000, "cents", en="face amounts up to here", zh="单份金额上限")
    face_share: int = rule(500_000, "share", en="share of such faces, abnormal", zh="临界金额占比(疑点)")
    high_face_share: int = rule(800_000, "share", en="share of such faces, high", zh="临界金额占比(高风险)")
    farmer_cents: int = rule(500_000_000, "cents", en="bought of one farmer in a year, abnormal", zh="单户年收购(疑点)")
    high_farmer_cents: int = rule(
        2_000_000_000, "cents", en="bought of one farmer in a year, high", zh="单户年收购(高风险)"
    )
    price_share: int = rule(20_000, "share", en="variation of prices, abnormal", zh="单价波动(疑点)")
    high_price_share: int = rule(5_000, "share", en="variation of prices, high", zh="单价波动(高风险)")
    year_days: int = rule(365, "days", en="length of the year", zh="年度天数", least=1)
    least_count: int = rule(10, "count", en="least invoices and lines", zh="最少份数", least=1)


@dataclass(frozen=True, slots=True)
class Year:
    """A buyer's year that passed the tests on amounts: rows of its farm purchases, those near the cap among them."""

    buyer: int
    farmer: int
    farmer_cents: int
    rows: Longs
    controlled: int
    near: Longs


@dataclass(frozen=True, slots=True)
class Prices:
    """Lowest and highest price of the main goods, and how many lines have one."""

    lowest: Fraction
    highest: Fraction
    lines: int

    def vary_less(self, share: int) -> bool:
        """Whether the variation is below a share (millionths) of the lowest price."""
        return (self.highest - self.lowest) * MILLION < share * self.lowest


def detect(facts: Facts, rules: Farm, currency: str) -> Found:
    """Every buyer whose farm purchases look written by himself."""
    rows, net = standing_rows(facts, currency)
    rows = rows[among(facts.invoice_texts("business_kind"), FARM_PURCHASES)[rows]]
    rows = rows[facts.judged(facts.book.buyer[rows])]
    if not len(rows):
        return Found(())
    years = [year for year in _years(facts, rules, rows, net) if _hugs_the_cap(year, rules)]
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *(year.rows for year in years)]))
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in lines_of(facts, wanted):
        lines[line.row].append(line)
    hits = (_hit(facts, rules, currency, year, main_prices(lines[row] for row in year.rows.tolist())) for year in years)
    return Found(tuple(hit for hit in hits if hit is not None))


def _years(facts: Facts, rules: Farm, rows: Longs, net: Longs) -> Iterable[Year]:
    """The year of each buyer in which one farmer sold it most, if it is enough, by buyer."""
    seller, buyer = (side[rows].astype(np.int64) for side in (facts.book.seller, facts.book.buyer))
    pairs, pair = np.unique(buyer * facts.count + seller, return_inverse=True)
    day = facts.invoice_day[rows]
    by_pair, by_buyer = flow_of(pair, day, net[rows], rows), flow_of(buyer, day, net[rows], rows)
    places = np.arange(len(rows))
    last = by_pair.days(places)
    bought = by_pair.total(by_pair.firms(places), last - rules.year_days + 1, last)
    great = np.flatnonzero(bought > rules.farmer_cents)
    owner = pairs[by_pair.firms(great)] // facts.count
    great = great[np.lexsort((great, last[great], -bought[great], owner))]
    owner = pairs[by_pair.firms(great)] // facts.count
    controlled, face = is_tax_control(facts), facts.gross.net_cents
    for place in great[np.append(True, owner[1:] != owner[:-1])[: len(owner)]].tolist():
        firm, farmer = divmod(int(pairs[by_pair.firms(place)]), facts.count)
        own = _rows_between(by_buyer, firm, int(last[place]) - rules.year_days + 1, int(last[place]))
        capped = own[controlled[own]]
        near = capped[(face[capped] >= rules.face_low_cents) & (face[capped] <= rules.face_high_cents)]
        yield Year(firm, farmer, int(bought[place]), own, len(capped), near)


def _rows_between(flow: Flow, firm: int, first: int, last: int) -> Longs:
    low, high = flow.span(firm, first, last)
    return np.sort(flow.row[int(low) : int(high)])


def _hugs_the_cap(year: Year, rules: Farm) -> bool:
    return year.controlled >= rules.least_count and len(year.near) * MILLION > rules.face_share * year.controlled


def main_prices(lines_of_rows: Iterable[Sequence[Line]]) -> Prices | None:
    """Prices of the goods and unit with the greatest amount; None where no line has a price."""
    amounts: dict[tuple[str, str], int] = defaultdict(int)
    prices: dict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for line in (line for lines in lines_of_rows for line in lines):
        amounts[line.commodity, line.unit] += line.cents
        if line.price is not None and line.price > 0:
            prices[line.commodity, line.unit].append(line.price)
    if not amounts:
        return None
    main = prices[max(amounts, key=lambda goods: (amounts[goods], goods))]
    return Prices(min(main), max(main), len(main)) if main else None


def _hit(facts: Facts, rules: Farm, currency: str, year: Year, prices: Prices | None) -> Hit | None:
    """The hit of one buyer, if its prices hardly vary."""
    if prices is None or prices.lines < rules.least_count or not prices.vary_less(rules.price_share):
        return None
    buyer, farmer = (str(facts.ids[firm].as_py()) for firm in (year.buyer, year.farmer))
    theirs = year.rows[facts.book.seller[year.rows] == year.farmer]
    (of_farmer, more), (near, yet_more) = listed(theirs), listed(year.near)
    share = len(year.near) * MILLION // year.controlled
    high = (
        len(year.near) * MILLION > rules.high_face_share * year.controlled
        and year.farmer_cents > rules.high_farmer_cents
        and prices.vary_less(rules.high_price_share)
    )
    days = facts.invoice_day[year.rows]
    return Hit(
        anchor=(buyer, currency),
        first_day=int(days.min()),
        last_day=int(days.max()),
        members=(Member("Taxpayer", buyer, "buyer"), Member("Taxpayer", farmer, "farmer")),
        evidence={"from_farmer": facts.gross.invoice[of_farmer], "near_cap": facts.gross.invoice[near]},
        measures={
            "near_count": len(year.near),
            "near_share": share,
            "farmer_cents": year.farmer_cents,
            "price_variation": int((prices.highest - prices.lowest) * MILLION / prices.lowest),
            "price_lines": prices.lines,
            "currency": currency,
        },
        score=share,
        high=high,
        left_out=more + yet_more,
    )


def explain(story: Story) -> Sentences:
    """Who wrote which purchases from whom, how much and at which prices."""
    buyer, farmer = story.one("buyer"), story.one("farmer")
    return Sentences(
        en=f"Between {story.first_on} and {story.last_on} {buyer} issued itself farm-purchase invoices of "
        f"{story.en['farmer_cents']} from {farmer} alone; {story.en['near_count']} of its invoices, "
        f"{story.en['near_share']}, {story.form('near_count', 'stays', 'stay')} just below a round amount, and over "
        f"{story.counted('price_lines', 'line')} prices vary by {story.en['price_variation']} only.",
        zh=f"{buyer} 在 {story.first_on} 至 {story.last_on} 期间自行开具农产品收购发票,仅向 {farmer} 一户即收购 "
        f"{story.zh['farmer_cents']};其中 {story.zh['near_count']} 份(占 {story.zh['near_share']})金额紧贴整额下方,"
        f"{story.zh['price_lines']} 行明细单价波动仅 {story.zh['price_variation']}。",
    )


PATTERN = Pattern(
    name="farm_purchase",
    number=12,
    en="farm-purchase invoices",
    zh="农产品收购虚开",
    rules=Farm,
    measures={
        "near_count": Measure("count", "invoices just below the round amount", "临界金额发票份数", ("near_cap",)),
        "near_share": Measure("share", "their share of tax-control invoices", "临界金额占比", ("near_cap",)),
        "farmer_cents": Measure("cents", "bought of one farmer in a year", "单户年收购额", ("from_farmer",)),
        "price_variation": Measure("share", "variation of prices", "单价波动"),
        "price_lines": Measure("count", "lines of the main goods", "主要商品明细行数"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "buyer": ("the buyer who issues", "收购企业"),
        "farmer": ("the farmer", "农户"),
        "from_farmer": ("purchases from the farmer", "向该农户的收购发票"),
        "near_cap": ("invoices just below the round amount", "临界金额发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.year_days,
    reach=Reach(How.OWN, reads=(INVOICES, "LISTS"), subjects=("buyer",)),
)
