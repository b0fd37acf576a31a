"""Pattern 3, violent false issuing at the source (暴力虚开): a new firm uses its quota up at once and buys nothing.

Definition, for a seller and a currency, over blue invoices to others, net of reversals, neither void nor reversed:

* Its first sale came less than `young_days` after its registration (high: less than `high_young_days`), not before.
* The *start* is the `quota_days` days from the first sale on, that day included [D: domain.md gives 7 to 30, the most
  is the default and the range that a deployment may set]. In it the firm sold at least `quota_share` of its quota: of
  the newest grant of each kind of invoice by the end of the start. Firms without a quota are not judged.
* Its output in the start is at least `input_times` what it bought until the end of the start; or it never filed VAT
  although the month of the first sale is due [D].
* And one sign: a *peak* (the best day sold at least `peak_times` the mean of the days from the first to the last sale
  of the start), buyers *out of area* (more than `away_share` of at least `least_buyers` [D] distinct buyers lie in
  another province; unknown ones count as near), invoices *near the cap* (more than `near_share` of all in the start are
  of the tax-control system with a face of at least `cap_nearness` of the cap and not above it), or, where no cap is
  granted, a quota that was *raised* within the start.

All but the signs is vectorised over the firms; signs are looked at for those that remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, NEVER, grouped, months_of
from queries.detection.facts import Facts
from queries.detection.filings import filed_months, is_due
from queries.detection.flow import Flow, flow_of
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.quotas import quotas_on
from queries.detection.reach import INVOICES, How, Reach, last_due_month
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows
from queries.detection.tax_control import is_tax_control

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
PEAK, AWAY, NEAR_CAP, RAISED = "peak_day", "out_of_area", "near_face_cap", "quota_raised"
_PROVINCE = 2


@dataclass(frozen=True, slots=True)
class Violent(Rules):
    """Thresholds of domain.md, pattern 3."""

    young_days: int = rule(30, "days", en="age at the first invoice, abnormal", zh="首开票天数(疑点)")
    high_young_days: int = rule(3, "days", en="age at the first invoice, high", zh="首开票天数(高风险)")
    quota_days: int = rule(30, "days", en="days in which the quota is used", zh="额度使用天数", least=7, most=30)
    quota_share: int = rule(800_000, "share", en="least share of the quota used", zh="额度使用占比")
    input_times: int = rule(5, "count", en="times the purchases that were sold", zh="销项对进项倍数")
    peak_times: int = rule(5, "count", en="times the mean on the best day", zh="单日峰值倍数")
    away_share: int = rule(600_000, "share", en="share of buyers out of area", zh="外地购方占比")
    least_buyers: int = rule(3, "count", en="least buyers for that", zh="最少购方数", least=1)
    near_share: int = rule(300_000, "share", en="share of invoices near the cap", zh="顶额开具占比")
    cap_nearness: int = rule(900_000, "share", en="part of the cap that is near it", zh="顶额程度")
    filing_days: int = rule(15, "days", en="days after a month until it is filed", zh="期后申报天数")


@dataclass(frozen=True, slots=True)
class Starts:
    """Firms that used their quota up at once: age and cents, int64[f]; `raised`: the quota grew in the start."""

    firm: Longs
    age: Longs
    first: Longs
    used: Longs
    bought: Longs
    filed: Flags
    quota: Longs
    cap: Longs
    raised: Flags

    def take(self, kept: Flags | slice) -> Starts:
        """Some of them."""
        return Starts(*(getattr(self, name)[kept] for name in Starts.__slots__))

    def __len__(self) -> int:
        """How many."""
        return len(self.firm)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a start shows: names of the signs, and the numbers behind them."""

    names: tuple[str, ...]
    peak_cents: int
    buyers: int
    away: int
    near_cap: int


def detect(facts: Facts, rules: Violent, currency: str) -> Found:
    """Every new firm that issues its quota at once without inputs and shows a sign."""
    rows, net = standing_rows(facts, currency)
    firm, order, places = grouped(facts.book.seller[rows].astype(np.int64))
    first = facts.invoice_day[rows[order[places[:-1]]]]
    registered = facts.register.registered[firm]
    age = first - registered
    new = (registered != NEVER) & (age >= 0) & (age < rules.young_days)
    young = np.flatnonzero(new & facts.judged(firm))
    if not len(young):
        return Found(())
    firm, first, age = firm[young], first[young], age[young]
    sales, purchases = (_flow_of_some(facts, side, firm, (rows, net)) for side in (facts.book.seller, facts.book.buyer))
    starts = _starts(facts, rules, currency, (firm, first, age), (sales, purchases))
    hits = (_hit(facts, rules, currency, sales, starts.take(slice(place, place + 1))) for place in range(len(starts)))
    return Found(tuple(hit for hit in hits if hit is not None))


def _flow_of_some(facts: Facts, side: npt.NDArray[np.int32], firm: Longs, standing: tuple[Longs, Longs]) -> Flow:
    """What some firms sold or bought: those rows of which `side` is one of them."""
    rows, net = standing
    own = rows[np.isin(side[rows], firm)]
    return flow_of(side[own], facts.invoice_day[own], net[own], own)


def _starts(
    facts: Facts, rules: Violent, currency: str, young: tuple[Longs, Longs, Longs], flows: tuple[Flow, Flow]
) -> Starts:
    """Young firms (number, first day, age) that pass quota and input; `flows`: their sales and purchases."""
    (firm, first, age), (sales, purchases) = young, flows
    last = first + rules.quota_days - 1
    before, after = quotas_on(facts, currency, firm, first), quotas_on(facts, currency, firm, last)
    used, bought = sales.total(firm, first, last), purchases.total(firm, np.full(len(firm), NEVER), last)
    filed = filed_months(facts).any(firm) | ~is_due(facts, months_of(first), rules.filing_days)
    raised = (after.cap == 0) & (before.total > 0) & (after.total > before.total)
    # Python's integers: a quota may be any number that stands for "no limit".
    pairs = zip(used.tolist(), after.total.tolist(), strict=True)
    used_up = np.array([sold * MILLION >= rules.quota_share * quota > 0 for sold, quota in pairs], np.bool_)
    found = Starts(firm, age, first, used, bought, filed, after.total, after.cap, raised)
    return found.take(used_up & ((used >= rules.input_times * bought) | ~filed))


def signs_of(facts: Facts, rules: Violent, *, firm: int, sales: Flow, span: slice, cap: int, raised: bool) -> Signs:
    """The signs of one firm's start; `span`: places of its sales in the flow."""
    rows, cents = sales.row[span], np.diff(sales.until)[span]
    day = sales.days(np.arange(span.start, span.stop))
    peak = int(np.add.reduceat(cents, grouped(day)[2][:-1]).max())
    length = int(day[-1] - day[0]) + 1
    buyers = np.unique(facts.book.buyer[rows]).astype(np.int64)
    away = int(_out_of_area(facts, firm, buyers).sum())
    face = facts.gross.net_cents[rows]
    near = is_tax_control(facts)[rows] & (face * MILLION >= rules.cap_nearness * cap) & (face <= cap)
    shown = {
        PEAK: peak * length >= rules.peak_times * int(cents.sum()),
        AWAY: len(buyers) >= rules.least_buyers and away * MILLION > rules.away_share * len(buyers),
        NEAR_CAP: cap > 0 and int(near.sum()) * MILLION > rules.near_share * len(rows),
        RAISED: raised,
    }
    return Signs(tuple(name for name, there in shown.items() if there), peak, len(buyers), away, int(near.sum()))


def _out_of_area(facts: Facts, firm: int, buyers: Longs) -> Flags:
    """Which buyers lie in another province than the firm, both known."""
    regions = (facts.register.region[int(each)].as_py() for each in (firm, *buyers.tolist()))
    home, *theirs = ((region or "")[:_PROVINCE] for region in regions)
    return np.array([bool(home) and bool(each) and each != home for each in theirs], np.bool_)


def _hit(facts: Facts, rules: Violent, currency: str, sales: Flow, start: Starts) -> Hit | None:
    """The hit of one firm, if it shows a sign."""
    firm, first, quota, used = (int(each[0]) for each in (start.firm, start.first, start.quota, start.used))
    low, high = (int(each) for each in sales.span(firm, first, first + rules.quota_days - 1))
    cap, raised = int(start.cap[0]), bool(start.raised[0])
    signs = signs_of(facts, rules, firm=firm, sales=sales, span=slice(low, high), cap=cap, raised=raised)
    if not signs.names:
        return None
    taxpayer = str(facts.ids[firm].as_py())
    rows, more = listed(sales.row[low:high])
    measures: dict[str, int | str] = {
        "age_days": int(start.age[0]),
        "sold_cents": used,
        "sold_count": high - low,
        "quota_cents": quota,
        "used_share": used * MILLION // quota,
        "bought_cents": int(start.bought[0]),
        "unfiled": int(not start.filed[0]),
        "signs": " ".join(signs.names),
        "peak_cents": signs.peak_cents,
        "buyers": signs.buyers,
        "away_buyers": signs.away,
        "near_cap_count": signs.near_cap,
        "currency": currency,
    }
    return Hit(
        anchor=(taxpayer, currency),
        first_day=first,
        last_day=int(sales.days(high - 1)),
        members=(Member("Taxpayer", taxpayer, "issuer"),),
        evidence={"sales": facts.gross.invoice[rows]},
        measures=measures,
        score=used * MILLION // quota,
        high=int(start.age[0]) < rules.high_young_days,
        left_out=more,
    )


def explain(story: Story) -> Sentences:
    """Who used which quota up how soon, what it bought, and which signs it shows."""
    firm, shown = story.one("issuer"), str(story.raw["signs"]).split()
    en, zh = story.en, story.zh
    signs_en = {
        PEAK: f"{en['peak_cents']} on one day",
        AWAY: f"{en['away_buyers']} of {story.counted('buyers', 'buyer')} in another province",
        NEAR_CAP: f"{story.counted('near_cap_count', 'invoice')} just below the cap",
        RAISED: "a quota raised meanwhile",
    }
    signs_zh = {
        PEAK: f"单日开具 {zh['peak_cents']}",
        AWAY: f"{zh['buyers']} 户购方中 {zh['away_buyers']} 户在外省",
        NEAR_CAP: f"{zh['near_cap_count']} 份顶额开具",
        RAISED: "期间提高额度",
    }
    return Sentences(
        en=f"{firm} sold first {en['age_days']} after its registration, and from {story.first_on} to {story.last_on} "
        f"issued {story.counted('sold_count', 'invoice')} of {en['sold_cents']}, {en['used_share']} of its quota of "
        f"{en['quota_cents']}, after purchases of {en['bought_cents']}: {', '.join(signs_en[name] for name in shown)}.",
        zh=f"{firm} 登记 {zh['age_days']} 后首次开票,{story.first_on} 至 {story.last_on} 开具 {zh['sold_count']} 份,"
        f"金额 {zh['sold_cents']},占额度 {zh['quota_cents']} 的 {zh['used_share']},进项仅 {zh['bought_cents']};"
        f"{'、'.join(signs_zh[name] for name in shown)}。",
    )


PATTERN = Pattern(
    name="violent_issuing",
    number=3,
    en="violent false issuing",
    zh="暴力虚开",
    rules=Violent,
    measures={
        "age_days": Measure("days", "age at the first sale", "首次开票距登记天数", ("sales",)),
        "sold_cents": Measure("cents", "sold at the start", "初期开票金额", ("sales",)),
        "sold_count": Measure("count", "invoices at the start", "初期发票份数", ("sales",)),
        "quota_cents": Measure("cents", "monthly quota", "发票总额度"),
        "used_share": Measure("share", "share of the quota used", "额度使用占比", ("sales",)),
        "bought_cents": Measure("cents", "bought until the end of the start", "同期进项金额"),
        "unfiled": Measure("count", "1 where no filing was ever made", "从未申报(1 为是)"),
        "signs": Measure("text", "signs", "特征"),
        "peak_cents": Measure("cents", "sold on the best day", "单日最高开票额", ("sales",)),
        "buyers": Measure("count", "distinct buyers", "购方户数", ("sales",)),
        "away_buyers": Measure("count", "buyers in another province", "外省购方户数", ("sales",)),
        "near_cap_count": Measure("count", "invoices near the cap", "顶额发票份数", ("sales",)),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={"issuer": ("the new firm", "新办企业"), "sales": ("its first sales", "初期开具的发票")},
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.quota_days,
    # Of buyers the register alone is read (their region); a month becomes due by the newest day.
    reach=Reach(
        How.OWN,
        reads=(INVOICES, "Taxpayer", "QuotaGrant", "Filing"),
        subjects=("issuer",),
        beyond=("Taxpayer",),
        world=lambda facts, rules: last_due_month(facts, rules.filing_days),
    ),
)
