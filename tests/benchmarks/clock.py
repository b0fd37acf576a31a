"""Seconds, CPU seconds, quantiles and memory, as every step measures them."""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` gives, and the wall seconds it took."""
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall seconds of some work, and the CPU seconds of all processes that had a part in it."""

    seconds: float
    cpu_seconds: float

    def facts(self, name: str) -> dict[str, float]:
        """As facts `<name>_seconds` and `<name>_cpu_seconds`."""
        return {f"{name}_seconds": self.seconds, f"{name}_cpu_seconds": self.cpu_seconds}

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)


def spent(work: Callable[[], T], *, elsewhere: Callable[[], float] = lambda: 0.0) -> tuple[T, Spent]:
    """What `work` gives and what it took: of this process, of children that ended meanwhile, and of `elsewhere`.

    `elsewhere`: CPU seconds of another process so far. A CPU second hardly depends on what else the machine does.
    """
    before = _cpu_seconds() + elsewhere()
    made, seconds = timed(work)
    return made, Spent(seconds, _cpu_seconds() + elsewhere() - before)


def _cpu_seconds() -> float:
    usages = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def each_timed(work: Callable[[A], T], subjects: Iterable[A]) -> tuple[list[T], list[float]]:
    """`work` of every subject, and the wall seconds of each."""
    pairs = [timed(lambda subject=subject: work(subject)) for subject in subjects]  # type: ignore[misc]
    return [made for made, _ in pairs], [seconds for _, seconds in pairs]


def each_spent(work: Callable[[A], T], subjects: Iterable[A]) -> tuple[list[T], list[Spent]]:
    """`work` of every subject, and what each took."""
    pairs = [spent(lambda subject=subject: work(subject)) for subject in subjects]  # type: ignore[misc]
    return [made for made, _ in pairs], [took for _, took in pairs]


def quantile(seconds: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ranked = sorted(seconds)
    return ranked[max(0, ceil(len(ranked) * share) - 1)]


def spread(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile as facts."""
    return {f"{name}.p50": quantile(seconds, 0.5), f"{name}.p95": quantile(seconds, 0.95)}


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    return most_megabytes(resource.getrusage(resource.RUSAGE_SELF))


def most_megabytes(usage: resource.struct_rusage) -> float:
    """The most memory that a process held, as the system accounts for it."""
    return usage.ru_maxrss / 1e6 if sys.platform == "darwin" else usage.ru_maxrss * 1024 / 1e6


def peak_megabytes_of(process: int | str = "self") -> float:
    """The most memory that a running process has held, mapped files included; 0 where the system does not say.

    Unlike `peak_megabytes` it holds nothing of the process that started it.
    """
    place = Path(f"/proc/{process}/status")
    told = place.read_text(encoding="utf-8") if place.exists() else ""
    found = re.search(r"^VmHWM:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
