"""Opens a task as the platform does: with whom dispatching suggests, merged into the household's one that is at work.

Shared by what opens tasks: findings (`opening`) and data quality (`queries.quality.raising`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.detection.rules import InForce
from queries.dispatch.choosing import Work
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import Suggestion, suggest_for
from queries.tasks import tasks_concerning
from queries.work.actions import SYSTEM_OFFICER, Action, Done, NewTask, task_id
from queries.work.preparing import Asked

Act = Callable[[Asked], Done]
"""The desk, as the platform itself acts there."""
ASKED_BY, SIDE, ISSUING = "asked_by", "side", "issuing"
"""Attributes of a task: who asked for it, and that they saw one side alone."""
SMALL, MIDDLE, LARGE = "small", "middle", "large"


@dataclass(frozen=True, slots=True)
class Raised:
    """One task that was opened, or had been. `why`: who got it and why, in English; `merged_into`: at work already.

    `taxpayer`: whom it is about; None for work about no taxpayer, such as a file.
    """

    task: str
    taxpayer: str | None
    kind: str
    loop: str
    grid: str | None
    officer: str | None
    why: str
    parent: str | None
    merged_into: str | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class Office:
    """Where tasks are opened on a day, under which rules of dispatching, and who asked for it.

    `whole`: whether who asked sees all that the tasks are about; else the tasks open none of the rest to them
    (`queries.opened`).
    """

    store: GraphStore
    on: date
    act: Act
    force: InForce[DispatchRules]
    who: str
    whole: bool = True

    @property
    def as_of(self) -> AsOf:
        """The present of that day."""
        return AsOf(valid=self.on)

    @property
    def asker(self) -> dict[str, str]:
        """Who asked, as attributes of a task."""
        return {ASKED_BY: self.who} | ({} if self.whole else {SIDE: ISSUING})

    def suggested(self, taxpayer: str, kind: str) -> Suggestion:
        """Who gets work about a taxpayer."""
        rules = self.force.rules
        work = Work("", kind, rules.tags(kind), rules.minutes(kind))
        return suggest_for(self.store, work, [taxpayer], force=self.force, as_of=self.as_of)

    def open(self, asked: NewTask, taxpayer: str | None, why: str) -> Raised:
        """Open a task, which names its officer and grid, merged into one that is at work."""
        standing = self._standing(asked, taxpayer) if taxpayer is not None else None
        told = replace(
            asked,
            officer=None if standing else asked.officer,
            merged_into=standing,
            extra={"dispatch": why, "rules": self.force.version, **self.asker},
        )
        done = self.act(told)
        if standing is not None:
            reason = f"The same household is at work in {standing}."
            self.act(Action(done.task, "merge", reason=reason, once=f"merge:{asked.once}"))
        return Raised(
            task=done.task,
            taxpayer=taxpayer,
            kind=asked.kind,
            loop=str(asked.loop),
            grid=told.grid,
            officer=told.officer,
            why=why,
            parent=asked.parent,
            merged_into=standing,
            repeated=done.repeated,
        )

    def _standing(self, asked: NewTask, taxpayer: str) -> str | None:
        """The oldest open task of this kind about the household; not the one that this request opened, nor its own."""
        own = {task_id(SYSTEM_OFFICER, asked.once), asked.parent}
        every = tasks_concerning(self.store, "Taxpayer", [taxpayer], as_of=AsOf(), scope=ROOT)
        open_ones = [each.id for each in every if each.kind == asked.kind and each.open_on(None) and each.id not in own]
        return open_ones[0] if open_ones else None
