"""Half-open spans of days and their algebra. Pure; used by the questions of one subject (`spans` has whole columns).

A span is a pair of day numbers (days since 1970-01-01); `ALWAYS` and `NEVER` stand for ends that are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

EPOCH = date(1970, 1, 1)
ALWAYS, NEVER = -(1 << 40), 1 << 40


class Span(NamedTuple):
    """Days from `begin` until the day before `end`; empty if `begin >= end`."""

    begin: int = ALWAYS
    end: int = NEVER

    @property
    def empty(self) -> bool:
        """Whether it holds no day."""
        return self.begin >= self.end

    @property
    def from_(self) -> date | None:
        """Its first day, None where that is not known."""
        return None if self.begin == ALWAYS else EPOCH + timedelta(self.begin)

    @property
    def to(self) -> date | None:
        """The first day after it, None where it goes on."""
        return None if self.end == NEVER else EPOCH + timedelta(self.end)

    def holds(self, day: date | None) -> bool:
        """Does it hold this day? Always, when no day is asked."""
        return day is None or self.begin <= (day - EPOCH).days < self.end


EVER = Span()


def span(from_: date | None, to: date | None) -> Span:
    """The span between two days; None is not known, so without end."""
    begin = ALWAYS if from_ is None else (from_ - EPOCH).days
    return Span(begin, NEVER if to is None else (to - EPOCH).days)


def common(first: Span, *others: Span) -> Span:
    """Days in all of them; may be empty."""
    spans = (first, *others)
    return Span(max(each.begin for each in spans), min(each.end for each in spans))


def united(spans: Iterable[Span]) -> list[Span]:
    """Days in any of them, as maximal spans in order."""
    found: list[Span] = []
    for each in sorted(each for each in spans if not each.empty):
        if found and each.begin <= found[-1].end:
            found[-1] = Span(found[-1].begin, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def without(whole: Span, taken: Sequence[Span]) -> list[Span]:
    """Days of `whole` in none of `taken`, as maximal spans in order."""
    left, begin = [], whole.begin
    for each in united(taken):
        left.append(Span(begin, min(each.begin, whole.end)))
        begin = max(begin, each.end)
    return [each for each in (*left, Span(begin, whole.end)) if not each.empty]
