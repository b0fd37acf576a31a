"""Where a task's events differ from what its kind allows: results, never refusals. For loaded logs and own events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from queries.work.kinds import EVIDENCE, REASON, Machine, Step
from queries.work.state import START, Happened, TaskState, after, in_order

UNKNOWN, ILLEGAL, SKIPPED = "unknown_action", "illegal_transition", "skipped_step"
NO_REASON, NO_EVIDENCE, SAME_HANDS, DISORDER = "missing_reason", "missing_evidence", "four_eyes", "out_of_order"
RULES: Final = (UNKNOWN, ILLEGAL, SKIPPED, NO_REASON, NO_EVIDENCE, SAME_HANDS, DISORDER)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference.

    `state`: where the task stood; `names`: what the rule is about: steps that were skipped, actions that were possible,
    kinds of evidence that were missing, actions of the same hands, or the event before it that has a later instant.
    """

    event: str
    rule: str
    action: str | None
    state: str
    names: tuple[str, ...] = ()


def conformance(events: Iterable[Happened], machine: Machine) -> tuple[Deviation, ...]:
    """Every deviation, in order of the events, then of `RULES`."""
    ordered = in_order(events)
    late = dict(_out_of_order(ordered))
    found: list[Deviation] = []
    state = START
    for event in ordered:
        found += _of_event(event, state, machine)
        if event.id in late:
            found.append(Deviation(event.id, DISORDER, event.action, state.state, (late[event.id],)))
        state = after(state, event, machine)
    return tuple(found)


def _of_event(event: Happened, state: TaskState, machine: Machine) -> Iterator[Deviation]:
    def deviation(rule: str, names: Iterable[str] = ()) -> Deviation:
        return Deviation(event.id, rule, event.action, state.state, tuple(names))

    step = machine.step(event.action, state.state)
    if step is None:
        yield deviation(UNKNOWN)
        return
    if state.state not in step.sources:
        path = machine.path(state.state, step.sources)
        if path is None:
            yield deviation(ILLEGAL, (each.action for each in machine.possible(state.state)))
        else:
            yield deviation(SKIPPED, (each.action for each in path))
    if REASON in step.needs and not event.reason:
        yield deviation(NO_REASON)
    missing = missing_evidence(step, state, event.evidence, event.kinds_of_evidence)
    if missing:
        yield deviation(NO_EVIDENCE, missing)
    if same := same_hands(step, state, event.hands):
        yield deviation(SAME_HANDS, same)


def missing_evidence(step: Step, state: TaskState, items: Iterable[str], kinds: frozenset[str]) -> tuple[str, ...]:
    """Kinds of evidence that the task still lacks for a step, sorted; `evidence` where any would do."""
    lacking = sorted(set(step.evidence) - state.evidence - kinds)
    return tuple(lacking) if lacking or EVIDENCE not in step.needs or any(items) else (EVIDENCE,)


def same_hands(step: Step, state: TaskState, hands: frozenset[str]) -> tuple[str, ...]:
    """Actions that somebody else should have done."""
    return tuple(action for action in step.other_than if not hands.isdisjoint(state.hands.get(action, frozenset())))


def _out_of_order(events: Iterable[Happened]) -> Iterator[tuple[str, str]]:
    """Events with an instant before that of one which their own source puts before them, and the latest such one."""
    by_source: dict[str | None, list[tuple[int, datetime, str]]] = {}
    for event in events:
        if event.at is not None and event.position is not None:
            by_source.setdefault(event.source, []).append((event.position, event.at, event.id))
    for found in by_source.values():
        _, latest, before = min(found)
        for _, at, key in sorted(found):
            if at < latest:
                yield key, before
            else:
                latest, before = at, key
