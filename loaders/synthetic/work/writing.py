"""Files of the work: officers, postings, tasks, events, interests, delegations, visits, and the truth about the cases.

Called by `generate` when task events are asked for. Planted tasks come before the ordinary ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import SettingsError
from loaders.synthetic.tasks import KINDS as KIND_WORDS
from loaders.synthetic.tasks import LOOPS, STAGES
from loaders.synthetic.text import coded, day_text, join, padded, pick, text_table, time_text, whole
from loaders.synthetic.trade import SECONDS_A_DAY
from loaders.synthetic.work import book
from loaders.synthetic.work.book import NONE, Handlers, WorkEvents, WorkTasks, joined
from loaders.synthetic.work.cases import CASES, Stage
from loaders.synthetic.work.interests import cast_of, interest_tables
from loaders.synthetic.work.ordinary import draw_ordinary
from loaders.synthetic.work.staff import BUSY_EVERY, draw_staff, quiet_grid, staff_tables, work_begins
from loaders.synthetic.work.stories import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from loaders.synthetic.organisation import Membership, Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers, Text
    from loaders.synthetic.work.staff import WorkStaff

    Write = Callable[[str, str, pa.Table], None]

EVENTS_A_ROUND = 200_000  # events for which every case is planted once more
LEAST_EVENTS = 10_000
_MOST_ROUNDS = 20
_PIECE = 500_000  # rows whose text is in memory at once
_VISITS_A_TASK = 0.5
_FIRST_TASK = 500_000_001
_ORDINARY_FIRMS = 8  # of every grid, at least
_PAIR = 2  # of four clerks two are officers of cases, two are others
_TITLES = {"service": "纳税辅导", "inquiry": "疑点核实", "inspection": "实地核查", "confirmation": "事项认定"}


@dataclass(frozen=True, slots=True)
class Work:
    """All tasks, who handled them, what was done, and what planted cases need besides."""

    tasks: WorkTasks
    handlers: Handlers
    events: WorkEvents
    told: Teller


def write_work(
    plan: Plan, population: Population, organisation: Organisation, membership: Membership, write: Write
) -> None:
    """Write the work of some years: `plan.task_events` events in all.

    `write` takes a file's name without its ending, the kind of its rows, and a table; again for the file's next piece.

    Raises:
        SettingsError: `settings.synthetic` when events or firms are too few for the planted cases.
    """
    rounds = int(np.clip(plan.task_events // EVENTS_A_ROUND, 1, _MOST_ROUNDS))
    staff = draw_staff(plan, population, organisation, membership, rounds * len(CASES))
    work = _draw(plan, population, membership, staff, rounds)
    for name, table in staff_tables(plan, organisation, staff).items():
        write(f"organisation/{name}", name.removeprefix("work_"), table)
    cast = cast_of(plan, organisation, staff, work.told)
    for name, table in interest_tables(plan, population, staff, cast, work.told).items():
        write(name, name.rpartition("/")[2], table)
    for table in _task_tables(population, organisation, staff, work):
        write("tasks/work_tasks", "tasks", table)
    for table in _event_tables(staff, work):
        write("tasks/work_events", "task_events", table)
    write("access/visits", "visits", _visit_table(plan, population, staff, work))
    write("truth/control", "truth/control", _truth_table(population, staff, work.told))


# --- drawing


def _draw(plan: Plan, population: Population, membership: Membership, staff: WorkStaff, rounds: int) -> Work:
    firms = _steady_firms(plan, population, membership, staff)
    own, ordinary = _shared_out(firms, len(staff.grid), rounds, plan)
    told = _tell(plan, staff, own, ordinary, rounds)
    tasks, handlers, events = told.columns()
    free = np.concatenate(ordinary)
    drawn = draw_ordinary(plan, population, membership, staff, free=free, events=plan.task_events - len(events))
    first = len(tasks)
    parent = np.where(drawn.tasks.parent >= 0, drawn.tasks.parent + first, NONE)
    return Work(
        joined([tasks, replace(drawn.tasks, parent=parent)]),
        joined([handlers, replace(drawn.handlers, task=drawn.handlers.task + first)]),
        joined([events, replace(drawn.events, task=drawn.events.task + first)]),
        told,
    )


def _steady_firms(plan: Plan, population: Population, membership: Membership, staff: WorkStaff) -> list[Integers]:
    """By grid at work: ordinary firms that are older than the work and never move, in an order of chance."""
    steady = (population.registered < work_begins(plan) - 30) & (membership.moved < 0)
    steady &= np.arange(population.count) < plan.ordinary
    firms = plan.chance("work firms").permutation(np.flatnonzero(steady))
    return [firms[membership.grid[firms] == grid] for grid in staff.grid]


def _shared_out(
    firms: list[Integers], grids: int, rounds: int, plan: Plan
) -> tuple[list[list[Integers]], list[Integers]]:
    """For each case its own firms, by round and story, and for each grid the firms that are left.

    A case's firms are of its grid; some of every grid's firms stay ordinary.
    """
    used = [0] * grids
    own: list[list[Integers]] = []
    for turn in range(rounds):
        own.append([])
        for place, case in enumerate(CASES):
            grid = quiet_grid(turn * len(CASES) + place, grids)
            begin, used[grid] = used[grid], used[grid] + case.firms
            own[-1].append(firms[grid][begin : used[grid]])
    short = any(count + _ORDINARY_FIRMS > len(each) for count, each in zip(used, firms, strict=True))
    if short or plan.task_events < LEAST_EVENTS:
        raise SettingsError(
            "the cases of internal control do not fit into so few task events or taxpayers",
            code="settings.synthetic",
            next_step=f"ask for --task-events {LEAST_EVENTS} or more, and for more taxpayers",
            name="task_events",
            value=plan.task_events,
        )
    return own, [each[count:] for each, count in zip(firms, used, strict=True)]


def _tell(plan: Plan, staff: WorkStaff, own: list[list[Integers]], ordinary: list[Integers], rounds: int) -> Teller:
    teller = Teller(staff)
    grids, specials = len(staff.grid), staff.first + int(staff.clerk_count.sum())
    for turn in range(rounds):
        for place, case in enumerate(CASES):
            number = turn * len(CASES) + place
            grid = quiet_grid(number, grids)
            case.tell(
                Stage(
                    teller=teller,
                    grid=grid,
                    officer=int(staff.clerks[grid, number // grids % _PAIR]),
                    other=int(staff.clerks[grid, _PAIR + number // grids % _PAIR]),
                    special=specials + number,
                    chief=int(staff.chief[grid]),
                    firms=own[turn][place],
                    ordinary=ordinary[grid],
                    elsewhere=ordinary[(grid + 1) % grids],
                    day=plan.end_day - 365 - number % 40,
                )
            )
    for grid in range(BUSY_EVERY - 1, grids, BUSY_EVERY):
        teller.tell(
            "clearance_outlier", "busy_grid", int(staff.clerks[grid, -1 + staff.clerk_count[grid]]), planted=False
        )
    return teller


# --- tables


def _keys(places: Integers) -> Text:
    return join("RW", padded(places + _FIRST_TASK, 9))


def _pieces(count: int) -> Iterator[Integers]:
    return (np.arange(begin, min(begin + _PIECE, count)) for begin in range(0, count, _PIECE))


def _last_actions(work: Work) -> Integers:
    """The last action of each task that leads to a status."""
    last = np.full(len(work.tasks), NONE)
    order = np.argsort(work.events.task, kind="stable")
    changing = order[work.events.action[order] != book.REASSIGN]
    last[work.events.task[changing]] = work.events.action[changing]
    return last


def _task_tables(
    population: Population, organisation: Organisation, staff: WorkStaff, work: Work
) -> Iterator[pa.Table]:
    """A row a handler; the task's other columns are the same on each of its rows."""
    last = _last_actions(work)
    for rows in _pieces(len(work.handlers)):
        place = work.handlers.task[rows]
        heads = WorkTasks(*(getattr(work.tasks, name)[place] for name in WorkTasks.__slots__))
        hands = Handlers(*(getattr(work.handlers, name)[rows] for name in Handlers.__slots__))
        first = hands.begin == heads.opened // SECONDS_A_DAY  # the grid holds the task from the first handler on
        grid = pick(organisation.grids.code, np.where(first, staff.grid[heads.grid], NONE))
        firm = pick(population.number, heads.firm)
        yield text_table(
            {
                "事项编号": _keys(place),
                **_head_columns(heads, last[place]),
                "纳税人识别号": firm,
                "经办人代码": pick(staff.officer, hands.officer),
                "经办角色": coded([book.ROLES[1]], np.zeros(len(rows), np.int64)),
                "派单日期": day_text(hands.begin),
                "改派日期": day_text(hands.end, absent=hands.end == NONE),
                "承办网格": grid,
            }
        )


def _head_columns(task: WorkTasks, last: Integers) -> dict[str, Text]:
    """What a task's row says about the task alone; `last`: its last action."""
    return {
        "事项类型": coded(list(KIND_WORDS.values()), task.kind),
        "标题": coded(list(_TITLES.values()), task.kind),
        "阶段": coded([STAGES[kind] for kind in KIND_WORDS], task.kind),
        "风险等级": coded(book.RISKS, task.risk),
        "状态": coded(book.STATUS_AFTER, last),
        "发起时间": time_text(task.opened),
        "截止日期": day_text(task.due),
        "办结时间": time_text(task.closed, absent=task.closed == NONE),
        "处理结果": coded(book.OUTCOMES, task.outcome),
        "闭环类型": coded(LOOPS, task.loop),
        "上级事项编号": pick_key(task.parent),
        "反馈事项编号": pick_key(np.where(task.closed == NONE, NONE, task.parent)),
    }


def pick_key(places: Integers) -> Text:
    """Numbers of tasks; place -1 is null."""
    keys = _keys(np.maximum(places, 0))
    return pick(keys, np.where(places >= 0, np.arange(len(places)), NONE))


def _event_tables(staff: WorkStaff, work: Work) -> Iterator[pa.Table]:
    events = work.events
    starts = np.searchsorted(events.task, np.arange(len(work.tasks)))
    for rows in _pieces(len(events)):
        one = WorkEvents(*(getattr(events, name)[rows] for name in WorkEvents.__slots__))
        yield text_table(
            {
                "事项编号": _keys(one.task),
                "序号": whole(rows - starts[one.task] + 1),
                "动作": coded(book.ACTIONS, one.action),
                "时间": time_text(one.at),
                "经办人代码": pick(staff.officer, one.officer),
                "岗位": coded(book.ROLES, one.post),
                "受托于": pick(staff.officer, one.acting_for),
                "理由": coded(book.REASONS, one.reason),
                "依据": coded(book.EVIDENCE, one.evidence),
            }
        )


def _visit_table(plan: Plan, population: Population, staff: WorkStaff, work: Work) -> pa.Table:
    """The access log: planted looks, and ordinary ones of handlers at the firms of their tasks while they had them."""
    chance = plan.chance("work visits")
    first = len(work.told.tasks)
    rows = np.flatnonzero((work.handlers.task >= first) & (chance.random(len(work.handlers)) < _VISITS_A_TASK))
    task, seen = work.handlers.task[rows], work.told.visits
    named = np.where(np.arange(len(rows)) % 2 == 0, task, NONE)
    columns = (
        np.concatenate([[each.officer for each in seen], work.handlers.officer[rows]]),
        np.concatenate(
            [[each.day * SECONDS_A_DAY + 54_000 for each in seen], work.handlers.begin[rows] * 86_400 + 64_000]
        ),
        np.concatenate([[each.firm for each in seen], work.tasks.firm[task]]),
        np.concatenate([[each.task for each in seen], named]),
    )
    officer, at, firm, named = (column.astype(np.int64) for column in columns)
    order = np.argsort(at, kind="stable")
    return text_table(
        {
            "访问编号": join("FW", padded(np.arange(len(order)) + 1, 9)),
            "访问时间": time_text(at[order]),
            "税务人员代码": pick(staff.officer, officer[order]),
            "操作": pick(["一户式查询"], np.zeros(len(order), np.int64)),
            "纳税人识别号": pick(population.number, firm[order]),
            "事项编号": pick_key(named[order]),
        }
    )


def _truth_table(population: Population, staff: WorkStaff, told: Teller) -> pa.Table:
    rows = told.truth
    officer, task, firm = (
        np.array([getattr(each, name) for each in rows], np.int64) for name in ("officer", "task", "firm")
    )
    return text_table(
        {
            "rule": pick([each.rule for each in rows], np.arange(len(rows))),
            "case": pick([each.case for each in rows], np.arange(len(rows))),
            "kind": pick(["near", "planted"], np.array([each.planted for each in rows], np.int64)),
            "officer": pick(staff.officer, officer),
            "task": pick_key(task),
            "taxpayer": pick(population.number, firm),
        }
    )
