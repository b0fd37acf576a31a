"""Officers against their peers: intervals of rates, never raw ratios. Read by the rules that compare.

Cases are split by *stratum*: the grid that held the task, and its risk. Of each stratum an officer's peers are the
others with cases in the same grid and of the same risk; where these are fewer than `least_peers` or have fewer than
`least_cases` cases, those of all grids that are part of the same grid above; else everybody's cases of that risk.

With n cases of an officer, k of them of the kind looked for, and z the one-sided normal quantile of 1 - alpha / m, m
the officers compared (Bonferroni's correction: all together raise a false alarm with a chance of at most alpha):

* the officer's least rate is Wilson's lower bound: (p + z²/2n - z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), p = k/n
  (Wilson 1927; Brown, Cai and DasGupta 2001, section 3.1.1).
* the peers' highest rate is the mean of Wilson's upper bounds of the strata, weighted by the officer's own cases: what
  peers would do at most with the officer's mix.

An officer stands out when the least rate is above the peers' highest one. Two intervals that do not touch are a
stricter condition than a test of the difference. Officers with fewer than `least_own` cases are not compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from graph.kernels.intervals import wilson
from queries.control.work import ABSENT, Longs, Work
from queries.detection.columns import MILLION

LEVELS = ("grid", "above", "all")


@dataclass(frozen=True, slots=True)
class Cases:
    """A row a case: places of officer and grid, risk 0 or 1, whether it is of the kind looked for."""

    officer: Longs
    grid: Longs
    risk: Longs
    struck: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Care:
    """How carefully is compared; `alpha` in millionths."""

    least_own: int
    least_peers: int
    least_cases: int
    alpha: int


@dataclass(frozen=True, slots=True)
class Outlier:
    """One officer that stands out; rates in millionths, `peers`: the widest of `LEVELS` that had to be taken."""

    officer: int
    cases: int
    struck: int
    least_rate: int
    peers_most: int
    peer_cases: int
    peers: str


def outliers(work: Work, cases: Cases, care: Care) -> list[Outlier]:
    """Officers that stand out, by place."""
    officers, own = np.unique(cases.officer, return_counts=True)
    compared = officers[own >= care.least_own]
    if len(compared) == 0:
        return []
    z = NormalDist().inv_cdf(1 - care.alpha / MILLION / len(compared))
    strata = _Strata(work, cases, care)
    found = (strata.compare(int(officer), z) for officer in compared.tolist())
    return [each for each in found if each is not None]


class _Strata:
    """Sums by officer and stratum, and by stratum on each level."""

    def __init__(self, work: Work, cases: Cases, care: Care) -> None:
        self.care = care
        above = np.append(work.grid_above, ABSENT)[cases.grid]
        nowhere = np.full(len(cases.grid), ABSENT)
        groups = (cases.grid, np.where(above == ABSENT, cases.grid, above), nowhere)
        self.sums = [_Sums(2 * (group + 1) + cases.risk, cases) for group in groups]
        self.order = np.argsort(cases.officer, kind="stable")
        self.officers = cases.officer[self.order]
        self.struck = cases.struck

    def compare(self, officer: int, z: float) -> Outlier | None:
        """The officer, if it stands out."""
        first, last = np.searchsorted(self.officers, [officer, officer + 1])
        rows = self.order[first:last]
        parts, level, peers = 0.0, 0, 0
        for stratum in np.unique(self.sums[0].stratum[rows]).tolist():
            own = rows[self.sums[0].stratum[rows] == stratum]
            found = self._peers(officer, int(own[0]))
            if found is None:
                return None  # nobody has such cases
            struck, cases, taken = found
            upper = wilson(struck, cases, z)[1]
            parts, level, peers = parts + len(own) * upper, max(level, taken), peers + cases
        count, struck = len(rows), int(self.struck[rows].sum())
        least = wilson(struck, count, z)[0]
        most = parts / count
        if least <= most:
            return None
        floor = math.floor
        return Outlier(officer, count, struck, floor(least * MILLION), floor(most * MILLION), peers, LEVELS[level])

    def _peers(self, officer: int, row: int) -> tuple[int, int, int] | None:
        """Struck and all cases of the others in the stratum of a row, and the level that had enough of them."""
        found = None
        for level, sums in enumerate(self.sums):
            struck, cases, others = sums.without(officer, int(sums.stratum[row]))
            if cases:
                found = struck, cases, level
            if others >= self.care.least_peers and cases >= self.care.least_cases:
                break
        return found


class _Sums:
    """Cases and struck ones by stratum, and of each officer in it."""

    def __init__(self, stratum: Longs, cases: Cases) -> None:
        self.stratum = stratum
        width = int(cases.officer.max(initial=0)) + 1
        self.width = width
        self.keys, inverse, self.count = np.unique(
            stratum * width + cases.officer, return_inverse=True, return_counts=True
        )
        self.struck = np.bincount(inverse, weights=cases.struck, minlength=len(self.keys)).astype(np.int64)
        size = int(stratum.max(initial=0)) + 1
        self.all_count = np.bincount(self.keys // width, weights=self.count, minlength=size).astype(np.int64)
        self.all_struck = np.bincount(self.keys // width, weights=self.struck, minlength=size).astype(np.int64)
        self.officers = np.bincount(self.keys // width, minlength=size)

    def without(self, officer: int, stratum: int) -> tuple[int, int, int]:
        """Struck and all cases of a stratum's other officers, and how many these are."""
        place = int(np.searchsorted(self.keys, stratum * self.width + officer))
        struck, count = int(self.struck[place]), int(self.count[place])
        return (
            int(self.all_struck[stratum]) - struck,
            int(self.all_count[stratum]) - count,
            int(self.officers[stratum]) - 1,
        )
