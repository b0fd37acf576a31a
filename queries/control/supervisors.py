"""To whom an alert goes: the chief of the officer's grid on that day, else the one above. Read by scans."""

from __future__ import annotations

from collections import defaultdict

from queries.control.work import ABSENT, Dated, Work
from queries.office_words import CHIEF

_Spans = dict[int, list[tuple[int, int, int]]]


class Supervisors:
    """Chiefs by grid and day."""

    def __init__(self, work: Work, chief: str = CHIEF) -> None:
        posted = work.links("WORKS_IN", "Officer", "Grid", text="role")
        self._work = work
        self._grids = _spans(posted)
        chiefs = [role == chief for role in posted.text.to_pylist()]
        turned = Dated(posted.target, posted.source, posted.begin, posted.end, posted.text)
        self._chiefs = _spans(turned.take(chiefs))

    def of(self, officer: int, day: int, *, grid: int = ABSENT) -> int:
        """The chief of the officer's grid on the day; `ABSENT` where there is nobody but the officer up to the top.

        Of several grids the one that holds the task (`grid`), else the first by id that has another chief.
        """
        own = sorted({place for place, begin, end in self._grids.get(officer, ()) if begin <= day < end})
        for start in sorted(own, key=lambda place: (place != grid, place)) or [grid]:
            found = self._above(start, officer, day)
            if found != ABSENT:
                return found
        return ABSENT

    def _above(self, grid: int, officer: int, day: int) -> int:
        seen: set[int] = set()
        while grid != ABSENT and grid not in seen:
            seen.add(grid)
            there = sorted(chief for chief, begin, end in self._chiefs.get(grid, ()) if begin <= day < end)
            if others := [chief for chief in there if chief != officer]:
                return others[0]
            grid = int(self._work.grid_above[grid])
        return ABSENT


def _spans(links: Dated) -> _Spans:
    found: _Spans = defaultdict(list)
    columns = (links.source, links.target, links.begin, links.end)
    for source, target, begin, end in zip(*(column.tolist() for column in columns), strict=True):
        found[source].append((target, begin, end))
    return found
