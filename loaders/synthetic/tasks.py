"""Tasks and what was done in them, over the three loops. Called by `generate`.

Small: one grid. Middle: a grid asks its neighbours in the county, and they answer. Large: the city's group grid asks
two counties. The planted officer cases are tasks about a firm in which the officer holds a share, closed at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.organisation import CHIEF, CLERK, INSTITUTION, REGION
from loaders.synthetic.places import counties
from loaders.synthetic.text import day_of, day_text, join, padded, pick, text_table, time_text, where, whole
from loaders.synthetic.trade import SECONDS_A_DAY, draw_seconds

if TYPE_CHECKING:
    from loaders.synthetic.holdings import OfficerCases
    from loaders.synthetic.organisation import Membership, Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Integers, Text

SMALL, MIDDLE, LARGE = range(3)
LOOPS = ("小闭环", "中闭环", "大闭环")
KINDS = {"service": "服务", "inquiry": "约谈核实", "inspection": "检查", "confirmation": "认定"}
STAGES = {"service": "事前", "inquiry": "事中", "inspection": "事后", "confirmation": "事后"}
# Action of the event and status of the task after it; who does it (chief or clerk).
STEPS = (
    ("发起", "待派发", CHIEF),
    ("派发", "已派发", CHIEF),
    ("接收", "已接收", CLERK),
    ("核实", "处理中", CLERK),
    ("等待资料", "等待", CLERK),
    ("提交", "已提交", CLERK),
    ("审核", "已审核", CHIEF),
    ("办结", "已办结", CHIEF),
)
WAITING, EVIDENCE, CLOSING = 4, (2, 3, 4, 5, 6), 7
BY_CHIEF = np.array([role == CHIEF for _, _, role in STEPS])
OUTCOMES = ("已辅导整改", "未发现异常", "补缴税款", "移交稽查", "已更正申报")
DUE_DAYS = 20
_WAITING_SHARE = 0.3
_LOOP_SHARES = (0.7, 0.2, 0.1)
_ASKED = 2  # grids asked in a middle or large loop


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks by place; `parent` is a place or -1; `step_at` has one civil second per task and step, -1 if not done.

    `hands` are the officers of each step.
    """

    kind: Integers
    title: Integers
    loop: Integers
    firm: Integers
    grid: Integers
    chief: Integers
    clerk: Integers
    parent: Integers
    step_at: Integers
    planted: Booleans
    hands: Integers


def draw_tasks(
    plan: Plan,
    population: Population,
    organisation: Organisation,
    membership: Membership,
    cases: OfficerCases,
) -> Tasks:
    """Tasks of all loops, then the planted ones."""
    chance = plan.chance("tasks")
    roots = plan.tasks + len(cases.firm)
    drawn = chance.choice(population.count, plan.tasks, p=population.weight / population.weight.sum())
    firm = np.concatenate([drawn, cases.firm])
    loop = chance.choice(3, roots, p=np.array(_LOOP_SHARES))
    loop[plan.tasks :] = SMALL
    opened = _openings(plan, roots, chance)
    grid = membership.grids_on(firm, day_of(opened))
    own = np.where(loop == LARGE, _group_grids(organisation)[population.county[firm]], grid)
    asking = np.repeat(np.flatnonzero(loop != SMALL), _ASKED)
    asked = _asked_grids(organisation, grid, loop, asking, chance)
    origin = np.concatenate([np.arange(roots), asking])  # a child is about what its parent is about
    child = np.arange(len(origin)) >= roots
    opened = opened[origin] + child * SECONDS_A_DAY
    grid = np.concatenate([own, asked])
    planted = ~child & (np.arange(len(origin)) >= plan.tasks)
    parent = np.where(child, origin, -1)
    chief, clerk = (find(grid, day_of(opened)) for find in (organisation.chiefs_on, organisation.clerks_on))
    return Tasks(
        kind=np.where(planted, 2, chance.integers(0, len(KINDS), len(origin))),
        title=chance.integers(0, 12, len(origin)),
        loop=loop[origin],
        firm=firm[origin],
        grid=grid,
        chief=chief,
        clerk=clerk,
        parent=parent,
        step_at=_steps(plan, opened, parent, planted, chance),
        planted=planted,
        hands=np.where(BY_CHIEF, chief[:, None], clerk[:, None]),
    )


def _openings(plan: Plan, count: int, chance: np.random.Generator) -> Integers:
    day = plan.first_day + (chance.random(count) * (plan.days - 4)).astype(np.int64)
    opened: Integers = day * SECONDS_A_DAY + draw_seconds(count, chance)
    return opened


def _group_grids(organisation: Organisation) -> Integers:
    """The group grid of each county's city."""
    codes = {code: place for place, code in enumerate(organisation.grids.code.to_pylist())}
    return np.array([codes[f"Z{county.city}00001"] for county in counties()])


def _asked_grids(
    organisation: Organisation, grid: Integers, loop: Integers, asking: Integers, chance: np.random.Generator
) -> Integers:
    """Middle: other region grids of the county where there are; large: institution grids of any two counties."""
    kind, county = organisation.grids.kind, organisation.grids.county
    institutions = np.flatnonzero(kind == INSTITUTION)
    first = np.array([np.flatnonzero((county == place) & (kind == REGION))[0] for place in range(len(institutions))])
    size = np.bincount(county[kind == REGION])
    turn = np.arange(len(asking)) % _ASKED + 1
    here = county[grid[asking]]
    # Turns go round the other grids of the county, never back to the one that asks.
    step = 1 + (turn - 1) % (size[here] - 1)
    neighbour = first[here] + (grid[asking] - first[here] + step) % size[here]
    far = institutions[(here + turn * chance.integers(1, 7)) % len(institutions)]
    asked: Integers = np.where(loop[asking] == MIDDLE, neighbour, far)
    return asked


def _steps(plan: Plan, opened: Integers, parent: Integers, planted: Booleans, chance: np.random.Generator) -> Integers:
    """Times of the steps; a parent closes after its children, and what would lie after the span has not happened."""
    count = len(opened)
    waits = chance.integers(600, 3 * SECONDS_A_DAY, (count, len(STEPS)))
    waits[:, 0] = 0
    waits[planted] = np.minimum(waits[planted], 900)
    times = opened[:, None] + np.cumsum(waits, axis=1)
    child = np.flatnonzero(parent >= 0)
    latest = np.zeros(count, dtype=np.int64)
    np.maximum.at(latest, parent[child], times[child, CLOSING])
    delay = np.maximum(latest + 3600 - times[:, EVIDENCE[-2]], 0)
    times[:, EVIDENCE[-2] :] += delay[:, None]
    done = times < plan.end_day * SECONDS_A_DAY
    done[:, WAITING] &= chance.random(count) < _WAITING_SHARE
    for step in EVIDENCE:
        done[planted, step] = False
    return np.where(done, times, -1)


def task_table(population: Population, organisation: Organisation, tasks: Tasks) -> pa.Table:
    """The export of tasks."""
    count = len(tasks.kind)
    opened, closed = tasks.step_at[:, 0], tasks.step_at[:, CLOSING]
    last = len(STEPS) - 1 - np.argmax(tasks.step_at[:, ::-1] >= 0, axis=1)
    is_closed = closed >= 0
    key = task_keys(count)
    return text_table(
        {
            "事项编号": key,
            "事项类型": pick(list(KINDS.values()), tasks.kind),
            "标题": _titles(tasks),
            "阶段": pick([STAGES[kind] for kind in KINDS], tasks.kind),
            "优先级": pick(["高", "中", "低"], tasks.title % 3),
            "状态": pick([status for _, status, _ in STEPS], last),
            "发起时间": time_text(opened),
            "截止日期": day_text(day_of(opened) + DUE_DAYS),
            "办结时间": time_text(closed, absent=~is_closed),
            "处理结果": where(is_closed, pick(OUTCOMES, np.where(tasks.planted, 1, tasks.title % len(OUTCOMES))), None),
            "闭环类型": pick(LOOPS, tasks.loop),
            "纳税人识别号": pick(population.number, tasks.firm),
            "经办人代码": pick(organisation.officer, tasks.clerk),
            "经办角色": pick([CLERK], np.zeros(count, np.int64)),
            "承办网格": pick(organisation.grids.code, tasks.grid),
            "上级事项编号": pick(key, tasks.parent),
            "反馈事项编号": pick(key, np.where(is_closed, tasks.parent, -1)),
        }
    )


def task_keys(count: int) -> Text:
    """Numbers of tasks."""
    return join("RW", padded(np.arange(count) + 1, 9))


def _titles(tasks: Tasks) -> Text:
    titles = list(words.TASK_TITLES.values())
    longest = max(len(row) for row in titles)
    flat = [row[place % len(row)] for row in titles for place in range(longest)]
    return pick(flat, tasks.kind * longest + tasks.title % longest)


def task_event_table(organisation: Organisation, tasks: Tasks) -> pa.Table:
    """The export of what was done, ordered by task and time."""
    task, step = np.nonzero(tasks.step_at >= 0)
    position = np.arange(len(task)) - np.searchsorted(task, task) + 1
    by_chief = BY_CHIEF[step]
    officer = tasks.hands[task, step]
    return text_table(
        {
            "事项编号": pick(task_keys(len(tasks.kind)), task),
            "序号": whole(position),
            "动作": pick([action for action, _, _ in STEPS], step),
            "时间": time_text(tasks.step_at[task, step]),
            "经办人代码": pick(organisation.officer, officer),
            "经办人": pick(organisation.people.name, officer),
            "岗位": where(by_chief, CHIEF, CLERK),
        }
    )


def officer_truth(population: Population, organisation: Organisation, tasks: Tasks) -> pa.Table:
    """The rows of `truth/officer_cases.csv`."""
    place = np.flatnonzero(tasks.planted)
    return text_table(
        {
            "officer": pick(organisation.officer, tasks.clerk[place]),
            "taxpayer": pick(population.number, tasks.firm[place]),
            "task": pick(task_keys(len(tasks.kind)), place),
            "kind": pick(["holds_share_and_closed_without_evidence"], np.zeros(len(place), np.int64)),
        }
    )
