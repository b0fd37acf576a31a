"""The state and the conformance of drawn histories equal a reference that starts anew at every event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from queries.work.catalogue import DEFAULT
from queries.work.conformance import Deviation, conformance
from queries.work.kinds import NOTHING, STATES, Machine, Step
from queries.work.state import Happened, in_order, state_of

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("create", "dispatch", "accept", "start", "in_work", "wait", "submit", "review", "return", "reopened", "close")
MACHINES = (
    DEFAULT.machine("service", "high"),
    DEFAULT.machine("inspection", "high"),
    DEFAULT.machine("service", "low"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Happened]:
    """Events of one task with shared officers, ties, gaps in what is known, and words of other systems."""
    count = draw(st.integers(0, 9))
    return [
        Happened(
            id=f"e{number}",
            action=draw(st.sampled_from((*WORDS, "confirm", "cancel", "assign", "handled", None))),
            at=draw(st.one_of(st.none(), st.integers(0, 4).map(lambda days: START + timedelta(days=days)))),
            position=draw(st.one_of(st.none(), st.integers(0, 4))),
            sequence=number + 1,
            status=draw(st.sampled_from((None, None, None, "in_work", "closed", "odd"))),
            officer=draw(st.sampled_from((None, "a", "b"))),
            acting_for=draw(st.sampled_from((None, None, "b"))),
            reason=draw(st.sampled_from((None, "said"))),
            evidence=draw(st.sampled_from(((), ("attendance:1",), ("signed_notice",), ("confirmation", "visit")))),
            source=draw(st.sampled_from(("one", "two"))),
        )
        for number in range(count)
    ]


def before(one: Happened, other: Happened) -> bool:
    """Does one event stand before another? By instant, position, sequence, id; what is not known stands first."""
    for name in ("at", "position", "sequence", "id"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            return mine is None or (theirs is not None and mine < theirs)
    return False


def slow_order(events: Sequence[Happened]) -> list[Happened]:
    """Each event at the place that counts those before it."""
    return sorted(events, key=lambda event: sum(before(other, event) for other in events))


def meant(machine: Machine, action: str | None, state: str) -> Step | None:
    """The step that a word means."""
    known = [step for step in machine.steps if action == step.action or action in step.known_as]
    fitting = [step for step in known if state in step.sources]
    return next(iter(fitting or known), None)


def slow_state(machine: Machine, events: Sequence[Happened]) -> str:
    """Where ordered events lead."""
    if not events:
        return NOTHING
    here, last = slow_state(machine, events[:-1]), events[-1]
    step = meant(machine, last.action, here)
    if last.status in STATES:
        return str(last.status)
    return step.target if step is not None and step.target is not None else here


def shortest(machine: Machine, state: str, goals: Sequence[str]) -> tuple[str, ...] | None:
    """The first shortest walk, of all possible walks in the order of the steps; the longest way has seven."""
    walks: list[tuple[tuple[str, ...], str]] = [((), state)]
    for _ in range(8):
        reached = [walk for walk, here in walks if here in goals]
        if reached:
            return reached[0]
        walks = [
            ((*walk, step.action), step.target)
            for walk, here in walks
            for step in machine.steps
            if step.target is not None and here in step.sources and step.target != here
        ]
    return None


def slow_conformance(machine: Machine, events: Sequence[Happened]) -> list[Deviation]:
    """Every rule asked anew of each event and all before it."""
    ordered, found = slow_order(events), []
    for place, event in enumerate(ordered):
        earlier = ordered[:place]
        state = slow_state(machine, earlier)
        found += [
            Deviation(event.id, rule, event.action, state, names)
            for rule, names in (
                *slow_rules(machine, event, earlier, state),
                *slow_disorder(event, ordered),
            )
        ]
    return found


def slow_rules(
    machine: Machine, event: Happened, earlier: Sequence[Happened], state: str
) -> list[tuple[str, tuple[str, ...]]]:
    """What one event breaks, without its order."""
    step = meant(machine, event.action, state)
    if step is None:
        return [("unknown_action", ())]
    found: list[tuple[str, tuple[str, ...]]] = []
    if state not in step.sources:
        path = shortest(machine, state, step.sources)
        possible = tuple(each.action for each in machine.steps if state in each.sources)
        found.append(("illegal_transition", possible) if path is None else ("skipped_step", path))
    if "reason" in step.needs and not event.reason:
        found.append(("missing_reason", ()))
    there = {item.split(":")[0] for each in (*earlier, event) for item in each.evidence}
    lacking = tuple(sorted(kind for kind in step.evidence if kind not in there))
    if lacking or ("evidence" in step.needs and not event.evidence):
        found.append(("missing_evidence", lacking or ("evidence",)))
    same = tuple(action for action in step.other_than if shared(machine, event, earlier, action))
    return [*found, ("four_eyes", same)] if same else found


def shared(machine: Machine, event: Happened, earlier: Sequence[Happened], action: str) -> bool:
    """Did the same hands do that action before?"""
    mine = {event.officer, event.acting_for} - {None}
    return any(
        mine & ({each.officer, each.acting_for} - {None})
        for place, each in enumerate(earlier)
        if (step := meant(machine, each.action, slow_state(machine, earlier[:place]))) is not None
        and step.action == action
    )


def slow_disorder(event: Happened, events: Sequence[Happened]) -> list[tuple[str, tuple[str, ...]]]:
    """Does the same source put an event before this one that has a later instant?"""
    if event.at is None or event.position is None:
        return []
    mine = (event.position, event.at, event.id)
    known = sorted(
        (each.position, each.at, each.id)
        for each in events
        if each.source == event.source and each.at is not None and each.position is not None
    )
    ahead = [(at, key) for position, at, key in known if (position, at, key) < mine and at > event.at]
    latest = max((at for at, _ in ahead), default=None)
    return [("out_of_order", ([key for at, key in ahead if at == latest][-1],))] if ahead else []


@settings(max_examples=150, deadline=None)
@given(histories(), st.sampled_from(MACHINES), st.randoms())
def test_state_and_deviations_of_events_in_any_order(events: list[Happened], machine: Machine, random: object) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a `Random` of Hypothesis
    assert in_order(shuffled) == slow_order(events)
    expected = slow_state(machine, slow_order(events)) or "created"
    assert state_of(shuffled, machine).state == expected
    assert list(conformance(shuffled, machine)) == slow_conformance(machine, events)


@settings(max_examples=50, deadline=None)
@given(histories(), st.sampled_from(MACHINES))
def test_what_an_own_event_says_is_where_the_task_stands(events: list[Happened], machine: Machine) -> None:
    latest = max((each.at for each in events if each.at is not None), default=START)
    own = replace(Happened("own"), at=latest + timedelta(seconds=1), status="waiting", sequence=99)
    state = state_of([*events, own], machine, told="closed")
    assert (state.state, state.sequence, state.last) == ("waiting", 99, own)
