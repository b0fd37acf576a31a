"""Pattern 5, commodity switch (变票): one kind of goods goes in, another one comes out, and nothing was made of it.

Definition, for a currency, over the lines of standing invoices:

* A kind of goods is the first `digits` digits of the commodity code [D: seven, a group of goods].
* Judged are firms of trading industries (code begins with one of `trading`) and those whose industry has bills of
  materials. A sold kind is *explained* when the firm bought any of it, or any input of it by a bill of its industry.
* The firm is reported when the explained share of its sales is below `share`, high below `high_share`, if it bought
  anything.
* [D] So that not every firm with a few lines is reported: the unexplained sales are `least_cents` or more, and the
  value of what it bought and did not sell on (by kind, purchases above sales) is the same up to `gap`: goods were
  swapped, not added.
* The first on a path is the switch node: a firm is left out when its purchases of kinds that it did not wholly sell on,
  from firms that are reported by all of this and of kinds unexplained with them, whose first unexplained sale was on an
  earlier day than its own, are more than half of what it bought and did not sell on.

The anchor is taxpayer and currency; score: the unexplained share. Linear in the lines after sorting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.columns import MILLION, share, summed
from queries.detection.facts import Facts
from queries.detection.goods import (
    Kinds,
    Lines,
    Sums,
    explained,
    kinds,
    lines_of,
    making_industries,
    sums_of,
    world_of_goods,
)
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.shares import least_part, within_gap
from queries.detection.standing import standing_rows

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FAR = 2**40  # a day after all days


@dataclass(frozen=True, slots=True)
class Switch(Rules):
    """Thresholds of domain.md, pattern 5, and what it leaves open."""

    share: int = rule(
        600_000, "share", en="explained share below which it is abnormal", zh="品名匹配率(疑点)", most=MILLION
    )
    high_share: int = rule(300_000, "share", en="below which it is high", zh="品名匹配率(高风险)", most=MILLION)
    digits: int = rule(7, "count", en="digits of a kind of goods", zh="品类编码位数", least=1, most=19)
    trading: str = rule("51,52", "text", en="trading industries, by the start of the code", zh="商贸行业代码前缀")
    least_cents: int = rule(30_000_000, "cents", en="least unexplained sales", zh="最低不匹配销售额")
    gap: int = rule(200_000, "share", en="largest gap between what went in and out", zh="进出金额差异率", most=999_999)


@dataclass(frozen=True, slots=True)
class Goods:
    """Lines of a currency with seller and buyer, and sums by firm and kind of what was sold and bought."""

    facts: Facts
    currency: str
    kinds: Kinds
    lines: Lines
    seller: Longs
    buyer: Longs
    sold: Sums
    bought: Sums


@dataclass(frozen=True, slots=True)
class Switches:
    """Firms that switch, ascending: their sales, the unexplained part, and what went in and not out again.

    `odd`, `left`: of each sum of `sold` and `bought`, the unexplained cents and those above what was sold.
    """

    firm: Longs
    sold: Longs
    unexplained: Longs
    left_over: Longs
    odd: Longs
    left: Longs


def detect(facts: Facts, rules: Switch, currency: str) -> Found:
    """Every first firm on a path that sells what it cannot have bought."""
    goods = _goods(facts, rules, currency)
    switches = _switches(goods, rules)
    outputs = _marked(goods, switches.firm, goods.seller, (goods.sold, switches.odd))
    inputs = _marked(goods, switches.firm, goods.buyer, (goods.bought, switches.left))
    first = _first_on_path(goods, switches, outputs, inputs) & facts.judged(switches.firm)
    hits = [_hit(goods, rules, switches, place, (inputs, outputs)) for place in np.flatnonzero(first).tolist()]
    return Found(tuple(sorted(hits, key=lambda hit: hit.anchor)))


def _goods(facts: Facts, rules: Switch, currency: str) -> Goods:
    rows, _ = standing_rows(facts, currency)
    among = kinds(facts, rules.digits)
    lines = lines_of(facts, rows, among)
    seller, buyer = (ends[lines.row].astype(np.int64) for ends in (facts.book.seller, facts.book.buyer))
    sold, bought = (sums_of(ends, lines, len(among)) for ends in (seller, buyer))
    return Goods(facts, currency, among, lines, seller, buyer, sold, bought)


def _judged(facts: Facts, rules: Switch) -> Flags:
    """Firms of trading industries and of those with bills of materials, bool[v]."""
    industry: Any = facts.register.industry
    trades = np.zeros(facts.count, np.bool_)
    for start in rules.trading.split(","):
        found: Any = pc.fill_null(pc.starts_with(industry, start.strip()), False)
        trades |= np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
    makes: Any = pc.is_in(industry, value_set=pa.array(sorted(making_industries(facts)), pa.string()))
    return trades | np.asarray(makes.to_numpy(zero_copy_only=False), np.bool_)


def _switches(goods: Goods, rules: Switch) -> Switches:
    sold, bought, count = goods.sold, goods.bought, goods.facts.count
    made = explained(goods.facts, bought, goods.kinds, rules.digits)
    odd = np.where((bought.of(sold.key) > 0) | np.isin(sold.key, made), 0, sold.cents)
    left = np.maximum(bought.cents - sold.of(bought.key), 0)
    sales, unexplained = summed(sold.firm, sold.cents, count), summed(sold.firm, odd, count)
    left_over, purchases = summed(bought.firm, left, count), summed(bought.firm, bought.cents, count)
    fits = _judged(goods.facts, rules) & (purchases > 0) & (unexplained >= max(rules.least_cents, 1))
    fits &= (sales - unexplained < least_part(rules.share, sales)) & within_gap(unexplained, left_over, rules.gap)
    firm = np.flatnonzero(fits)
    return Switches(firm, sales[firm], unexplained[firm], left_over[firm], odd, left)


@dataclass(frozen=True, slots=True)
class Marked:
    """Lines of switching firms whose kind is unexplained, or not wholly sold on: firm and line, by firm and time."""

    firm: Longs
    line: Longs

    def of(self, firm: int) -> Longs:
        """Lines of one firm."""
        first, last = np.searchsorted(self.firm, [firm, firm + 1])
        return self.line[first:last]


def _marked(goods: Goods, firms: Longs, ends: Longs, sums: tuple[Sums, Longs]) -> Marked:
    """Lines with a switching firm at this end and a value above nought in the sums of it."""
    is_switch = np.zeros(goods.facts.count, np.bool_)
    is_switch[firms] = True
    line = np.flatnonzero(is_switch[ends])
    place = np.searchsorted(sums[0].key, ends[line] * len(goods.kinds) + goods.lines.kind[line])
    line = line[sums[1][place] > 0]
    line = line[np.argsort(ends[line], kind="stable")]
    return Marked(ends[line], line)


def _first_on_path(goods: Goods, switches: Switches, outputs: Marked, inputs: Marked) -> Flags:
    """Which switches do not live on the unexplained sales of earlier ones, bool[switches]."""
    since = np.full(goods.facts.count, FAR, np.int64)
    np.minimum.at(since, outputs.firm, goods.facts.invoice_day[goods.lines.row[outputs.line]])
    both = np.intersect1d(outputs.line, inputs.line)
    earlier = both[since[goods.seller[both]] < since[goods.buyer[both]]]
    upstream = summed(goods.buyer[earlier], goods.lines.cents[earlier], goods.facts.count)[switches.firm]
    return np.asarray(2 * upstream <= switches.left_over, np.bool_)


def _hit(goods: Goods, rules: Switch, switches: Switches, place: int, marked: tuple[Marked, Marked]) -> Hit:
    facts, firm = goods.facts, int(switches.firm[place])
    went_in, came_out = (each.of(firm) for each in marked)
    (bought, more), (sold, yet_more) = (listed(np.unique(goods.lines.row[line])) for line in (went_in, came_out))
    sales, odd = int(switches.sold[place]), int(switches.unexplained[place])
    days = facts.invoice_day[goods.lines.row[np.concatenate([went_in, came_out])]]
    taxpayer = str(facts.ids[firm].as_py())
    return Hit(
        anchor=(taxpayer, goods.currency),
        first_day=int(days.min()),
        last_day=int(days.max()),
        members=(
            Member("Taxpayer", taxpayer, "switch"),
            *_partners(facts, facts.book.seller[bought], "supplier"),
            *_partners(facts, facts.book.buyer[sold], "customer"),
        ),
        evidence={"inputs": facts.gross.invoice[bought], "outputs": facts.gross.invoice[sold]},
        measures={
            "explained_share": int(share(sales - odd, sales)),
            "unexplained_cents": odd,
            "sold_cents": sales,
            "left_over_cents": int(switches.left_over[place]),
            "input_goods": _main(goods, went_in),
            "output_goods": _main(goods, came_out),
            "input_kinds": len(np.unique(goods.lines.kind[went_in])),
            "output_kinds": len(np.unique(goods.lines.kind[came_out])),
            "currency": goods.currency,
        },
        score=int(share(odd, sales)),
        high=sales - odd < int(least_part(rules.high_share, np.array(sales))),
        left_out=more + yet_more,
    )


def _partners(facts: Facts, vertices: npt.NDArray[np.int32], role: str) -> list[Member]:
    return [Member("Taxpayer", str(facts.ids[each].as_py()), role) for each in np.unique(vertices).tolist()]


def _main(goods: Goods, line: Longs) -> str:
    """Name of the kind with the largest value, of equal ones the smallest code."""
    value = summed(goods.lines.kind[line], goods.lines.cents[line], len(goods.kinds))
    return goods.kinds.names[int(np.argmax(value))]


def explain(story: Story) -> Sentences:
    """What went in, what came out, and how little of it can be explained."""
    firm, en, zh = story.one("switch"), story.en, story.zh
    return Sentences(
        en=f"{firm} bought {en['input_goods']} and did not sell it on ({story.counted('input_kinds', 'kind')}, "
        f"{en['left_over_cents']}), and sold {en['output_goods']} that it neither bought nor could have made "
        f"({story.counted('output_kinds', 'kind')}, {en['unexplained_cents']}), between {story.first_on} and "
        f"{story.last_on}; only {en['explained_share']} of its {en['sold_cents']} of sales is explained by its "
        "purchases.",
        zh=f"{firm} 在 {story.first_on} 至 {story.last_on} 期间购进 {zh['input_goods']} 等 {zh['input_kinds']} 类货物"
        f"未售出({zh['left_over_cents']}),却销售未购进且无法由购进生产的 {zh['output_goods']} 等 {zh['output_kinds']} "
        f"类货物({zh['unexplained_cents']});其销售额 {zh['sold_cents']} 中仅 {zh['explained_share']} 与购进匹配。",
    )


PATTERN = Pattern(
    name="commodity_switch",
    number=5,
    en="commodity switch",
    zh="变票",
    rules=Switch,
    measures={
        "explained_share": Measure("share", "share of sales that purchases explain", "销售品名匹配率"),
        "unexplained_cents": Measure("cents", "sales that nothing explains", "不匹配销售额", ("outputs",)),
        "sold_cents": Measure("cents", "all sales", "销售额合计"),
        "left_over_cents": Measure("cents", "purchases not sold on", "购进未售金额", ("inputs",)),
        "input_goods": Measure("text", "most of what went in", "主要购进品名", ("inputs",)),
        "output_goods": Measure("text", "most of what came out", "主要不匹配销售品名", ("outputs",)),
        "input_kinds": Measure("count", "kinds not sold on", "购进未售品类数", ("inputs",)),
        "output_kinds": Measure("count", "kinds that nothing explains", "不匹配销售品类数", ("outputs",)),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "switch": ("the switch", "变票企业"),
        "supplier": ("who sold what went in", "上游供货方"),
        "customer": ("who bought what came out", "下游购货方"),
        "inputs": ("purchases of what it did not sell on", "购进未售发票"),
        "outputs": ("sales of what nothing explains", "不匹配销售发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 36_600,
    # Whether a supplier switches too, and since when, follows from the supplier's own trade.
    reach=Reach(
        How.PARTNERS,
        reads=(INVOICES, "Taxpayer", "LISTS"),
        subjects=("switch",),
        world=lambda facts, rules: world_of_goods(facts, rules.digits),
    ),
)
