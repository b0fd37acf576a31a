"""Officers for the work of some years: clerks of region grids beside those of the organisation. Called by `writing`.

Only region grids whose chief and clerks never change take part, as many as the work fills. Officers count behind those
of the organisation; the last ones, `specials`, get no ordinary work: they are the officers of planted cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.organisation import CLERK, REGION
from loaders.synthetic.people import People, draw_people
from loaders.synthetic.text import day_text, join, padded, pick, text_table

if TYPE_CHECKING:
    from loaders.synthetic.organisation import Membership, Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers, Text

YEARS = 2  # before the span of trade; the work ends with it
TASKS_A_GRID = 150
TASKS_A_CLERK = 700
LEAST_CLERKS, MOST_CLERKS = 4, 12
EVENTS_A_TASK = 8
BUSY_EVERY = 7  # one grid of so many is busy: nearly everything is cleared there
_STAYS = -1
_FIRST_NUMBER = 500_001
_SERIES = 1  # of document numbers, behind those of the organisation's officers


@dataclass(frozen=True, slots=True)
class WorkStaff:
    """Grids at work and their officers; officers are places behind the organisation's `first` ones.

    `clerks` int[g, MOST_CLERKS], -1 behind the last clerk of a grid; `leaves`: day from which each officer is gone, -1.
    """

    grid: Integers
    chief: Integers
    clerks: Integers
    clerk_count: Integers
    first: int
    posted_in: Integers
    leaves: Integers
    officer: Text
    people: People

    @property
    def count(self) -> int:
        """How many officers came with the work."""
        return len(self.posted_in)


def work_begins(plan: Plan) -> int:
    """First day of the work."""
    return plan.first_day - YEARS * 365


def quiet_grid(number: int, grids: int) -> int:
    """The grid of a case: no busy one, where a planted officer would work as everybody there does."""
    quiet = [place for place in range(grids) if place % BUSY_EVERY != BUSY_EVERY - 1]
    return quiet[number % len(quiet)]


def draw_staff(
    plan: Plan,
    population: Population,
    organisation: Organisation,
    membership: Membership,
    specials: int,
) -> WorkStaff:
    """The staff.

    Args:
        plan: how many events.
        population: the firms; grids without any do not take part.
        organisation: grids, chiefs and the officers before these.
        membership: firms in grids.
        specials: officers of planted cases, one in the grid of each.
    """
    chance = plan.chance("work staff")
    tasks = plan.task_events // EVENTS_A_TASK
    grid = _grids(population, organisation, membership, tasks)
    count = len(grid)
    clerk_count = np.full(count, int(np.clip(tasks // (count * TASKS_A_CLERK), LEAST_CLERKS, MOST_CLERKS)))
    first = len(organisation.officer)
    offset = first + np.cumsum(clerk_count) - clerk_count
    place = np.arange(MOST_CLERKS)
    clerks = np.where(place < clerk_count[:, None], offset[:, None] + place, -1)
    posted = np.concatenate(
        [np.repeat(np.arange(count), clerk_count), [quiet_grid(number, count) for number in range(specials)]]
    )
    return WorkStaff(
        grid=grid,
        chief=organisation.staff.chief[grid],
        clerks=clerks,
        clerk_count=clerk_count,
        first=first,
        posted_in=posted,
        leaves=np.full(len(posted), _STAYS),
        officer=pa.concat_arrays([organisation.officer, join("SW", padded(np.arange(len(posted)) + _FIRST_NUMBER, 8))]),
        people=draw_people(len(posted), chance=chance, series=_SERIES, first=first),
    )


def _grids(population: Population, organisation: Organisation, membership: Membership, tasks: int) -> Integers:
    """Region grids whose officers stay, those with most firms first, as many as the work fills, in their order."""
    grids, staff = organisation.grids, organisation.staff
    steady = (grids.kind == REGION) & (staff.next_chief < 0) & (staff.clerk == staff.next_clerk)
    firms = np.bincount(membership.grid[: population.count], minlength=len(grids.kind))
    places = np.flatnonzero(steady)
    wanted = int(np.clip(tasks // TASKS_A_GRID, 4, len(places)))
    return np.sort(places[np.argsort(-firms[places], kind="stable")][:wanted])


def staff_tables(plan: Plan, organisation: Organisation, staff: WorkStaff) -> dict[str, pa.Table]:
    """The exports of these officers and of their postings, by file name."""
    count = staff.count
    name, kind, document = staff.people.of(np.arange(count))
    code = staff.officer.slice(staff.first)
    begin = day_text(np.full(count, work_begins(plan) - 365))
    end = day_text(staff.leaves, absent=staff.leaves == _STAYS)
    expertise = words.AUTHORITY_EXPERTISE
    officers = text_table(
        {
            "税务人员代码": code,
            "姓名": name,
            "专业标签": pick(expertise, np.arange(count) % len(expertise)),
            "任职起": begin,
            "任职止": end,
            "证件类型": kind,
            "证件号码": document,
        }
    )
    postings = text_table(
        {
            "税务人员代码": code,
            "网格编码": pick(organisation.grids.code, staff.grid[staff.posted_in]),
            "网格角色": pick([CLERK], np.zeros(count, np.int64)),
            "任职起": begin,
            "任职止": end,
        }
    )
    return {"work_officers": officers, "work_works_in": postings}
