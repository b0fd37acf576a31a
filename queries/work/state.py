"""Where a task stands: a pure function of its events. Own events say the state they led to, others are read by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from queries.reading import none_first
from queries.work.kinds import NOTHING, STATES, Machine

FIELDS: Final = (
    "action",
    "at",
    "offset_minutes",
    "position",
    "sequence",
    "status",
    "officer",
    "acting_for",
    "reason",
    "evidence",
    "note_digest",
    "hash",
)
KIND_OF_EVIDENCE = ":"  # what stands before it in an item of evidence is its kind


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as the state machine reads it. `evidence`: items, each `kind` or `kind:reference`."""

    id: str
    action: str | None = None
    at: datetime | None = None
    offset_minutes: int | None = None
    position: int | None = None
    sequence: int | None = None
    status: str | None = None
    officer: str | None = None
    acting_for: str | None = None
    reason: str | None = None
    evidence: tuple[str, ...] = ()
    note_digest: str | None = None
    hash: str | None = None
    source: str | None = None
    batch: int = 0

    @property
    def hands(self) -> frozenset[str]:
        """Who did it, and for whom."""
        return frozenset(one for one in (self.officer, self.acting_for) if one)

    @property
    def kinds_of_evidence(self) -> frozenset[str]:
        """What it rests on."""
        return frozenset(item.partition(KIND_OF_EVIDENCE)[0] for item in self.evidence)


def happened(row: Mapping[str, Any], *, key: str = "id", prefix: str = "") -> Happened:
    """An event from a node row, or with prefix `far.` from an expanded row."""
    values: dict[str, Any] = {name: row.get(prefix + name) for name in FIELDS}
    values["evidence"] = items_of(values["evidence"])
    return Happened(str(row[key]), source=row.get("prov_source"), batch=row.get("batch_from") or 0, **values)


def items_of(text: str | None) -> tuple[str, ...]:
    """Items of evidence from their text."""
    return tuple(item.strip() for item in (text or "").split(",") if item.strip())


def in_order(events: Iterable[Happened]) -> list[Happened]:
    """By instant, then position, then sequence. An event without an instant stands before all that have one."""
    return sorted(events, key=lambda e: (none_first(e.at), none_first(e.position), none_first(e.sequence), e.id))


@dataclass(frozen=True, slots=True)
class TaskState:
    """Where a task stands.

    `sequence`: of the last event of its chain, 0 where none is in it; `hands`: who did each action, and for whom;
    `evidence`: kinds that it has by now; `last`: its last event.
    """

    state: str
    sequence: int = 0
    hands: Mapping[str, frozenset[str]] = field(default_factory=dict)
    evidence: frozenset[str] = frozenset()
    last: Happened | None = None


START: Final = TaskState(NOTHING)


def state_of(events: Iterable[Happened], machine: Machine, *, told: str | None = None) -> TaskState:
    """The state after these events, in whatever order they come. `told`: what its source says where no event does."""
    state = START
    for event in in_order(events):
        state = after(state, event, machine)
    return state if state.state != NOTHING else begun(state, told)


def begun(state: TaskState, told: str | None) -> TaskState:
    """The state of a task of which no event says where it stands."""
    where = told if told in STATES else "created"
    return TaskState(where, state.sequence, state.hands, state.evidence, state.last)


def after(state: TaskState, event: Happened, machine: Machine) -> TaskState:
    """The state after one more event. What happened is a fact, also where the machine would have refused it."""
    step = machine.step(event.action, state.state)
    where = event.status if event.status in STATES else (step and step.target) or state.state
    action = step.action if step else event.action or ""
    return TaskState(
        where,
        max(state.sequence, event.sequence or 0),
        {**state.hands, action: state.hands.get(action, frozenset()) | event.hands},
        state.evidence | event.kinds_of_evidence,
        event,
    )
