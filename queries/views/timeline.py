"""One time line of a taxpayer's life: registration, changes, roles, grids and tasks. Read by the household view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from queries.reading import day_of, holds_on
from queries.tasks import Holder, TaskHead
from queries.views.registers import Change, RegistrationItem, Role


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened on a day; `kind` names it, `subject` is whom it is about, `what` says more."""

    on: date
    kind: str
    subject: str
    what: str | None


def timeline(
    *,
    registrations: Iterable[RegistrationItem],
    changes: Iterable[Change],
    roles: Iterable[Role],
    grids: Iterable[Holder],
    tasks: Iterable[TaskHead],
    until: date | None,
) -> tuple[Moment, ...]:
    """All moments up to and including the day `until` (None: all), by day, kind, subject."""
    found = [
        *(_spans("registered", "cancelled", ((r.id, r.name, r.registered_on, r.cancelled_on) for r in registrations))),
        *(Moment(c.on, f"changed_{c.item}", c.id, f"{c.old or ''} → {c.new or ''}") for c in changes if c.on),
        *(_role_moments(roles)),
        *(_spans("grid_entered", "grid_left", ((g.id, g.name, g.from_, g.to) for g in grids))),
        *(_spans("task_opened", "task_closed", (_task_span(task) for task in tasks))),
    ]
    kept = {moment for moment in found if holds_on(until, moment.on, None)}
    return tuple(sorted(kept, key=lambda m: (m.on, m.kind, m.subject, m.what or "")))


def _role_moments(roles: Iterable[Role]) -> list[Moment]:
    return [
        moment
        for role in roles
        for moment in _spans(
            f"{role.role}_began", f"{role.role}_ended", [(role.subject, role.name, role.from_, role.to)]
        )
    ]


def _task_span(task: TaskHead) -> tuple[str, str | None, date | None, date | None]:
    return task.id, task.title, day_of(task.opened_at), day_of(task.closed_at)


def _spans(began: str, ended: str, spans: Iterable[tuple[str, str | None, date | None, date | None]]) -> list[Moment]:
    return [
        Moment(on, kind, subject, what)
        for subject, what, start, end in spans
        for kind, on in ((began, start), (ended, end))
        if on is not None
    ]
