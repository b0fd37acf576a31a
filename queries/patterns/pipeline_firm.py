"""Pattern 4, pipeline firm (管道洗票): what goes in comes out at once, untaxed, without costs, from a bad source.

Definition, for a firm, a currency and a calendar month; all invoices are blue, from or to others, net of reversals,
neither void nor reversed. Every month that fulfils all of it is a hit:

* A VAT filing of this one month declares sales, and the month is closed: its filings are due (`filing_days`).
* It sold at least `least_cents` [D], and what it bought and sold in the month differ by less than `gap` of the greater.
* *Burden*: tax payable by sales, both as filed, lies below the `burden_part` quantile of the firms of its industry
  whose filings of the month declare sales, at least `least_peers` of them [D] (`queries.detection.filings`).
* *Dwell*: what was sold in the month had lain there `dwell_days` on average by value, at most [D]. First in, first out
  over the firm's whole life: a sale draws on what was bought until its day, and what it cannot draw is left out.
* *Expenses*: purchases of the month without a line of goods that the firm ever sells are less than `expenses` of all.
* A flagged voucher lies at most `hops` hops upstream (`queries.detection.tainted`).

High where gap and expenses are below their second thresholds. Sums by firm and month come first, then burdens and
sources; dwell and lines are looked at for the few months that remain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, first_day_of, grouped, months_of
from queries.detection.facts import Facts
from queries.detection.filings import Burdens, below_baseline, burdens, is_due, months_key
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.lines import lines_of
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows
from queries.detection.tainted import CLEAN, Tainted, tainted

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pipeline(Rules):
    """Thresholds of domain.md, pattern 4."""

    gap: int = rule(100_000, "share", en="gap of in and out, abnormal", zh="进销差(疑点)")
    high_gap: int = rule(30_000, "share", en="gap of in and out, high", zh="进销差(高风险)")
    burden_part: int = rule(100_000, "share", en="quantile of the industry's burden", zh="行业税负分位")
    least_peers: int = rule(10, "count", en="least firms behind the quantile", zh="行业最少户数", least=1)
    dwell_days: int = rule(30, "days", en="most days between in and out", zh="最长停留天数")
    expenses: int = rule(20_000, "share", en="share of expenses, abnormal", zh="费用进项占比(疑点)")
    high_expenses: int = rule(5_000, "share", en="share of expenses, high", zh="费用进项占比(高风险)")
    hops: int = rule(3, "count", en="hops upstream to a bad source", zh="上游风险层级", least=1, most=10)
    least_cents: int = rule(10_000_000, "cents", en="least value sold in the month", zh="月最低销售额", least=1)
    filing_days: int = rule(15, "days", en="days after a month until it is filed", zh="期后申报天数")


@dataclass(frozen=True, slots=True)
class Months:
    """Months of firms, by firm and month: cents in and out, burden filed and quantile of the industry; int64[m]."""

    firm: Longs
    month: Longs
    bought: Longs
    sold: Longs
    burden: Longs
    baseline: Longs

    def take(self, kept: Flags) -> Months:
        """Some of them."""
        return Months(*(getattr(self, name)[kept] for name in Months.__slots__))

    def __len__(self) -> int:
        """How many."""
        return len(self.firm)


@dataclass(frozen=True, slots=True)
class Trade:
    """Standing rows of one firm, oldest first, and the net cents of every row of `gross`."""

    bought: Longs
    sold: Longs
    net: Longs


@dataclass(frozen=True, slots=True)
class Dwell:
    """Cents drawn in a month, and the days that they had lain there, each cent by itself."""

    cents: int
    cent_days: int


Candidate: TypeAlias = "tuple[Months, int, Dwell]"
Seen: TypeAlias = "tuple[Mapping[int, Trade], Mapping[int, frozenset[str]], Tainted]"


def detect(facts: Facts, rules: Pipeline, currency: str) -> Found:
    """Every month in which a firm was a pipeline."""
    rows, net = standing_rows(facts, currency)
    months = _balanced(facts, rules, burdens(facts, currency), (rows, net))
    if not len(months):
        return Found(())
    sources = tainted(facts, rules.hops)
    months = months.take(sources.hops[months.firm] != CLEAN)
    trades = _trades(facts, np.unique(months.firm), rows, net)
    quick = [(place, dwell) for place in range(len(months)) if (dwell := _dwells(facts, rules, months, trades, place))]
    firms = np.unique(months.firm[[place for place, _ in quick]]) if quick else np.zeros(0, np.int64)
    goods = _goods(facts, [trades[firm] for firm in firms.tolist()])
    seen = (trades, goods, sources)
    hits = (_hit(facts, rules, currency, (months, place, dwell), seen) for place, dwell in quick)
    return Found(tuple(hit for hit in hits if hit is not None))


def _balanced(facts: Facts, rules: Pipeline, filed: Burdens, standing: tuple[Longs, Longs]) -> Months:
    """Closed months that pass the tests of filing, balance and burden."""
    rows, net = standing
    below, baseline = below_baseline(facts, filed, part=rules.burden_part, least_peers=rules.least_peers)
    key = months_key(filed.firm, filed.month)
    month = months_of(facts.invoice_day[rows])
    bought, sold = (
        _sums_at(key, months_key(side[rows], month), net[rows]) for side in (facts.book.buyer, facts.book.seller)
    )
    found = Months(filed.firm, filed.month, bought, sold, filed.burden, baseline)
    enough = below & is_due(facts, filed.month, rules.filing_days) & (sold >= rules.least_cents)
    found = found.take(enough)
    gap, most = np.abs(found.bought - found.sold), np.maximum(found.bought, found.sold)
    return found.take(np.array([int(g) * MILLION < rules.gap * int(m) for g, m in zip(gap, most, strict=True)], bool))


def _sums_at(wanted: Longs, key: Longs, cents: Longs) -> Longs:
    """Sum of the cents of each wanted key."""
    keys, order, starts = grouped(key)
    if not len(keys):
        return np.zeros(len(wanted), np.int64)
    sums = np.add.reduceat(cents[order], starts[:-1])
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, sums[place], 0)


def _trades(facts: Facts, firms: Longs, rows: Longs, net: Longs) -> Mapping[int, Trade]:
    """Standing rows of each of these firms."""
    sides = []
    for side in (facts.book.buyer, facts.book.seller):
        own = rows[np.isin(side[rows], firms)]
        order = np.argsort(side[own], kind="stable")
        cuts = np.searchsorted(side[own[order]], firms, side="right")
        sides.append(np.split(own[order], cuts[:-1]) if len(firms) else [])
    return {firm: Trade(bought, sold, net) for firm, bought, sold in zip(firms.tolist(), *sides, strict=True)}


def _dwells(facts: Facts, rules: Pipeline, months: Months, trades: Mapping[int, Trade], place: int) -> Dwell | None:
    """The dwell of a month, if it is short."""
    trade, month = trades[int(months.firm[place])], int(months.month[place])
    days = (facts.invoice_day[trade.bought], facts.invoice_day[trade.sold])
    dwell = dwell_of(days, (trade.net[trade.bought], trade.net[trade.sold]), months_of(days[1]) == month)
    return dwell if dwell.cents > 0 and dwell.cent_days <= rules.dwell_days * dwell.cents else None


def dwell_of(days: tuple[Longs, Longs], cents: tuple[Longs, Longs], counted: Flags) -> Dwell:
    """First in, first out: how long what the counted sales drew had lain there.

    With B bought until the day of a sale and S sold until it, what is drawn in all is the least of S and of B + S less
    the sold of any earlier sale: what could not be drawn then is never drawn.

    Args:
        days: of purchases and of sales, each ascending.
        cents: of purchases and of sales.
        counted: which sales are asked about.
    """
    (lot_day, sale_day), (lots, sales) = days, cents
    if not len(lots) or not len(sales):
        return Dwell(0, 0)
    line = np.concatenate([[0], np.cumsum(lots)])
    bought = line[np.searchsorted(lot_day, sale_day, side="right")]
    sold = np.cumsum(sales)
    until = sold + np.minimum(np.minimum.accumulate(bought - sold), 0)
    since = np.concatenate([[0], until[:-1]])
    base = int(lot_day[0])
    weighed = np.concatenate([[0], np.cumsum(lots * (lot_day - base))])

    def weight(point: Longs) -> Longs:
        """Sum of the days of all cents bought below this point of the line."""
        lot = np.minimum(np.searchsorted(line, point, side="right") - 1, len(lots) - 1)
        return np.asarray(weighed[lot] + (point - line[lot]) * (lot_day[lot] - base), np.int64)

    drawn = (until - since)[counted]
    cent_days = drawn * (sale_day[counted] - base) - (weight(until) - weight(since))[counted]
    return Dwell(int(drawn.sum()), int(cent_days.sum()))


def _goods(facts: Facts, trades: list[Trade]) -> Mapping[int, frozenset[str]]:
    """Goods of each invoice of these firms, by row."""
    rows = [np.zeros(0, np.int64), *(side for trade in trades for side in (trade.bought, trade.sold))]
    found: dict[int, set[str]] = defaultdict(set)
    for line in lines_of(facts, np.unique(np.concatenate(rows))):
        found[line.row].add(line.commodity)
    return {row: frozenset(goods) for row, goods in found.items()}


def _hit(facts: Facts, rules: Pipeline, currency: str, found: Candidate, seen: Seen) -> Hit | None:
    """The hit of one month, if its expenses are small."""
    months, place, dwell = found
    trades, goods, sources = seen
    firm, month, trade = int(months.firm[place]), int(months.month[place]), trades[int(months.firm[place])]
    bought, sold = (_of_month(facts, rows, month) for rows in (trade.bought, trade.sold))
    into, out = int(months.bought[place]), int(months.sold[place])
    expenses = _expenses(trade, bought, goods)
    if expenses * MILLION >= rules.expenses * into:
        return None
    gap, most = abs(into - out), max(into, out)
    path = sources.path(facts, firm)
    names = [str(facts.ids[each].as_py()) for each in (firm, int(facts.book.seller[path[0]]))]
    listed_rows = {"purchases": listed(bought), "sales": listed(sold), "source_path": listed(np.unique(path))}
    measures: dict[str, int | str] = {
        "bought_cents": into,
        "sold_cents": out,
        "gap_share": gap * MILLION // most,
        "dwell_days": dwell.cent_days // dwell.cents,
        "burden_share": int(months.burden[place]),
        "peer_burden_share": int(months.baseline[place]),
        "expense_cents": expenses,
        "hops": len(path),
        "currency": currency,
    }
    return Hit(
        anchor=(names[0], currency),
        first_day=int(first_day_of(month)),
        last_day=int(first_day_of(month + 1)) - 1,
        members=(Member("Taxpayer", names[0], "pipeline"), Member("Taxpayer", names[1], "source")),
        evidence={role: facts.gross.invoice[rows] for role, (rows, _) in listed_rows.items()},
        measures=measures,
        score=MILLION - gap * MILLION // most,
        high=gap * MILLION < rules.high_gap * most and expenses * MILLION < rules.high_expenses * into,
        left_out=sum(more for _, more in listed_rows.values()),
    )


def _expenses(trade: Trade, bought: Longs, goods: Mapping[int, frozenset[str]]) -> int:
    """Cents of these purchases that list nothing the firm ever sells."""
    own: frozenset[str] = frozenset().union(*(goods.get(row, frozenset()) for row in trade.sold.tolist()))
    return int(sum(trade.net[row] for row in bought.tolist() if not own & goods.get(row, frozenset())))


def _of_month(facts: Facts, rows: Longs, month: int) -> Longs:
    return np.asarray(rows[months_of(facts.invoice_day[rows]) == month], np.int64)


def explain(story: Story) -> Sentences:
    """What went in and out in a month, with which tax and costs, and where the bad source lies."""
    firm, source = story.one("pipeline"), story.one("source")
    en, zh = story.en, story.zh
    return Sentences(
        en=f"Between {story.first_on} and {story.last_on} {firm} bought {en['bought_cents']} and sold "
        f"{en['sold_cents']} in its clearest month, held the goods {en['dwell_days']} on average, declared tax of "
        f"{en['burden_share']} of sales against {en['peer_burden_share']} at the low end of its industry, and had "
        f"expenses of {en['expense_cents']}; a flagged invoice of {source} lies {story.counted('hops', 'step')} "
        "upstream.",
        zh=f"{firm} 在 {story.first_on} 至 {story.last_on} 期间最典型的一个月购进 {zh['bought_cents']}、销售 "
        f"{zh['sold_cents']},货物平均停留 {zh['dwell_days']},税负率 {zh['burden_share']}(行业低位 "
        f"{zh['peer_burden_share']}),费用类进项仅 {zh['expense_cents']};其上游第 {zh['hops']} 层有 "
        f"{source} 开具的异常凭证。",
    )


_FLOW = ("purchases", "sales")
PATTERN = Pattern(
    name="pipeline_firm",
    number=4,
    en="pipeline firm",
    zh="管道洗票",
    rules=Pipeline,
    measures={
        "bought_cents": Measure("cents", "bought in the month", "当月购进", ("purchases",)),
        "sold_cents": Measure("cents", "sold in the month", "当月销售", ("sales",)),
        "gap_share": Measure("share", "difference of in and out", "进销差", _FLOW),
        "dwell_days": Measure("days", "days between in and out", "平均停留天数", _FLOW),
        "burden_share": Measure("share", "tax payable of sales", "税负率"),
        "peer_burden_share": Measure("share", "the same at the low end of the industry", "行业低位税负率"),
        "expense_cents": Measure("cents", "purchases that are no goods of its own", "费用类进项", ("purchases",)),
        "hops": Measure("count", "hops to the bad source", "风险来源层级", ("source_path",)),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "pipeline": ("the pipeline firm", "管道企业"),
        "source": ("the seller of the flagged invoice", "异常凭证开具方"),
        "purchases": ("its purchases of the month", "当月进项发票"),
        "sales": ("its sales of the month", "当月销项发票"),
        "source_path": ("invoices from the flagged one down to the firm", "自异常凭证至该企业的发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 31,
    # The burden is held against the whole industry, and the bad source may lie several firms upstream.
    reach=Reach(How.WHOLE, reads=(INVOICES, "Taxpayer", "Filing", "LISTS", "FLAGGED_ABNORMAL")),
)
