"""A line: one chain of dated facts from a taxpayer to an officer who answers for it. Shared by the questions.

Made by `answering` and `delegation`. A line holds on the days on which all its grounds hold, its officer is in service
and its post exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from queries.organisation.days import Span, common, span
from queries.organisation.facts import UNNAMED, Ground, Named
from queries.reading import none_first

GRID, POST, TASK = "grid", "post", "task"


@dataclass(frozen=True, slots=True)
class HeldDuty:
    """A duty that a post carries, on the days on which it comes with a line."""

    id: str
    name: str | None
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class Responsible:
    """One officer's responsibility for a taxpayer, over the days on which all its grounds hold.

    Attributes:
        grid: the grid in which the officer works or the post stands, or which holds the task.
        role: of the officer in the grid or the task.
        via: `grid`, `post`, or `task` for an open task about the taxpayer.
        level: grids between the taxpayer's own and this one: 0 its own, 1 the one above; None by task.
        grid_kind: institution, region or group.
        bureau: where the post stands, unless it stands in a grid.
        duties: what the post carries.
        acting_for: the officer whose responsibility it is, where it was delegated.
        circle: officers who delegate it to one another in a circle, the first one again at the end.
        grounds: the facts behind it, from the taxpayer to the officer, delegations last.
    """

    officer: str
    officer_name: str | None
    grid: str | None
    grid_name: str | None
    role: str | None
    from_: date | None
    to: date | None
    via: str
    task: str | None = None
    level: int | None = None
    grid_kind: str | None = None
    bureau: str | None = None
    post: str | None = None
    post_name: str | None = None
    duties: tuple[HeldDuty, ...] = ()
    acting_for: str | None = None
    circle: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()

    @property
    def days(self) -> Span:
        """The days on which it holds."""
        return span(self.from_, self.to)

    def with_duties_of(self, day: date | None) -> Responsible:
        """The same with only the duties that come with it that day; with all of them where none is asked."""
        kept = tuple(duty for duty in self.duties if span(duty.from_, duty.to).holds(day))
        return self if kept == self.duties else replace(self, duties=kept)

    def during(self, days: Span) -> Responsible:
        """The same on these days."""
        held = ((duty, common(days, span(duty.from_, duty.to))) for duty in self.duties)
        duties = tuple(replace(duty, from_=both.from_, to=both.to) for duty, both in held if not both.empty)
        return replace(self, from_=days.from_, to=days.to, duties=duties)


def line(officer: str, via: str, days: Span, grounds: tuple[Ground, ...], **own: Any) -> Iterator[Responsible]:
    """The line of an officer, if it holds on any day; names of officers and grids come last (`with_names`)."""
    if not days.empty:
        empty = {"officer_name": None, "grid": None, "grid_name": None, "role": None}
        made = Responsible(officer, from_=None, to=None, via=via, grounds=grounds, **(empty | own))
        yield made.during(days)


def in_service(lines: Iterable[Responsible], officers: Mapping[str, Named]) -> Iterator[Responsible]:
    """Lines on the days on which their officers are in service; of an officer without a row nothing is known."""
    for one in lines:
        officer = officers.get(one.officer, UNNAMED)
        days, cutting = common(one.days, officer.days), officer.cutting(one.officer, one.days)
        if not days.empty:
            yield replace(one, grounds=(*one.grounds, *cutting)).during(days) if cutting else one


def with_names(
    lines: Iterable[Responsible], officers: Mapping[str, Named], grids: Mapping[str, Named]
) -> Iterator[Responsible]:
    """Lines with what their officers and grids are called."""
    for one in lines:
        grid = grids.get(one.grid or "", UNNAMED)
        name = officers.get(one.officer, UNNAMED).name
        yield replace(one, officer_name=name, grid_name=grid.name, grid_kind=grid.kind)


def line_order(one: Responsible) -> tuple[Any, ...]:
    """By via, then place, then officer, then days."""
    place = (one.level or 0, one.grid or "", one.bureau or "", one.task or "", one.post or "")
    days = (none_first(one.from_), none_first(one.to))
    return (one.via, place, one.officer, one.role or "", one.acting_for or "", days, len(one.grounds))
