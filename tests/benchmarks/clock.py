"""Seconds, quantiles and memory, as every step measures them."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` gives, and the wall seconds it took."""
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began


def each_timed(work: Callable[[A], T], subjects: Iterable[A]) -> tuple[list[T], list[float]]:
    """`work` of every subject, and the wall seconds of each."""
    pairs = [timed(lambda subject=subject: work(subject)) for subject in subjects]  # type: ignore[misc]
    return [made for made, _ in pairs], [seconds for _, seconds in pairs]


def quantile(seconds: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ranked = sorted(seconds)
    return ranked[max(0, ceil(len(ranked) * share) - 1)]


def spread(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile as facts."""
    return {f"{name}.p50": quantile(seconds, 0.5), f"{name}.p95": quantile(seconds, 0.95)}


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6
