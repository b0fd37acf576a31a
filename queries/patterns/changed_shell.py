"""Pattern 6, changed shell (空壳变更): a firm changes hands or place, and then issues as it never did.

Definition, for a seller and a currency, over blue invoices to others, net of reversals, neither void nor reversed:

* The register of changes tells a change of the legal representative, a share, the address or the scope of business.
* *After* are the days from the change to `after_days` later, both included. In them the firm sold at least
  `least_count` invoices and `least_cents` [D: a first invoice in months is ordinary, a hundred thousand is not].
* And one of two: the firm *surges*: in some `month_days` days that begin with one of these sales (and do not go beyond
  the days after) it sold at least `surge_times` the mean of as many days before the change; or it *wakes*: its first
  sale after the change came at least `sleep_days` after the last one before it. [D] A month is held against a month:
  ninety days against the mean of one month would report every firm whose trade is steady.
* The mean is taken over the `mean_days` days before the change, or over as many of them as are known: since the
  firm's registration and since the oldest invoice of anybody. The sleep of a firm that had not sold before counts from
  the same day. With less than `least_known_days` known no surge is told [D].

High where it surges and wakes. All sums are differences of one sorted running sum, two searches a change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, NEVER
from queries.detection.facts import Facts
from queries.detection.flow import Flow, flow_of
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows
from queries.detection.words import UNTOLD, places_in

Longs = npt.NDArray[np.int64]
ITEMS = ("legal_representative", "share", "address", "scope")
SURGES, WAKES, BOTH = "surge", "wake", "surge_and_wake"


@dataclass(frozen=True, slots=True)
class Shell(Rules):
    """Thresholds of domain.md, pattern 6."""

    after_days: int = rule(90, "days", en="days after the change that are looked at", zh="变更后观察天数")
    surge_times: int = rule(3, "count", en="times the mean before that make a surge", zh="放量倍数")
    mean_days: int = rule(180, "days", en="days before the change behind the mean", zh="变更前均值天数", least=1)
    month_days: int = rule(30, "days", en="length of a month that is compared", zh="比较月份天数", least=1)
    sleep_days: int = rule(90, "days", en="least sleep before waking", zh="最短休眠天数")
    least_known_days: int = rule(90, "days", en="least days known before a change", zh="变更前最少已知天数", least=1)
    least_count: int = rule(5, "count", en="least invoices after the change", zh="变更后最少份数", least=1)
    least_cents: int = rule(10_000_000, "cents", en="least value sold after the change", zh="变更后最低金额")


@dataclass(frozen=True, slots=True)
class Changes:
    """c changes with sales after them: firm, day, place in `ITEMS`, places of the sales after in the flow; int64[c].

    `known`: days before the change that are known, at most those of the mean; `before`: cents sold in them;
    `slept`: days from the last sale before (or the first day known) to the first one after.
    """

    firm: Longs
    day: Longs
    item: Longs
    low: Longs
    high: Longs
    known: Longs
    before: Longs
    slept: Longs

    def __len__(self) -> int:
        """How many."""
        return len(self.firm)

    def at(self, place: int) -> Change:
        """One of them."""
        return Change(*(int(getattr(self, name)[place]) for name in Changes.__slots__))


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as in `Changes`."""

    firm: int
    day: int
    item: int
    low: int
    high: int
    known: int
    before: int
    slept: int


def detect(facts: Facts, rules: Shell, currency: str) -> Found:
    """Every change after which a firm surged or woke."""
    rows, net = standing_rows(facts, currency)
    if not len(rows):
        return Found(())
    sales = flow_of(facts.book.seller[rows], facts.invoice_day[rows], net[rows], rows)
    changes = changes_with_sales(facts, rules, sales)
    hits = (_hit(facts, rules, currency, sales, changes.at(place)) for place in range(len(changes)))
    return Found(tuple(hit for hit in hits if hit is not None))


def changes_with_sales(facts: Facts, rules: Shell, sales: Flow) -> Changes:
    """Changes after which enough was sold, and of which a surge or an awakening is possible, by firm, day and item."""
    firm, day, item = _told_changes(facts)
    low, high = sales.span(firm, day, day + rules.after_days)
    after = sales.until[high] - sales.until[low]
    kept = np.flatnonzero((high - low >= rules.least_count) & (after >= rules.least_cents))
    firm, day, item = firm[kept], day[kept], item[kept]
    low, high, after = low[kept], high[kept], after[kept]
    start = np.maximum(facts.register.registered[firm], facts.first_day)
    known = np.clip(day - start, 0, rules.mean_days)
    before = sales.total(firm, day - known, day - 1)
    earlier = np.maximum(low - 1, 0)
    sold = (low > 0) & (sales.firms(earlier) == firm)
    slept = sales.days(low) - np.where(sold, sales.days(earlier), start)
    surges = (known >= rules.least_known_days) & (after * known >= rules.surge_times * before * rules.month_days)
    kept = np.flatnonzero(((surges & (before > 0)) | (slept >= rules.sleep_days)) & facts.judged(firm))
    return Changes(*(each[kept] for each in (firm, day, item, low, high, known, before, slept)))


def _told_changes(facts: Facts) -> tuple[Longs, Longs, Longs]:
    """Firm, day and item (its place) of each change that counts, by firm, day and item."""
    papers = facts.about("RegistrationChange", "item", "changed_on", via="CHANGED")
    item = places_in(papers.texts("item"), ITEMS)
    day = papers.days("changed_on")
    kept = np.flatnonzero((item != UNTOLD) & (day != NEVER))
    rows = np.unique(np.stack([papers.vertex[kept], day[kept], item[kept]], axis=1), axis=0)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _peak(rules: Shell, sales: Flow, change: Change) -> int:
    """The most that was sold in a month's days from one of the sales after the change on."""
    places = np.arange(change.low, change.high)
    first = sales.days(places)
    until = np.minimum(first + rules.month_days - 1, change.day + rules.after_days)
    return int(sales.total(sales.firms(places), first, until).max())


def _hit(facts: Facts, rules: Shell, currency: str, sales: Flow, change: Change) -> Hit | None:
    """The hit of one change, if it is one."""
    peak = _peak(rules, sales, change)
    usual = rules.surge_times * change.before * rules.month_days
    surges = change.before > 0 and change.known >= rules.least_known_days and peak * change.known >= usual
    wakes = change.slept >= rules.sleep_days
    if not (surges or wakes):
        return None
    after = int(sales.until[change.high] - sales.until[change.low])
    measures: dict[str, int | str] = {
        "item": ITEMS[change.item],
        "sign": BOTH if surges and wakes else SURGES if surges else WAKES,
        "after_cents": after,
        "after_count": change.high - change.low,
        "peak_cents": peak,
        "before_cents": change.before,
        "before_days": change.known,
        "slept_days": change.slept,
        "currency": currency,
    }
    first_before, _ = sales.span(change.firm, change.day - change.known, change.day - 1)
    after_rows, more = listed(sales.row[change.low : change.high])
    before_rows, yet_more = listed(sales.row[int(first_before) : change.low])
    taxpayer = str(facts.ids[change.firm].as_py())
    return Hit(
        anchor=(taxpayer, currency),
        first_day=change.day,
        last_day=int(sales.days(change.high - 1)),
        members=(Member("Taxpayer", taxpayer, "shell"),),
        evidence={"after": facts.gross.invoice[after_rows], "before": facts.gross.invoice[before_rows]},
        measures=measures,
        score=after * MILLION // (after + change.before),
        high=surges and wakes,
        left_out=more + yet_more,
    )


_ITEM_WORDS = {
    "legal_representative": ("legal representative", "法定代表人"),
    "share": ("shareholders", "投资方"),
    "address": ("address", "注册地址"),
    "scope": ("scope of business", "经营范围"),
}


def explain(story: Story) -> Sentences:
    """What changed when, and what the firm sold before and after."""
    firm = story.one("shell")
    en_item, zh_item = _ITEM_WORDS[str(story.raw["item"])]
    woke = story.raw["sign"] != SURGES
    return Sentences(
        en=f"{firm} changed its {en_item} on {story.first_on} and until {story.last_on} issued "
        f"{story.counted('after_count', 'invoice')} of {story.en['after_cents']}, after {story.en['before_cents']} in "
        f"the {story.en['before_days']} before"
        + (
            f" and {story.en['slept_days']} without any sale."
            if woke
            else f"; its best month was {story.en['peak_cents']}."
        ),
        zh=f"{firm} 于 {story.first_on} 变更{zh_item},至 {story.last_on} 开具 {story.zh['after_count']} 份发票,金额 "
        f"{story.zh['after_cents']},而变更前 {story.zh['before_days']} 销售额为 {story.zh['before_cents']}"
        + (f",且此前 {story.zh['slept_days']} 无销售。" if woke else f";最高单月为 {story.zh['peak_cents']}。"),
    )


PATTERN = Pattern(
    name="changed_shell",
    number=6,
    en="changed shell",
    zh="空壳变更",
    rules=Shell,
    measures={
        "item": Measure("text", "what changed", "变更项目"),
        "sign": Measure("text", "surge, wake or both", "特征"),
        "after_cents": Measure("cents", "sold after the change", "变更后销售额", ("after",)),
        "after_count": Measure("count", "invoices after the change", "变更后发票份数", ("after",)),
        "peak_cents": Measure("cents", "sold in the best month after the change", "变更后最高单月销售额", ("after",)),
        "before_cents": Measure("cents", "sold in the known days before the change", "变更前销售额", ("before",)),
        "before_days": Measure("days", "days known before the change", "变更前已知天数"),
        "slept_days": Measure("days", "days without a sale before the first one after the change", "休眠天数"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "shell": ("the firm that changed", "变更企业"),
        "after": ("sales after the change", "变更后开具的发票"),
        "before": ("sales before the change", "变更前开具的发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.after_days,
    # Days before a change are known since the oldest invoice of anybody.
    reach=Reach(
        How.OWN,
        reads=(INVOICES, "Taxpayer", "RegistrationChange"),
        subjects=("shell",),
        world=lambda facts, _rules: str(facts.first_day),
    ),
)
