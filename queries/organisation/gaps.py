"""Where nobody is responsible: taxpayers without a grid; grids, posts, tasks and steps without an officer; as spans.

Called by api. Of one subject, of a bureau with all below it, or of everything; read in whole columns and swept once a
kind. A subject has a gap on the days on which it is there (`life`) and nothing covers it. Where it is not known since
when it is there, its life begins with the first day that is covered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.event_days import event_days
from queries.limits import DEFAULT_LIMITS, Limits
from queries.office_words import CHIEF
from queries.organisation.columns import (
    Columns,
    dated,
    numbers,
    placed_taxpayers,
    places_of,
    shown,
    subject_of,
    subjects_of_bureau,
)
from queries.organisation.days import ALWAYS, NEVER, Span, span
from queries.organisation.spans import Longs, Spans, ever, joined, uncovered, united
from queries.reading import missing
from queries.results import Cut
from queries.tasks import CLOSED
from queries.views.bureau import bureau_subtree


@dataclass(frozen=True, slots=True)
class Gap:
    """A subject for which nobody was responsible from `from_` until the day before `to`; `days` None: it goes on."""

    kind: str
    type: str
    subject: str
    name: str | None
    from_: date | None
    to: date | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gaps by kind, subject and day. `totals` by kind are never cut."""

    gaps: tuple[Gap, ...]
    totals: Mapping[str, int]
    cut: tuple[Cut, ...]


def _taxpayers(columns: Columns) -> tuple[Spans, Spans]:
    """Registered taxpayers since their registration, and the days on which taxpayers are in grids."""
    asked = columns.nodes("Taxpayer", "registered_on")
    registered = asked.filter(asked["registered_on"].is_valid())
    begin, _ = dated(registered, "registered_on", "registered_on")
    life = Spans(numbers(registered, "number"), begin, np.full(len(begin), NEVER))
    return life, placed_taxpayers(columns).spans


def _of_taxpayers(columns: Columns) -> Spans:
    """Taxpayers that are in a grid at some time, on days on which they are in none."""
    life, cover = columns.once("taxpayers", _taxpayers)
    return _gaps(life.at(np.isin(life.owner, cover.owner)), cover)


def _never_placed(columns: Columns) -> Spans:
    """Taxpayers that are in no grid at any time."""
    life, cover = columns.once("taxpayers", _taxpayers)
    return life.at(~np.isin(life.owner, cover.owner))


def _gaps(life: Spans, cover: Spans) -> Spans:
    """Days of `life` that nothing covers."""
    firsts = united(cover)
    place, covered = places_of(life.owner, firsts.owner)
    first = np.append(firsts.begin, ALWAYS)[np.where(covered, place, len(firsts))]
    begin = np.where(life.begin == ALWAYS, first, life.begin)
    return uncovered(Spans(life.owner, begin, life.end), cover)


def _life_of_grids(columns: Columns) -> Spans:
    """Days on which grids are under a bureau or part of another grid; ever, where nothing is said."""
    asked = columns.only.get("Grid")
    grids = numbers(columns.nodes("Grid", "id"), "number")
    said = joined(columns.links("UNDER", source=asked).spans, columns.links("PART_OF", source=asked).spans)
    said = said.at(np.isin(said.owner, grids))
    return joined(said, ever(np.setdiff1d(grids, said.owner)))


def staffed(columns: Columns, grids: Longs | None, role: str | None = None) -> Spans:
    """Days on which officers in service work in grids, in this role if one is asked; owned by the grid."""
    works = columns.links("WORKS_IN", word="role", target=grids)
    if role is not None:
        works = works.at(works.word == role)
    return columns.in_service(works.spans, works.spans.owner).of(works.target)


def _of_grids(columns: Columns) -> Spans:
    return _gaps(_life_of_grids(columns), staffed(columns, columns.only.get("Grid")))


def _of_chiefs(columns: Columns) -> Spans:
    """Grids without a chief, also on days without anybody."""
    return _gaps(_life_of_grids(columns), staffed(columns, columns.only.get("Grid"), CHIEF))


def _of_posts(columns: Columns) -> Spans:
    asked = columns.only.get("Post")
    posts = numbers(columns.nodes("Post", "id"), "number")
    stands = columns.links("POST_AT", source=asked).spans
    life = joined(stands, ever(np.setdiff1d(posts, stands.owner)))
    held = columns.links("HOLDS_POST", target=asked)
    cover = columns.in_service(held.spans, held.spans.owner).of(held.target)
    return _gaps(columns.existing("Post", life, life.owner), cover)


def _of_duties(columns: Columns) -> Spans:
    """Duties that no post carries."""
    asked = columns.only.get("Duty")
    life = ever(numbers(columns.nodes("Duty", "id"), "number"))
    carried = columns.links("CARRIES", target=asked)
    cover = columns.existing("Post", carried.spans, carried.spans.owner).of(carried.target)
    return _gaps(columns.existing("Duty", life, life.owner), cover)


def _of_tasks(columns: Columns) -> Spans:
    """Tasks on days on which they are open, without an officer assigned and without one in the grid that holds them."""
    table = columns.nodes("Task", "status", "opened_at", "closed_at")
    begin, end = dated(table, "opened_at", "closed_at")
    shut = np.isin(table["status"].to_numpy(zero_copy_only=False).astype(str), CLOSED) & (end == NEVER)
    life = Spans(numbers(table, "number"), begin, np.where(shut, begin, end))
    assigned = columns.links("ASSIGNED_TO", source=columns.only.get("Task"))
    cover = columns.in_service(assigned.spans, assigned.target)
    left = np.unique(uncovered(life, cover).owner)
    return _gaps(life, joined(cover, _held(columns, left)))


def _held(columns: Columns, tasks: Longs) -> Spans:
    """Days on which grids with officers hold these tasks."""
    held = columns.links("HELD_BY", source=tasks)
    staff = united(staffed(columns, np.unique(held.target)))
    first, last = (np.searchsorted(staff.owner, held.target, side) for side in ("left", "right"))
    many = last - first
    link = np.repeat(np.arange(len(many)), many)
    place = np.arange(len(link)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    return held.spans.at(link).within(staff.begin[place], staff.end[place])


def _of_steps(columns: Columns) -> Spans:
    """Events of tasks on their day, done by nobody or by an officer who was not in service."""
    asked = columns.only.get("TaskEvent")
    table = columns.nodes("TaskEvent", "at", "offset_minutes")
    table = table.filter(table["at"].is_valid())
    day = event_days(table["at"].to_numpy().astype("datetime64[us]").astype(np.int64), table["offset_minutes"])
    event, officer = columns.ends("DONE_BY", source=asked)
    return _gaps(Spans(numbers(table, "number"), day, day + 1), columns.in_service(ever(event), officer))


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    label: str | None
    find: Callable[[Columns], Spans]


KINDS: Mapping[str, _Kind] = {
    "taxpayer_without_grid": _Kind("Taxpayer", "name", _of_taxpayers),
    "taxpayer_never_in_grid": _Kind("Taxpayer", "name", _never_placed),
    "grid_without_officer": _Kind("Grid", "name", _of_grids),
    "grid_without_chief": _Kind("Grid", "name", _of_chiefs),
    "post_without_holder": _Kind("Post", "name", _of_posts),
    "duty_without_post": _Kind("Duty", "name", _of_duties),
    "task_without_officer": _Kind("Task", "title", _of_tasks),
    "step_without_officer": _Kind("TaskEvent", "action", _of_steps),
}


def responsibility_gaps(
    store: GraphStore,
    *,
    kinds: Iterable[str] = tuple(KINDS),
    bureau: str | None = None,
    subject: tuple[str, str] | None = None,
    since: date | None = None,
    until: date | None = None,
    recorded: datetime | None = None,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Gaps:
    """Gaps of one subject (type and id), of a bureau and all below it, or of everything, in `since` … `until`.

    At most `limits.rows` are listed. Raises NotFoundError for a subject or bureau that is not there or out of scope,
    QueryError `query.kind` for a kind that there is not.
    """
    as_of = AsOf(recorded=recorded)
    columns = narrowed(Columns(store, as_of), bureau=bureau, subject=subject, scope=scope)
    window = span(since, until)
    found: list[Gap] = []
    totals: dict[str, int] = {}
    for name in checked_kinds(kinds, KINDS):
        gaps = _shown(columns, name, KINDS[name].find(columns), window, scope)
        totals[name] = len(gaps)
        found += gaps
    dropped = max(0, len(found) - limits.rows)
    return Gaps(tuple(found[: limits.rows]), totals, (Cut("gaps", "rows", dropped),) if dropped else ())


def checked_kinds(asked: Iterable[str], known: Mapping[str, object]) -> list[str]:
    """Kinds in the order of `known`; QueryError `query.kind` for one that is not among them."""
    wanted = set(asked)
    if strange := sorted(wanted - set(known)):
        raise QueryError(
            f"There is no kind {strange[0]!r}.", code="query.kind", next_step=f"Choose of {', '.join(known)}."
        )
    return [name for name in known if name in wanted]


def narrowed(columns: Columns, *, bureau: str | None, subject: tuple[str, str] | None, scope: Scope) -> Columns:
    """The columns of a subject or a bureau only; NotFoundError for one that is not there or out of scope."""
    store, as_of = columns.store, columns.as_of
    if subject is not None:
        type_name, key = subject
        if not store.fetch(type_name, [key], as_of=as_of, scope=scope).num_rows:
            raise missing(type_name)
        return Columns(store, as_of, subject_of(columns, *subject))
    if bureau is not None:
        if not store.fetch("Bureau", [bureau], as_of=as_of, scope=scope).num_rows:
            raise missing("Bureau")
        return Columns(store, as_of, subjects_of_bureau(columns, bureau_subtree(store, [bureau], as_of=as_of)))
    return columns


def _shown(columns: Columns, name: str, gaps: Spans, window: Span, scope: Scope) -> list[Gap]:
    kind = KINDS[name]
    gaps = gaps.within(window.begin, window.end)
    gaps = gaps.at(gaps.begin < gaps.end)
    named = named_subjects(columns, kind.type, kind.label, gaps.owner, scope)
    lines = zip(gaps.owner.tolist(), gaps.begin.tolist(), gaps.end.tolist(), strict=True)
    found = [_gap(name, *named[owner], Span(begin, end)) for owner, begin, end in lines if owner in named]
    return sorted(found, key=lambda gap: (gap.subject, gap.from_ or date.min))


def _gap(name: str, subject: str, label: str | None, days: Span) -> Gap:
    lasting = None if days.from_ is None or days.to is None else days.end - days.begin
    return Gap(name, KINDS[name].type, subject, label, days.from_, days.to, lasting)


def named_subjects(
    columns: Columns, type_name: str, label: str | None, owners: Longs, scope: Scope
) -> dict[int, tuple[str, str | None]]:
    """Ids and labels by number of those that the scope may see."""
    names: Sequence[str] = ("id",) if label is None else ("id", label)
    found = columns.store.node_columns(type_name, names, numbers=np.unique(owners), as_of=columns.as_of).to_pylist()
    seen = shown(columns.store, type_name, [row["id"] for row in found], as_of=columns.as_of, scope=scope)
    return {row["number"]: (row["id"], row.get(label or "")) for row in found if row["id"] in seen}
