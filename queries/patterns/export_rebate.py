"""Pattern 13, export rebate (骗取出口退税): exported for many times what it cost, out of a bad source, with a rebate.

Definition, for an exporter and a currency:

* For each day with an export declaration of the firm in the currency [D: other currencies are not converted]: what it
  declared in the `window_days` days that end with this day, and what it bought from others, net of reversals, in the
  same days and the `stock_days` days before them [D: goods are bought before they are exported].
* Value added is declared less bought; the day counts if it is more than `times` what was bought (high: more than
  `high_times`). With nothing bought any declared value is more. Of several days the one with the greatest ratio of
  declared to bought is told, the first of equal ones.
* A flagged voucher lies at most `hops` hops upstream (`queries.detection.tainted`).
* And a rebate was claimed on or after the first day of these `window_days` days, in the same currency.

Only days with declarations are summed, each by two searches in a sorted running sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, NEVER, grouped
from queries.detection.facts import Facts
from queries.detection.flow import Flow, flow_of
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows
from queries.detection.tainted import CLEAN, tainted
from queries.detection.words import says

Longs = npt.NDArray[np.int64]
EXPORT = "export"
_MOST_SCORE = 1_000 * MILLION


@dataclass(frozen=True, slots=True)
class Rebate(Rules):
    """Thresholds of domain.md, pattern 13."""

    times: int = rule(5, "count", en="times the purchases above which value added is abnormal", zh="增值倍数(疑点)")
    high_times: int = rule(10, "count", en="times the purchases above which it is high", zh="增值倍数(高风险)")
    hops: int = rule(3, "count", en="hops upstream to a bad source", zh="上游风险层级", least=1, most=10)
    window_days: int = rule(365, "days", en="days of declarations that are summed", zh="报关统计天数", least=1)
    stock_days: int = rule(90, "days", en="days by which purchases may precede them", zh="采购提前天数")


@dataclass(frozen=True, slots=True)
class Exports:
    """Days with declarations: firm, day, cents declared and bought; the rebates claimed since; int64[d]."""

    firm: Longs
    day: Longs
    declared: Longs
    bought: Longs
    rebate: Longs


@dataclass(frozen=True, slots=True)
class Source:
    """One day of `exports` and the rows from a flagged invoice down to the exporter."""

    exports: Exports
    place: int
    path: Longs


def detect(facts: Facts, rules: Rebate, currency: str) -> Found:
    """Every exporter whose value added, source and rebate fit the pattern."""
    declared = _documents(facts, "CustomsDeclaration", "declared_on", currency)
    rows, net = standing_rows(facts, currency)
    buyer = facts.book.buyer[rows]
    some = np.isin(buyer, declared.firms(np.arange(len(declared.key))))
    bought = flow_of(buyer[some], facts.invoice_day[rows[some]], net[rows[some]], rows[some])
    exports = _exports(rules, declared, bought, _documents(facts, "RebateClaim", "claimed_on", currency))
    added = exports.declared - exports.bought
    places = np.flatnonzero((added > rules.times * exports.bought) & (exports.rebate > 0))
    if not len(places):
        return Found(())
    sources = tainted(facts, rules.hops)
    risky = places[sources.hops[exports.firm[places]] != CLEAN]
    _, order, starts = grouped(exports.firm[risky])
    days = (risky[order[start:end]] for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    best = (_greatest(exports, places) for places in days)
    found = (Source(exports, place, sources.path(facts, int(exports.firm[place]))) for place in best)
    return Found(tuple(_told(facts, rules, currency, each, bought) for each in found))


def _documents(facts: Facts, kind: str, day: str, currency: str) -> Flow:
    """Amounts of one kind of document by firm and day; `row` counts the documents."""
    names = ("direction",) if kind == "CustomsDeclaration" else ()
    papers = facts.about(kind, "amount_cents", "currency", day, *names)
    kept = says(papers.texts("currency"), currency) & (papers.days(day) != NEVER)
    if names:
        kept &= says(papers.texts("direction"), EXPORT)
    rows = np.flatnonzero(kept)
    return flow_of(papers.vertex[rows], papers.days(day)[rows], papers.longs("amount_cents")[rows], rows)


def _exports(rules: Rebate, declared: Flow, bought: Flow, claimed: Flow) -> Exports:
    """Sums of each firm and day with a declaration, by firm and day."""
    places = np.flatnonzero(np.append(declared.key[1:] != declared.key[:-1], True)[: len(declared.key)])
    firm, day = declared.firms(places), declared.days(places)
    first = day - rules.window_days + 1
    return Exports(
        firm=firm,
        day=day,
        declared=declared.total(firm, first, day),
        bought=bought.total(firm, first - rules.stock_days, day),
        rebate=claimed.total(firm, first, -NEVER),
    )


def _greatest(exports: Exports, places: Longs) -> int:
    """The place with the greatest ratio of declared to bought, the first of equal ones."""

    def ratio(place: int) -> tuple[bool, Fraction, int]:
        bought = int(exports.bought[place])
        return bought == 0, Fraction(int(exports.declared[place]), max(bought, 1)), -place

    known: list[int] = places.tolist()
    return max(known, key=ratio)


def _told(facts: Facts, rules: Rebate, currency: str, found: Source, bought_flow: Flow) -> Hit:
    exports, place, path = found.exports, found.place, found.path
    firm, day = int(exports.firm[place]), int(exports.day[place])
    declared, bought = int(exports.declared[place]), int(exports.bought[place])
    low, high = bought_flow.span(firm, day - rules.window_days + 1 - rules.stock_days, day)
    purchases, more = listed(bought_flow.row[int(low) : int(high)])
    exporter, source = (str(facts.ids[each].as_py()) for each in (firm, int(facts.book.seller[path[0]])))
    return Hit(
        anchor=(exporter, currency),
        first_day=int(min([*facts.invoice_day[purchases].tolist(), day])),
        last_day=day,
        members=(Member("Taxpayer", exporter, "exporter"), Member("Taxpayer", source, "source")),
        evidence={"purchases": facts.gross.invoice[purchases], "source_path": facts.gross.invoice[np.unique(path)]},
        measures={
            "declared_cents": declared,
            "bought_cents": bought,
            "added_cents": declared - bought,
            "rebate_cents": int(exports.rebate[place]),
            "hops": len(path),
            "currency": currency,
        },
        score=min((declared - bought) * MILLION // max(bought, 1), _MOST_SCORE),
        high=declared - bought > rules.high_times * bought,
        left_out=more,
    )


def explain(story: Story) -> Sentences:
    """Who declared how much above its purchases, where they come from and which rebate was claimed."""
    firm, source = story.one("exporter"), story.one("source")
    return Sentences(
        en=f"{firm} declared exports of {story.en['declared_cents']} until {story.last_on} after purchases of "
        f"{story.en['bought_cents']}, {story.en['added_cents']} more, and claimed a rebate of "
        f"{story.en['rebate_cents']}; a flagged invoice of {source} lies {story.counted('hops', 'step')} upstream.",
        zh=f"{firm} 截至 {story.last_on} 申报出口 {story.zh['declared_cents']},采购仅 {story.zh['bought_cents']},"
        f"增值 {story.zh['added_cents']},并申报退税 {story.zh['rebate_cents']};其上游第 {story.zh['hops']} 层有 "
        f"{source} 开具的异常凭证。",
    )


PATTERN = Pattern(
    name="export_rebate",
    number=13,
    en="export rebate",
    zh="骗取出口退税",
    rules=Rebate,
    measures={
        "declared_cents": Measure("cents", "exports declared", "申报出口金额"),
        "bought_cents": Measure("cents", "purchases behind them", "对应采购金额", ("purchases",)),
        "added_cents": Measure("cents", "value added", "增值额", ("purchases",)),
        "rebate_cents": Measure("cents", "rebate claimed", "申报退税额"),
        "hops": Measure("count", "hops to the bad source", "风险来源层级", ("source_path",)),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "exporter": ("the exporter", "出口企业"),
        "source": ("the seller of the flagged invoice", "异常凭证开具方"),
        "purchases": ("purchases of the exporter", "出口企业的采购发票"),
        "source_path": ("invoices from the flagged one down to the exporter", "自异常凭证至出口企业的发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.window_days,
    # The bad source may lie several firms upstream.
    reach=Reach(How.WHOLE, reads=(INVOICES, "CustomsDeclaration", "RebateClaim", "FLAGGED_ABNORMAL")),
)
