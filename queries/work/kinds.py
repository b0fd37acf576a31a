"""What a kind of task is: its states, what leads from one to the next, who may do it, what it needs. Data types only.

The kinds that come with the platform stand in `catalogue`; a deployment's own file is read by `configured`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Final

from graph.errors import WorkError
from graph.model.organisation import TASK_STATUS

STATES: Final = frozenset(TASK_STATUS)
NOTHING: Final = ""  # the state of a task before its first event
ENDS: Final = frozenset({"closed", "cancelled"})
CREATE, DISPATCH = "create", "dispatch"  # what opens a task, and gives it to an officer
RISKS: Final = ("low", "high")

# Who may act: an assigned officer; the chief of a grid that holds the task, or of one above; anybody of such a grid;
# the platform itself.
ASSIGNED, CHIEF, MEMBER, SYSTEM = "assigned", "chief", "member", "system"
ACTORS: Final = (ASSIGNED, CHIEF, MEMBER, SYSTEM)
# What an action may need to be told.
REASON, EVIDENCE, OFFICER, GRID = "reason", "evidence", "officer", "grid"
NEEDS: Final = (REASON, EVIDENCE, OFFICER, GRID)


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a kind.

    Args:
        action: its name.
        sources: states in which it may be done; `NOTHING` for the first one.
        target: the state it leads to; None: the task stays where it is.
        by: who may do it, of `ACTORS`.
        needs: what it must be told, of `NEEDS`.
        evidence: kinds of evidence that the task must have by then, this action's own counted.
        other_than: actions that somebody else must have done (four eyes).
        known_as: names by which other systems tell it.
    """

    action: str
    sources: tuple[str, ...]
    target: str | None
    by: tuple[str, ...]
    needs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """A kind at one risk: the steps in force and the days until it is due."""

    kind: str
    steps: tuple[Step, ...]
    due_days: int | None

    @cached_property
    def _named(self) -> Mapping[str, tuple[Step, ...]]:
        found: dict[str, tuple[Step, ...]] = {}
        for step in self.steps:
            for name in (step.action, *step.known_as):
                found[name] = (*found.get(name, ()), step)
        return found

    @cached_property
    def actions(self) -> Mapping[str, Step]:
        """Each step by its action."""
        return {step.action: step for step in self.steps}

    def step(self, name: str | None, state: str) -> Step | None:
        """The step that a name means in a state: one that may be done there before any other; None for no step."""
        known = self._named.get(name or "", ())
        fitting = (step for step in known if state in step.sources)
        return next(fitting, known[0] if known else None)

    def possible(self, state: str) -> tuple[Step, ...]:
        """Steps that may be done in a state."""
        return tuple(step for step in self.steps if state in step.sources)

    def path(self, state: str, goals: Iterable[str]) -> tuple[Step, ...] | None:
        """The fewest steps from a state to one of these, first declared first; None where none lead there."""
        wanted, queue = frozenset(goals), [state]
        ways: dict[str, tuple[Step, ...]] = {state: ()}
        for here in queue:
            if here in wanted:
                return ways[here]
            for step in self.possible(here):
                if step.target is not None and step.target not in ways:
                    ways[step.target] = (*ways[here], step)
                    queue.append(step.target)
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """What a risk label changes of a kind: other steps, another time until it is due."""

    steps: tuple[Step, ...] = ()
    due_days: int | None = None


@dataclass(frozen=True, slots=True)
class KindOfTask:
    """A kind: its steps, and what a low or a high risk changes."""

    name: str
    steps: tuple[Step, ...]
    due_days: int | None = None
    risks: Mapping[str, Change] = field(default_factory=dict)

    def machine(self, risk: str | None) -> Machine:
        """The steps in force at a risk label (None: unrated)."""
        change = self.risks.get(risk or "", Change())
        other = {step.action: step for step in change.steps}
        own = tuple(other.pop(step.action, step) for step in self.steps)
        return Machine(self.name, (*own, *other.values()), change.due_days or self.due_days)


@dataclass(frozen=True)
class Kinds:
    """Every kind by name, and the words for a chief's role in a grid. `other`: what an unknown kind is treated as."""

    kinds: Mapping[str, KindOfTask]
    chief_roles: frozenset[str]
    other: KindOfTask
    _machines: dict[tuple[str | None, str | None], Machine] = field(default_factory=dict, compare=False, repr=False)

    def machine(self, kind: str | None, risk: str | None) -> Machine:
        """The steps in force for a task."""
        known = self._machines.get((kind, risk))
        if known is None:
            known = self._machines[kind, risk] = self.kinds.get(kind or "", self.other).machine(risk)
        return known

    def declared(self, kind: str) -> KindOfTask:
        """A kind that new tasks may have; WorkError `work.kind`."""
        if kind not in self.kinds:
            raise WorkError(
                "There is no such kind of task.", code="work.kind", next_step=f"Use {', '.join(sorted(self.kinds))}."
            )
        return self.kinds[kind]

    @cached_property
    def version(self) -> str:
        """Twelve digits that name these definitions: an event pins them."""
        told = {name: [_told(kind.machine(risk)) for risk in (None, *RISKS)] for name, kind in self.kinds.items()}
        text = json.dumps({"kinds": told, "chiefs": sorted(self.chief_roles)}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _told(machine: Machine) -> list[object]:
    return [machine.due_days, *([getattr(step, each.name) for each in fields(step)] for step in machine.steps)]


def changed(steps: Iterable[Step], action: str, **values: object) -> Step:
    """The step of that action with other values."""
    found = next(step for step in steps if step.action == action)
    return replace(found, **values)  # type: ignore[arg-type]  # names and types are those of `Step`
