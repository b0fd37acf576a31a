"""Clearance outlier (办结无异常率异常): an officer finds nothing far more often than peers with the same work.

Definition, for each calendar year: cases are closed tasks of the `kinds`, struck those closed with one of the
`cleared` outcomes. An officer stands out by the comparison of `peers`: the least rate that the own cases allow
(Wilson's bound, corrected for all officers compared) is above the highest one that the peers' cases of the same grids
and risks allow. Three of three are too few to say anything. High where the two rates are `high_gap` apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.clearances import CLEARED, KINDS, Closed, clearable, closing_events, first_instant, years_of
from queries.control.hits import AlertStory, ControlRule, Hit
from queries.control.peers import Care, Cases, Outlier, outliers
from queries.control.work import Work
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule

PEERS = {
    "grid": ("officers of the same grids", "同网格人员"),
    "above": ("officers of the grids beside theirs", "相邻网格人员"),
    "all": ("all officers", "全体人员"),
}


@dataclass(frozen=True, slots=True)
class ClearanceOutlier(Rules):
    """How carefully is compared."""

    kinds: str = rule(KINDS, "words", en="kinds of tasks, comma separated", zh="事项类型")
    cleared: str = rule(CLEARED, "words", en="outcomes that clear, comma separated", zh="视为无异常的结果")
    least_own: int = rule(20, "count", en="least cases of an officer", zh="最少事项数", least=1)
    least_peers: int = rule(2, "count", en="least peers", zh="最少同组人数", least=1)
    least_cases: int = rule(30, "count", en="least cases of peers", zh="同组最少事项数", least=1)
    alpha: int = rule(50_000, "share", en="chance of a false alarm in all", zh="总体误报概率", least=1, most=500_000)
    high_gap: int = rule(200_000, "share", en="gap from which it is high", zh="差距(高风险)")


def scan(work: Work, rules: ClearanceOutlier) -> Iterator[Hit]:
    """Year by year."""
    closed = clearable(work, rules.kinds, rules.cleared)
    years = years_of(closed.day)
    care = Care(rules.least_own, rules.least_peers, rules.least_cases, rules.alpha)
    for year in np.unique(years).tolist():
        part = closed.take(years == year)
        cases = Cases(part.officer, part.grid, part.risk, part.cleared)
        for one in outliers(work, cases, care):
            yield _hit(work, part, one, year, high=one.least_rate - one.peers_most >= rules.high_gap)


def _hit(work: Work, closed: Closed, one: Outlier, year: int, *, high: bool) -> Hit:
    tasks = closed.task[(closed.officer == one.officer) & closed.cleared]
    officer = work.officer(one.officer)
    return Hit(
        officer=officer,
        subject=officer,
        at=first_instant(year),
        high=high,
        measures=peer_measures(one, year),
        events=closing_events(work, tasks),
    )


def peer_measures(one: Outlier, year: int) -> dict[str, int | str]:
    """What a comparison says."""
    return {
        "year": year,
        "cases": one.cases,
        "struck": one.struck,
        "least_rate": one.least_rate,
        "peers_most": one.peers_most,
        "peer_cases": one.peer_cases,
        "peers": one.peers,
    }


PEER_MEASURES = {
    "year": Measure("year", "calendar year", "年度"),
    "cases": Measure("count", "cases of the officer", "本人事项数"),
    "least_rate": Measure("share", "least rate that the own cases allow", "本人比例下限"),
    "peers_most": Measure("share", "highest rate that the peers' cases allow", "同组比例上限"),
    "peer_cases": Measure("count", "cases of peers", "同组事项数"),
    "peers": Measure("text", "who the peers are", "同组范围"),
}


def explain(story: AlertStory) -> Sentences:
    """Both rates, and who the peers are."""
    en, zh = PEERS[str(story.raw["peers"])]
    return Sentences(
        en=f"In {story.raw['year']} {story.officer} found nothing in {story.en['struck']} of {story.en['cases']} "
        f"cases: a rate of {story.en['least_rate']} at least, where {en} with the same risks come to "
        f"{story.en['peers_most']} at most ({story.en['peer_cases']} cases).",
        zh=f"{story.raw['year']} 年 {story.officer} 办结 {story.zh['cases']} 件中 {story.zh['struck']} 件"
        f"认定无异常,比例至少 {story.zh['least_rate']};{zh}同类风险事项至多 {story.zh['peers_most']}"
        f"(共 {story.zh['peer_cases']} 件)。",
    )


RULE = ControlRule(
    name="clearance_outlier",
    en="clears far more often than peers with the same work",
    zh="无异常认定率显著偏高",
    rules=ClearanceOutlier,
    measures=PEER_MEASURES | {"struck": Measure("count", "cases that found nothing", "认定无异常数")},
    scan=scan,
    explain=explain,
)
