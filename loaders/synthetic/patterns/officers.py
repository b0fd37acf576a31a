"""Pattern 16 of domain.md, paragraph 5: officers and the tasks they handle. Called by `generate` with the tasks drawn.

Five signals in turn: a share in the firm, closing without evidence, closing late, one hand in every step, and another
handler just before the end. Clearance rates and looks outside the own grids are not in exports that can be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loaders.synthetic.patterns.cases import PLANTED, Cases, Pattern
from loaders.synthetic.tasks import BY_CHIEF, CLOSING, DUE_DAYS, EVIDENCE, SMALL, WAITING, Tasks, task_keys
from loaders.synthetic.text import day_text, join, padded, pick
from loaders.synthetic.trade import SECONDS_A_DAY

if TYPE_CHECKING:
    from loaders.synthetic.holdings import OfficerCases
    from loaders.synthetic.organisation import Membership, Organisation
    from loaders.synthetic.patterns.book import Book
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Integers

SIGNALS = ("share", "without_evidence", "late", "one_hand", "reassigned")
_SHARE, _UNPROVEN, _LATE, _ONE_HAND, _REASSIGNED = range(len(SIGNALS))
_INQUIRY = 1
_ISSUING, _REVIEWING = (0, 1), 6
_MORNING = 10 * 3600
_STEP_HOURS = np.array([0, 1, 24, 48, 60, 72, 96, 120])
_LATE_DAYS = DUE_DAYS + 10
_EARLY_CHANGE, _LATE_CHANGE = 8, 1
_CLOSED_ON = 10
# Which signal a near miss of each precondition belongs to.
_PRECONDITIONS = {
    "holds": _SHARE,
    "handles": _SHARE,
    "without_evidence": _UNPROVEN,
    "closed": _UNPROVEN,
    "late": _LATE,
    "issues": _ONE_HAND,
    "reviews": _ONE_HAND,
    "changed": _REASSIGNED,
    "just_before": _REASSIGNED,
}


def _keep(cases: Cases, book: Book) -> None:
    """The firms are reserved with those of the other patterns; their tasks are drawn later."""
    book.officers.append(cases)


OFFICERS = Pattern(
    name="officer_control", firms=1, invoices=0, preconditions=tuple(_PRECONDITIONS), days=45, plant=_keep
)


@dataclass(frozen=True, slots=True)
class Watched:
    """Planted tasks, one a case.

    `holder` is the officer in question, `clerk` who handles the task, the same but in a near miss. `hands` are the
    officers of each step. `other` had the task until day `until` (-1: nobody had it before).
    """

    cases: Cases
    signal: Integers
    grid: Integers
    chief: Integers
    holder: Integers
    clerk: Integers
    other: Integers
    hands: Integers
    step_at: Integers
    holds: Booleans
    until: Integers


def draw_watched(book: Book, organisation: Organisation, membership: Membership) -> Watched | None:
    """The tasks of all cases; None if none are planted."""
    if not book.officers:
        return None
    cases = book.officers[0]
    wanted = np.array([*_PRECONDITIONS.values()])[np.maximum(cases.broken, 0)]
    signal = np.where(cases.broken == PLANTED, cases.variant % len(SIGNALS), wanted)
    grid = membership.grids_on(cases.firm(0), cases.start)
    clerk, chief = organisation.clerks_on(grid, cases.start), organisation.chiefs_on(grid, cases.start)
    other = organisation.staff.administrator[grid]
    handler = np.where(cases.fails("handles"), other, clerk)
    changed = (signal == _REASSIGNED) & ~cases.fails("changed")
    before = np.where(cases.fails("just_before"), _EARLY_CHANGE, _LATE_CHANGE)
    return Watched(
        cases=cases,
        signal=signal,
        grid=grid,
        chief=chief,
        holder=clerk,
        clerk=handler,
        other=other,
        hands=_hands(cases, signal, handler, chief),
        step_at=_steps(cases, signal),
        holds=(signal == _SHARE) & ~cases.fails("holds"),
        until=np.where(changed, cases.start + _CLOSED_ON - before, -1),
    )


def _hands(cases: Cases, signal: Integers, handler: Integers, chief: Integers) -> Integers:
    """Chiefs issue and review, unless one hand does everything."""
    alone = signal == _ONE_HAND
    hands: Integers = np.where(BY_CHIEF & ~alone[:, None], chief[:, None], handler[:, None])
    for name, steps in (("issues", _ISSUING), ("reviews", (_REVIEWING,))):
        for step in steps:
            hands[:, step] = np.where(cases.fails(name), chief, hands[:, step])
    return hands


def _steps(cases: Cases, signal: Integers) -> Integers:
    opened = cases.start * SECONDS_A_DAY + _MORNING
    at: Integers = opened[:, None] + _STEP_HOURS * 3600
    at[:, WAITING] = -1
    days = np.where(signal == _LATE, np.where(cases.fails("late"), DUE_DAYS, _LATE_DAYS), _CLOSED_ON)
    at[:, CLOSING] = opened + days * SECONDS_A_DAY
    unproven = (signal == _UNPROVEN) & ~cases.fails("without_evidence")
    for step in (*EVIDENCE, _REVIEWING):
        at[unproven, step] = -1
    at[cases.fails("closed"), CLOSING] = -1
    return at


def with_watched(tasks: Tasks, watched: Watched) -> Tasks:
    """The tasks with the planted ones after them."""
    cases = watched.cases
    same = np.zeros(cases.count, dtype=np.int64)
    more = Tasks(
        kind=same + _INQUIRY,
        title=same,
        loop=same + SMALL,
        firm=cases.firm(0),
        grid=watched.grid,
        chief=watched.chief,
        clerk=watched.clerk,
        parent=same - 1,
        step_at=watched.step_at,
        planted=same.astype(bool),
        hands=watched.hands,
    )
    return Tasks(*(np.concatenate([getattr(tasks, name), getattr(more, name)]) for name in Tasks.__slots__))


def with_holdings(cases: OfficerCases, watched: Watched) -> OfficerCases:
    """The officers' shares with those of the planted tasks; who is no handler may hold one too."""
    own = watched.holder[watched.holds]
    firm = watched.cases.firm(0)[watched.holds]
    return type(cases)(np.concatenate([cases.officer, own]), np.concatenate([cases.firm, firm]))


def reassigned_table(population: Population, organisation: Organisation, watched: Watched, tasks: Tasks) -> pa.Table:
    """The export of earlier handlers: tasks again, with the day on which they were given to another one."""
    rows = np.flatnonzero(watched.until >= 0)
    place = len(tasks.kind) - watched.cases.count + rows
    columns: dict[str, Any] = {
        "事项编号": pick(task_keys(len(tasks.kind)), place),
        "标题": pick(["发票异常情况核实"], np.zeros(len(rows), np.int64)),
        "发起时间": day_text(watched.cases.start[rows]),
        "纳税人识别号": pick(population.number, tasks.firm[place]),
        "经办人代码": pick(organisation.officer, watched.other[rows]),
        "派单日期": day_text(watched.cases.start[rows]),
        "改派日期": day_text(watched.until[rows]),
    }
    return pa.table(columns)


def officer_control_truth(
    population: Population, organisation: Organisation, watched: Watched, tasks: Tasks
) -> pa.Table:
    """The rows of `truth/officer_control.csv`: the anchor is the officer, the member the taxpayer."""
    cases = watched.cases
    planted = cases.broken == PLANTED
    order = np.where(planted, np.cumsum(planted), np.cumsum(~planted))
    place = len(tasks.kind) - cases.count + np.arange(cases.count)
    return pa.table(
        {
            "case": join(pick(["N", "P"], planted.astype(np.int64)), padded(order, 5)),
            "kind": pick(["near", "planted"], planted.astype(np.int64)),
            "anchor": pick(organisation.officer, watched.holder),
            "members": pick(population.number, cases.firm(0)),
            "invoices": pick([""], np.zeros(cases.count, np.int64)),
            "broken": pick(list(_PRECONDITIONS), cases.broken),
            "signal": pick(SIGNALS, watched.signal),
            "task": pick(task_keys(len(tasks.kind)), place),
        }
    )
