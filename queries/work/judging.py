"""Whether an action may be done now, and by whom: pure, on a task's state, its kind and what the officer may act as.

Refusals say what stands against it, and what is allowed now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import StoreBusyError, WorkError
from queries.work.actions import Action
from queries.work.conformance import missing_evidence, same_hands
from queries.work.kinds import EVIDENCE, GRID, OFFICER, REASON, Machine, Step
from queries.work.people import Capacity
from queries.work.state import Happened, TaskState


@dataclass(frozen=True, slots=True)
class Allowed:
    """An action that is possible in the task's state.

    `by`: who may do it; `mine`: whether the asker is one of them, four eyes kept; `needs`: what it must be told;
    `evidence`: kinds that are still missing; `to`: where it leads.
    """

    action: str
    to: str
    by: tuple[str, ...]
    mine: bool
    needs: tuple[str, ...]
    evidence: tuple[str, ...]
    other_than: tuple[str, ...]

    def as_fact(self) -> dict[str, Any]:
        """As an error tells it."""
        return {"action": self.action, "to": self.to, "by": list(self.by), "mine": self.mine}


@dataclass(frozen=True, slots=True)
class Judged:
    """An action that may be done: its step, as what the officer does it, and the state after it."""

    step: Step
    capacity: Capacity
    state: str


def allowed(state: TaskState, machine: Machine, mine: Sequence[Capacity], officer: str) -> tuple[Allowed, ...]:
    """What is possible now, in the order of the kind's steps."""
    return tuple(
        Allowed(
            action=step.action,
            to=step.target or state.state,
            by=step.by,
            mine=any(not same_hands(step, state, _hands(officer, each)) for each in _fitting(step, mine)),
            needs=step.needs,
            evidence=missing_evidence(step, state, ("any",), frozenset()),
            other_than=step.other_than,
        )
        for step in machine.possible(state.state)
    )


def judge(action: Action, state: TaskState, machine: Machine, mine: Sequence[Capacity], officer: str) -> Judged:
    """The step of an action, if it may be done.

    Raises:
        StoreBusyError: `store.changed` when something was done since the officer looked.
        WorkError: `work.transition`, `work.actor`, `work.four_eyes`, `work.needs`, `work.evidence`.
    """
    now = allowed(state, machine, mine, officer)
    facts = {"task": action.task, "state": state.state, "sequence": state.sequence}
    facts_now: dict[str, Any] = {**facts, "allowed": [each.as_fact() for each in now]}
    if action.seen is not None and action.seen != state.sequence:
        raise StoreBusyError(
            "Something was done in the task since it was read.",
            code="store.changed",
            next_step="Read it again, and decide about what stands there now.",
            **facts_now,
            last=_last(state),
        )
    step = machine.actions.get(action.action)
    if step is None or state.state not in step.sources:
        raise WorkError(
            f"A task that is {state.state} does not allow this.",
            code="work.transition",
            next_step=_possible(now),
            **facts_now,
        )
    capacity = _capacity(step, state, mine, officer, facts_now)
    _check_told(action, step, state, facts)
    return Judged(step, capacity, step.target or state.state)


def _capacity(step: Step, state: TaskState, mine: Sequence[Capacity], officer: str, facts: dict[str, Any]) -> Capacity:
    fitting = _fitting(step, mine)
    if not fitting:
        raise WorkError(
            "This is for others to do.",
            code="work.actor",
            next_step=f"It may be done by: {', '.join(step.by)}.",
            by=list(step.by),
            **facts,
        )
    clean = [each for each in fitting if not same_hands(step, state, _hands(officer, each))]
    if not clean:
        raise WorkError(
            "Another officer has to do this: four eyes.",
            code="work.four_eyes",
            next_step="Ask an officer who did none of the named actions in this task.",
            other_than=list(same_hands(step, state, _hands(officer, fitting[0]))),
            **facts,
        )
    return clean[0]


def _check_told(action: Action, step: Step, state: TaskState, facts: dict[str, Any]) -> None:
    told = {REASON: (action.reason or "").strip(), EVIDENCE: action.evidence, OFFICER: action.assign_to}
    told[GRID] = action.grid
    if missing := [need for need in step.needs if not told[need]]:
        raise WorkError(
            f"This needs to be told: {', '.join(missing)}.",
            code="work.needs",
            next_step="Give what is named.",
            missing=missing,
            **facts,
        )
    kinds = Happened("", evidence=action.evidence).kinds_of_evidence
    if lacking := missing_evidence(step, state, action.evidence, kinds):
        raise WorkError(
            f"Evidence is missing: {', '.join(lacking)}.",
            code="work.evidence",
            next_step="Give it with this action, or attach it before.",
            missing=list(lacking),
            **facts,
        )


def _fitting(step: Step, mine: Sequence[Capacity]) -> list[Capacity]:
    return [each for each in mine if each.actor in step.by]


def _hands(officer: str, capacity: Capacity) -> frozenset[str]:
    return frozenset(one for one in (officer, capacity.acting_for) if one)


def _possible(now: Sequence[Allowed]) -> str:
    mine = [each.action for each in now if each.mine]
    others = [f"{each.action} ({', '.join(each.by)})" for each in now if not each.mine]
    told = [f"you may {', '.join(mine)}"] * bool(mine) + [f"others may {', '.join(others)}"] * bool(others)
    return f"Now {'; '.join(told)}." if told else "Nothing more can be done in it."


def _last(state: TaskState) -> dict[str, Any] | None:
    last = state.last
    if last is None:
        return None
    return {"action": last.action, "officer": last.officer, "at": last.at.isoformat() if last.at else None}
