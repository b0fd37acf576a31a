"""Cleared, then abnormal (认定无异常后转异常): firms that an officer cleared turn out abnormal, time and again.

Definition, for each calendar year of clearance: cases are the firms that an officer cleared (the first such closing of
the year counts, with its grid and risk), struck those that turned abnormal within `within_days` days after that day.
Abnormal is: a task about the firm, of another officer, closed with one of the `abnormal` outcomes; a finding confirmed
about it; an invoice it sold flagged as an abnormal voucher. Reported from `least_struck` such firms on, if the officer
stands out by the comparison of `peers`: firms turn abnormal after anybody's clearance now and then. Always high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph.store.questions import Among
from queries.control.clearance_outlier import PEER_MEASURES, PEERS, peer_measures
from queries.control.clearances import CLEARED, KINDS, Closed, clearable, closing_events, first_instant, years_of
from queries.control.hits import AlertStory, ControlRule, Hit
from queries.control.interests import joined
from queries.control.peers import Care, Cases, Outlier, outliers
from queries.control.work import ABSENT, FOREVER, Flags, Longs, Work, codes_of, micros
from queries.detection.columns import NEVER, day_numbers, longs_of
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.event_days import MICROS_A_DAY


@dataclass(frozen=True, slots=True)
class ClearedThenAbnormal(Rules):
    """What turning abnormal is, and how carefully is compared."""

    kinds: str = rule(KINDS, "words", en="kinds of tasks, comma separated", zh="事项类型")
    cleared: str = rule(CLEARED, "words", en="outcomes that clear, comma separated", zh="视为无异常的结果")
    abnormal: str = rule("移交稽查,transferred", "words", en="outcomes that find something grave", zh="视为异常的结果")
    within_days: int = rule(365, "days", en="days within which a firm turns abnormal", zh="转异常天数")
    least_struck: int = rule(3, "count", en="least firms that turned abnormal", zh="最少转异常户数", least=1)
    least_own: int = rule(5, "count", en="least firms cleared", zh="最少认定户数", least=1)
    least_peers: int = rule(2, "count", en="least peers", zh="最少同组人数", least=1)
    least_cases: int = rule(30, "count", en="least cases of peers", zh="同组最少事项数", least=1)
    alpha: int = rule(50_000, "share", en="chance of a false alarm in all", zh="总体误报概率", least=1, most=500_000)


@dataclass(frozen=True, slots=True)
class _Firms:
    """A row a firm that an officer cleared first by this task, and whether it turned abnormal."""

    closed: Closed
    firm: Longs
    turned: Flags


def scan(work: Work, rules: ClearedThenAbnormal) -> Iterator[Hit]:
    """Year by year."""
    closed = clearable(work, rules.kinds, rules.cleared)
    closed = closed.take(closed.cleared)
    years = years_of(closed.day)
    care = Care(rules.least_own, rules.least_peers, rules.least_cases, rules.alpha)
    for year in np.unique(years).tolist():
        firms = _firms(work, closed.take(years == year), rules)
        part = firms.closed
        for one in outliers(work, Cases(part.officer, part.grid, part.risk, firms.turned), care):
            if one.struck >= rules.least_struck:
                yield _hit(work, firms, one, year)


def _firms(work: Work, closed: Closed, rules: ClearedThenAbnormal) -> _Firms:
    task, firm = work.concerns
    row, pair = joined(closed.task, task)
    firms = firm[pair]
    order = np.lexsort((closed.task[row], closed.day[row], firms, closed.officer[row]))
    row, firms = row[order], firms[order]
    new = np.ones(len(row), np.bool_)
    new[1:] = (np.diff(closed.officer[row]) != 0) | (np.diff(firms) != 0)
    first, firms = closed.take(row[new]), firms[new]
    return _Firms(first, firms, _turned(work, first, firms, rules))


def _turned(work: Work, closed: Closed, firm: Longs, rules: ClearedThenAbnormal) -> Flags:
    """Did something abnormal of another officer come within the days after?"""
    bad_firm, day, officer = _abnormal(work, rules.abnormal)
    row, other = joined(firm, bad_firm)
    after = day[other] - closed.day[row]
    counts = (after > 0) & (after <= rules.within_days) & (officer[other] != closed.officer[row])
    turned = np.zeros(len(firm), np.bool_)
    turned[row[counts]] = True
    return turned


def _abnormal(work: Work, outcomes: str) -> tuple[Longs, Longs, Longs]:
    """Firms, the day on which each turned abnormal, and the officer who found it (`ABSENT`: nobody in a task)."""
    tasks = work.tasks
    grave = np.isin(tasks.outcome, codes_of(tasks.outcomes, outcomes)) & (work.closed_day != NEVER)
    task, firm = work.concerns
    kept = grave[task]
    found, flagged = _confirmed(work), _flagged(work)
    nobody = np.full(len(found[0]) + len(flagged[0]), ABSENT)
    return (
        np.concatenate([firm[kept], found[0], flagged[0]]),
        np.concatenate([work.closed_day[task[kept]], found[1], flagged[1]]),
        np.concatenate([work.last_handler[task[kept]], nobody]),
    )


def _confirmed(work: Work) -> tuple[Longs, Longs]:
    """Taxpayers of confirmed findings and the day of the decision."""
    table = work.columns("Finding", "label", "decided_at")
    number = longs_of(table["number"])
    day = micros(table["decided_at"]) // MICROS_A_DAY
    confirmed = np.array([label == "confirmed" for label in table["label"].to_pylist()], np.bool_)
    links = work.store.link_columns("INVOLVES", (), as_of=work.as_of)
    firm = work.taxpayers.of(longs_of(links["target"]))
    row, link = joined(number[confirmed], longs_of(links["source"]))
    kept = firm[link] >= 0
    return firm[link][kept], day[confirmed][row][kept]


def _flagged(work: Work) -> tuple[Longs, Longs]:
    """Sellers of abnormal vouchers and the day from which the voucher is one."""
    flags = work.store.link_columns("FLAGGED_ABNORMAL", ("valid_from",), as_of=work.as_of)
    if flags.num_rows == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    wanted = np.unique(longs_of(flags["target"]))
    sold = work.store.link_columns("SOLD", (), among=Among("target", wanted), as_of=work.as_of)
    row, link = joined(longs_of(flags["target"]), longs_of(sold["target"]))
    firm = work.taxpayers.of(longs_of(sold["source"]))[link]
    day = day_numbers(flags["valid_from"])[row]
    kept = (firm >= 0) & (day > NEVER) & (day < FOREVER)
    return firm[kept], day[kept]


def _hit(work: Work, firms: _Firms, one: Outlier, year: int) -> Hit:
    rows = np.flatnonzero((firms.closed.officer == one.officer) & firms.turned)
    officer = work.officer(one.officer)
    return Hit(
        officer=officer,
        subject=officer,
        at=first_instant(year),
        high=True,
        measures=peer_measures(one, year),
        events=closing_events(work, firms.closed.task[rows]),
        taxpayers=tuple(work.taxpayers.id(firm) for firm in firms.firm[rows].tolist()),
    )


def explain(story: AlertStory) -> Sentences:
    """How many of how many firms, and how peers fare."""
    en, zh = PEERS[str(story.raw["peers"])]
    return Sentences(
        en=f"Of {story.en['cases']} firms that {story.officer} cleared in {story.raw['year']}, {story.en['struck']} "
        f"turned abnormal afterwards: a rate of {story.en['least_rate']} at least, where firms cleared by {en} come to "
        f"{story.en['peers_most']} at most ({story.en['peer_cases']} firms).",
        zh=f"{story.officer} 于 {story.raw['year']} 年认定无异常的 {story.zh['cases']} 户中,"
        f"其后 {story.zh['struck']} 户转为异常,比例至少 {story.zh['least_rate']};"
        f"{zh}认定的企业至多 {story.zh['peers_most']}(共 {story.zh['peer_cases']} 户)。",
    )


RULE = ControlRule(
    name="cleared_then_abnormal",
    en="firms cleared turned abnormal time and again",
    zh="认定无异常的企业其后屡转异常",
    rules=ClearedThenAbnormal,
    measures=PEER_MEASURES | {"struck": Measure("count", "firms that turned abnormal", "其后转异常户数")},
    scan=scan,
    explain=explain,
)
