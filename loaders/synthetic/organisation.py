"""The authority of the synthetic country: bureaus, grids, officers and who works where and when. Called by `generate`.

Each county has an institution grid with region grids below it, each city a group grid. Every grid has a chief
(网格长); region grids have a clerk (网格员) and an administrator (税收管理员) too. Clerks of neighbouring grids swap
places, some chiefs are succeeded, a few of those after a planted gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.people import People, draw_people
from loaders.synthetic.places import bureau_rows, counties
from loaders.synthetic.text import day_text, join, padded, pick, text_table, whole

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers, Text

INSTITUTION, REGION, GROUP = range(3)
GRID_KINDS = ("机构网格", "区域网格", "群体网格")
CHIEF, CLERK, ADMINISTRATOR = "网格长", "网格员", "税收管理员"
FIRMS_A_GRID = 250
GAP_DAYS = 7
YEARS_BEFORE = 3 * 365
_SUCCEEDED_SHARE = 0.1
_MOVED_SHARE = 0.03
_VACANT = 3  # chiefs who come late
_NO_END = -1


@dataclass(frozen=True, slots=True)
class Grids:
    """Grids by place; `parent` is a place or -1, `county` is -1 for group grids."""

    code: Text
    kind: Integers
    name: Text
    bureau: Text
    parent: Integers
    county: Integers


@dataclass(frozen=True, slots=True)
class Postings:
    """Who works in which grid from when until when (first day no longer, -1: still)."""

    officer: Integers
    grid: Integers
    role: Text
    begin: Integers
    end: Integers


@dataclass(frozen=True, slots=True)
class Staff:
    """Officers of each grid; -1 where a grid has none. `swapped` is the day on which clerk or chief changes."""

    chief: Integers
    next_chief: Integers
    clerk: Integers
    next_clerk: Integers
    administrator: Integers
    swapped: Integers
    vacant: Integers

    @property
    def count(self) -> int:
        """How many officers there are."""
        return int(max(self.next_chief.max(), self.administrator.max(), self.chief.max())) + 1


@dataclass(frozen=True, slots=True)
class Organisation:
    """Grids, officers by place, and who is posted where."""

    grids: Grids
    officer: Text
    people: People
    staff: Staff
    postings: Postings

    def clerks_on(self, grids: Integers, days: Integers) -> Integers:
        """The officer who handles work of each grid on the day."""
        staff = self.staff
        return np.where(days < staff.swapped[grids], staff.clerk[grids], staff.next_clerk[grids])

    def chiefs_on(self, grids: Integers, days: Integers) -> Integers:
        """The chief of each grid on the day; in a gap already the one to come."""
        staff = self.staff
        first = (staff.next_chief[grids] < 0) | (days < staff.swapped[grids])
        return np.where(first, staff.chief[grids], staff.next_chief[grids])


def draw_organisation(plan: Plan, population: Population) -> Organisation:
    """The organisation for these firms."""
    chance = plan.chance("organisation")
    grids = _draw_grids(population)
    staff = _draw_staff(plan, grids, chance)
    return Organisation(
        grids=grids,
        officer=join("SW", padded(np.arange(staff.count) + 100_001, 8)),
        people=draw_people(staff.count, chance=chance, series=1),
        staff=staff,
        postings=_postings(plan, staff),
    )


def _draw_staff(plan: Plan, grids: Grids, chance: np.random.Generator) -> Staff:
    """Chiefs count first, then clerks, administrators and the chiefs who come later."""
    count = len(grids.kind)
    region = grids.kind == REGION
    regions = int(region.sum())
    chief = np.arange(count)
    clerk = np.where(region, count + np.cumsum(region) - 1, chief)
    partner = _neighbours(grids)
    day = plan.first_day + (plan.days * (0.35 + 0.3 * chance.random(count))).astype(np.int64)
    succeeded = np.flatnonzero(region & (chance.random(count) < _SUCCEEDED_SHARE))
    next_chief = np.full(count, -1)
    next_chief[succeeded] = count + 2 * regions + np.arange(len(succeeded))
    return Staff(
        chief=chief,
        next_chief=next_chief,
        clerk=clerk,
        next_clerk=clerk[partner],
        administrator=np.where(region, count + regions + np.cumsum(region) - 1, -1),
        swapped=np.minimum(day, day[partner]),  # both of a pair on one day
        vacant=succeeded[:_VACANT],
    )


def _draw_grids(population: Population) -> Grids:
    places = counties()
    firms = np.bincount(population.county, minlength=len(places))
    regions = np.clip(-(-firms // FIRMS_A_GRID), 2, 999)
    rows: list[tuple[str, int, str, str, int, int]] = []
    for place, county in enumerate(places):
        above = len(rows)
        rows.append((f"W{county.code}000", INSTITUTION, f"{county.name}税务局网格", county.bureau, -1, place))
        rows.extend(
            (f"W{county.code}{number:03d}", REGION, f"{county.name}第{number}网格", county.bureau, above, place)
            for number in range(1, int(regions[place]) + 1)
        )
    cities = {county.city: county.city_name for county in places}
    rows.extend(
        (f"Z{city}00001", GROUP, f"{name}重点税源网格", f"1{city}000000", -1, -1) for city, name in cities.items()
    )
    code, kind, name, bureau, parent, county_place = (list(column) for column in zip(*rows, strict=True))
    return Grids(
        code=pa.array(code),
        kind=np.array(kind),
        name=pa.array(name),
        bureau=pa.array(bureau),
        parent=np.array(parent),
        county=np.array(county_place),
    )


def _neighbours(grids: Grids) -> Integers:
    """For each region grid the one it swaps clerks with (first with second of a county, and so on); else itself."""
    partner = np.arange(len(grids.kind))
    for place in range(0, int(grids.county.max()) + 1, 2):  # in every second county nothing changes
        regions = np.flatnonzero((grids.county == place) & (grids.kind == REGION))
        for one, other in zip(regions[::4], regions[1::4], strict=False):
            partner[one], partner[other] = other, one
    return partner


def _postings(plan: Plan, staff: Staff) -> Postings:
    """Every posting, by grid, role and day."""
    grid = np.arange(len(staff.chief))
    begin = np.full(len(grid), plan.first_day - YEARS_BEFORE)
    still = np.full(len(grid), _NO_END)
    left, swaps = staff.next_chief >= 0, staff.clerk != staff.next_clerk
    staffed = staff.administrator >= 0
    late = staff.swapped + np.where(np.isin(grid, staff.vacant), GAP_DAYS, 0)
    pieces = (
        (CHIEF, grid >= 0, staff.chief, begin, np.where(left, staff.swapped, still)),
        (CHIEF, left, staff.next_chief, late, still),
        (CLERK, staffed, staff.clerk, begin, np.where(swaps, staff.swapped, still)),
        (CLERK, staffed & swaps, staff.next_clerk, staff.swapped, still),
        (ADMINISTRATOR, staffed, staff.administrator, begin, still),
    )
    where_ = np.concatenate([grid[kept] for _, kept, _, _, _ in pieces])
    order = np.argsort(where_, kind="stable")
    officer, since, until = (np.concatenate([row[k][row[1]] for row in pieces])[order] for k in (2, 3, 4))
    roles = np.repeat(np.arange(len(pieces)), [int(row[1].sum()) for row in pieces])[order]
    role = pick([row[0] for row in pieces], roles)
    return Postings(officer=officer, grid=where_[order], role=role, begin=since, end=until)


def organisation_tables(plan: Plan, organisation: Organisation) -> dict[str, pa.Table]:
    """Bureaus, grids, officers and postings as exports, by file name."""
    return {
        "bureaus": _bureau_table(),
        "grids": _grid_table(plan, organisation.grids),
        "officers": _officer_table(plan, organisation),
        "works_in": _posting_table(organisation),
    }


def _bureau_table() -> pa.Table:
    names = ("税务机关代码", "税务机关名称", "级次", "行政区划代码", "上级税务机关代码")
    rows = [tuple(None if value is None else str(value) for value in row) for row in bureau_rows()]
    return text_table(
        dict(zip(names, (pa.array(column, pa.string()) for column in zip(*rows, strict=True)), strict=True))
    )


def _grid_table(plan: Plan, grids: Grids) -> pa.Table:
    count = len(grids.kind)
    return text_table(
        {
            "网格编码": grids.code,
            "网格类型": pick(GRID_KINDS, grids.kind),
            "网格名称": grids.name,
            "主管税务机关代码": grids.bureau,
            "上级网格编码": pick(grids.code, grids.parent),
            "有效期起": day_text(np.full(count, plan.first_day - YEARS_BEFORE)),
            "有效期止": pa.nulls(count, pa.string()),
        }
    )


def _posting_table(organisation: Organisation) -> pa.Table:
    postings = organisation.postings
    return text_table(
        {
            "税务人员代码": pick(organisation.officer, postings.officer),
            "网格编码": pick(organisation.grids.code, postings.grid),
            "网格角色": postings.role,
            "任职起": day_text(postings.begin),
            "任职止": day_text(postings.end, absent=postings.end == _NO_END),
        }
    )


def _officer_table(plan: Plan, organisation: Organisation) -> pa.Table:
    count = len(organisation.officer)
    name, kind, document = organisation.people.of(np.arange(count))
    expertise = words.AUTHORITY_EXPERTISE
    return text_table(
        {
            "税务人员代码": organisation.officer,
            "姓名": name,
            "专业标签": pick(expertise, np.arange(count) * 5 % len(expertise)),
            "任职起": day_text(np.full(count, plan.first_day - 2 * YEARS_BEFORE)),
            "任职止": pa.nulls(count, pa.string()),
            "证件类型": kind,
            "证件号码": document,
        }
    )


@dataclass(frozen=True, slots=True)
class Membership:
    """Grid of each firm, and the grid and day it moved to (day -1: never); `gap` firms lie in none for some days."""

    grid: Integers
    next_grid: Integers
    moved: Integers
    gap: Integers

    def grids_on(self, firms: Integers, days: Integers) -> Integers:
        """The grid that manages each firm on the day (the old one in a gap)."""
        later = (self.moved[firms] >= 0) & (days >= self.moved[firms])
        return np.where(later, self.next_grid[firms], self.grid[firms])


def draw_membership(plan: Plan, population: Population, organisation: Organisation) -> Membership:
    """Every firm in one region grid of its county; three in a hundred move to the next one."""
    chance = plan.chance("membership")
    kind, county = organisation.grids.kind, organisation.grids.county
    first = np.array([np.flatnonzero((county == place) & (kind == REGION))[0] for place in range(len(counties()))])
    size = np.bincount(county[(kind == REGION)], minlength=len(counties()))
    offset = (chance.random(population.count) * size[population.county]).astype(np.int64)
    moving = chance.random(population.count) < _MOVED_SHARE
    day = plan.first_day + (plan.days * (0.2 + 0.6 * chance.random(population.count))).astype(np.int64)
    moved = np.where(moving & (day > population.registered), day, -1)
    after = first[population.county] + (offset + 1) % size[population.county]
    movers = np.flatnonzero(moved >= 0)
    gap = movers[: max(2, len(movers) // 50)]
    return Membership(first[population.county] + offset, after, moved, gap)


def membership_table(population: Population, organisation: Organisation, membership: Membership) -> pa.Table:
    """The export of taxpayers by grid."""
    movers = np.flatnonzero(membership.moved >= 0)
    firm = np.concatenate([np.arange(population.count), movers])
    grid = np.concatenate([membership.grid, membership.next_grid[movers]])
    late = np.isin(movers, membership.gap) * GAP_DAYS
    begin = np.concatenate([population.registered, membership.moved[movers] + late])
    end = np.concatenate([membership.moved, np.full(len(movers), _NO_END)])
    order = np.lexsort((begin, firm))
    return text_table(
        {
            "登记序号": pick(population.serial, firm[order]),
            "纳税人识别号": pick(population.number, firm[order]),
            "网格编码": pick(organisation.grids.code, grid[order]),
            "有效期起": day_text(begin[order]),
            "有效期止": day_text(end[order], absent=end[order] == _NO_END),
        }
    )


def gap_table(population: Population, organisation: Organisation, membership: Membership) -> pa.Table:
    """The rows of `truth/gaps.csv`: who was without a grid or a chief, and when."""
    firm, vacant = membership.gap, organisation.staff.vacant
    day = np.concatenate([membership.moved[firm], organisation.staff.swapped[vacant]])
    subject = pa.concat_arrays([pick(population.number, firm), pick(organisation.grids.code, vacant)])
    return text_table(
        {
            "kind": pa.array(["taxpayer_without_grid"] * len(firm) + ["grid_without_chief"] * len(vacant), pa.string()),
            "subject": subject,
            "from": day_text(day),
            "to": day_text(day + GAP_DAYS),
            "days": whole(np.full(len(day), GAP_DAYS)),
        }
    )
