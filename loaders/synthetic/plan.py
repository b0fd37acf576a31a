"""What is asked of the generator, the counts that follow from it, and its streams of chance. Used by every stage.

Shares are our own choice of a lively but readable country; each is named here once.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import SettingsError

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

CHANGED_NUMBER_SHARE = 0.10
RENAMED_SHARE = 0.05
MOVED_SHARE = 0.04
CROSS_REGION_SHARE = 0.06
NEW_REPRESENTATIVE_SHARE = 0.03
GENERAL_SHARE = 0.62
RED_SHARE = 0.02
VOID_SHARE = 0.01
DIGITAL_SHARE = 0.82
PAPER_FORM_SHARE = 0.02
DEDUCTED_SHARE = 0.9
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Size, span and seed of a synthetic country; `start` is its first day of trade.

    Of every pattern `planted` cases and near misses are planted; their firms are the last `reserved` taxpayers.
    `task_events`: events of some years of officers' work, 0: none is written.
    """

    taxpayers: int
    invoices: int
    days: int
    seed: int
    start: date
    planted: int = 0
    reserved: int = 0
    task_events: int = 0

    def __post_init__(self) -> None:
        for name, least in (("taxpayers", 40), ("invoices", 100), ("days", 30)):
            value = getattr(self, name)
            if value < least:
                raise SettingsError(
                    f"a synthetic country needs at least {least} {name}",
                    code="settings.synthetic",
                    next_step=f"ask for --{name} {least} or more",
                    name=name,
                    value=value,
                )

    @property
    def first_day(self) -> int:
        """Days from 1970-01-01 to the first day."""
        return (self.start - _EPOCH).days

    @property
    def end_day(self) -> int:
        """The first day after the span."""
        return self.first_day + self.days

    @property
    def ordinary(self) -> int:
        """Firms of ordinary trade; places from here on are reserved for planted patterns."""
        return self.taxpayers - self.reserved

    @property
    def months(self) -> Integers:
        """First days of the months that begin in the span: three or more in 120 days, with the 28th of the third."""
        last = np.datetime64(self.end_day, "D").astype("datetime64[M]")
        first = np.datetime64(self.first_day - 1, "D").astype("datetime64[M]") + 1
        return np.arange(first, last + 1).astype("datetime64[D]").astype(np.int64)

    @property
    def reds(self) -> int:
        """Red invoices."""
        return round(self.invoices * RED_SHARE)

    @property
    def rings(self) -> int:
        """Planted rings."""
        return max(3, self.invoices // 20_000)

    @property
    def shell_groups(self) -> int:
        """Planted groups of firms that share a representative, a telephone or an address."""
        return max(3, self.taxpayers // 1_000)

    @property
    def changed_shells(self) -> int:
        """Planted firms that get a new representative and then issue in a burst."""
        return max(2, self.taxpayers // 2_000)

    @property
    def officer_cases(self) -> int:
        """Planted officers who work on a firm in which they hold a share."""
        return max(2, self.taxpayers // 5_000)

    @property
    def tasks(self) -> int:
        """Tasks that are not the child of another one."""
        return max(60, self.taxpayers // 6)

    def chance(self, stage: str) -> np.random.Generator:
        """The stream of one stage: a change in one stage leaves the draws of the others as they are."""
        return np.random.default_rng([self.seed, zlib.crc32(stage.encode())])
