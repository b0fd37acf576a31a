"""Pattern 11, burst before vanishing (走逃前暴增): a firm issues most of what it ever issued, then falls silent.

Definition, for a seller and a currency, over blue invoices to others, net of reversals, neither void nor reversed:

* The *end* is the `burst_days` days that end with the day of the firm's last invoice, that day included.
* At least `share` of all that the firm ever sold was sold in the end.
* The firm is *silent* [D]: the newest invoice of anybody is at least `silent_days` later than its last one, and at
  least `quiet_times` the mean pause between its invoices in the end (of pauses at random one in fifty is that long).
* Its life before the end is known: it sold before, or it was registered in the end [D: where facts begin within the
  end, everything would lie in it].
* It *bursts* [D]: it sold at least `times` as much a day in the end as in the days before, over `burst_days` and over
  all days from its registration (its first sale, if earlier) or the oldest invoice of anybody, whichever is later.
  Where facts begin shortly before the end, half of all known sales lie in it at an even pace; a share alone tells a
  burst only of a long life. A firm that was registered in the end has no days before it.
* [D] The end holds at least `least_count` invoices and `least_cents`, so that a firm with three invoices a year is
  not reported each time it pauses.

Missed VAT filings (months with sales that are due and not filed) and a status that is not normal only confirm: they
make a finding high. Time is that of a few sums by firm: linear in the invoices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, NEVER, grouped, months_of
from queries.detection.facts import Facts
from queries.detection.filings import Filed, filed_months, is_due
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows

Longs = npt.NDArray[np.int64]
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Burst(Rules):
    """Thresholds of domain.md, pattern 11."""

    share: int = rule(500_000, "share", en="least share of lifetime sales in the end", zh="末期开票占比", least=1)
    burst_days: int = rule(60, "days", en="length of the end", zh="末期天数", least=1)
    silent_days: int = rule(10, "days", en="least silence after the last invoice", zh="最短停开天数")
    quiet_times: int = rule(4, "count", en="silence in mean pauses of the end", zh="停开与平均间隔之比")
    times: int = rule(2, "count", en="sales a day in the end to those before", zh="末期与此前日均销售之比")
    least_count: int = rule(6, "count", en="least invoices in the end", zh="末期最少份数")
    least_cents: int = rule(10_000_000, "cents", en="least value sold in the end", zh="末期最低金额")
    filing_days: int = rule(15, "days", en="days after a month until it is filed", zh="期后申报天数")


@dataclass(frozen=True, slots=True)
class End:
    """The end of one firm: all its sales and those of the end, oldest first, and cents of both."""

    firm: int
    rows: Longs
    late: Longs
    burst: int
    life: int


def detect(facts: Facts, rules: Burst, currency: str) -> Found:
    """Every firm that sold most of its goods just before it fell silent."""
    ends = [end for end in _ends(facts, rules, currency) if end.burst * MILLION >= rules.share * end.life]
    filed = filed_months(facts) if ends else Filed(np.zeros(0, np.int64))
    return Found(tuple(_told(facts, rules, currency, end, filed) for end in ends))


def _ends(facts: Facts, rules: Burst, currency: str) -> Iterator[End]:
    """Ends of firms that fell silent after a life that is known, and sold enough in them, by firm."""
    rows, net = standing_rows(facts, currency)
    firm, order, starts = grouped(facts.book.seller[rows].astype(np.int64))
    if not len(firm):
        return
    rows = rows[order]
    day, sizes = facts.invoice_day[rows], np.diff(starts)
    last = day[starts[1:] - 1]
    begin = last - rules.burst_days + 1
    late = day >= np.repeat(begin, sizes)
    count = np.add.reduceat(late.astype(np.int64), starts[:-1])
    burst = np.add.reduceat(np.where(late, net[rows], 0), starts[:-1])
    life = np.add.reduceat(net[rows], starts[:-1])
    silence, busy = facts.last_day - last, last - day[starts[1:] - count]
    silent = (silence >= rules.silent_days) & (silence * (count - 1) >= rules.quiet_times * busy)
    lived = (count < sizes) | (facts.register.registered[firm] >= begin)
    enough = (count >= rules.least_count) & (burst >= rules.least_cents)
    before = np.maximum(0, begin - _known_from(facts, firm, day[starts[:-1]]))
    bursts = burst * before >= rules.times * (life - burst) * rules.burst_days
    for place in np.flatnonzero(silent & lived & enough & bursts).tolist():
        own = rows[starts[place] : starts[place + 1]]
        yield End(int(firm[place]), own, own[len(own) - int(count[place]) :], int(burst[place]), int(life[place]))


def _known_from(facts: Facts, firm: Longs, first: Longs) -> Longs:
    """The day from which on the sales of each firm are known; of firms and the days of their first sales."""
    oldest = facts.first_day
    registered = facts.register.registered[firm]
    return np.maximum(oldest, np.minimum(np.where(registered == NEVER, oldest, registered), first))


def _told(facts: Facts, rules: Burst, currency: str, end: End, filed: Filed) -> Hit:
    months = np.unique(months_of(facts.invoice_day[end.rows]))
    due = is_due(facts, months, rules.filing_days)
    missed = int((due & ~filed.covers(np.full(len(months), end.firm), months)).sum())
    status = str(facts.register.status[end.firm].as_py() or "")
    taxpayer = str(facts.ids[end.firm].as_py())
    share = end.burst * MILLION // end.life
    kept, more = listed(end.late)
    return Hit(
        anchor=(taxpayer, currency),
        first_day=int(facts.invoice_day[end.late[0]]),
        last_day=int(facts.invoice_day[end.late[-1]]),
        members=(Member("Taxpayer", taxpayer, "issuer"),),
        evidence={"burst": facts.gross.invoice[kept]},
        measures={
            "burst_share": share,
            "burst_cents": end.burst,
            "lifetime_cents": end.life,
            "burst_count": len(end.late),
            "missed_filings": missed,
            "status": status,
            "currency": currency,
        },
        score=share,
        high=missed > 0 or status not in ("", NORMAL),
        left_out=more,
    )


def explain(story: Story) -> Sentences:
    """Who issued how much of its lifetime's sales before it fell silent."""
    firm = story.one("issuer")
    missed = int(story.raw["missed_filings"])
    were = story.form("missed_filings", "was", "were")
    return Sentences(
        en=f"{firm} issued {story.counted('burst_count', 'invoice')} of {story.en['burst_cents']} between "
        f"{story.first_on} and {story.last_on}, {story.en['burst_share']} of the {story.en['lifetime_cents']} that it "
        "ever sold, and none since"
        + (f"; {story.counted('missed_filings', 'month')} with sales {were} not filed." if missed else "."),
        zh=f"{firm} 在 {story.first_on} 至 {story.last_on} 期间开具 {story.zh['burst_count']} 份发票,金额 "
        f"{story.zh['burst_cents']},占其全部销售额 {story.zh['lifetime_cents']} 的 {story.zh['burst_share']},"
        "此后未再开票" + (f";有销售而未申报的月份 {story.zh['missed_filings']} 个。" if missed else "。"),
    )


PATTERN = Pattern(
    name="burst_before_vanishing",
    number=11,
    en="burst before vanishing",
    zh="走逃前暴增",
    rules=Burst,
    measures={
        "burst_share": Measure("share", "share of lifetime sales sold at the end", "末期销售占比", ("burst",)),
        "burst_cents": Measure("cents", "sold at the end", "末期销售额", ("burst",)),
        "lifetime_cents": Measure("cents", "sold in all", "全部销售额"),
        "burst_count": Measure("count", "invoices at the end", "末期发票份数", ("burst",)),
        "missed_filings": Measure("count", "months with sales that were not filed", "有销售未申报月份"),
        "status": Measure("text", "registration status", "登记状态"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={"issuer": ("the firm", "企业"), "burst": ("its last invoices", "末期开具的发票")},
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.burst_days,
    # Firms fall silent because days pass.
    reach=Reach(How.WHOLE, reads=(INVOICES, "Taxpayer", "Filing")),
)
