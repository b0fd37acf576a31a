"""Where two are responsible for what is one's: two chiefs of a grid, two holders of a post, two grids of one kind.

Called by api, and like `gaps` of one subject, of a bureau with all below it, or of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.office_words import CHIEF
from queries.organisation.columns import Columns, Links, numbers, placed_taxpayers, places_of
from queries.organisation.days import Span, span
from queries.organisation.gaps import checked_kinds, named_subjects, narrowed
from queries.organisation.spans import Longs, Spans, doubled, united
from queries.results import Cut


@dataclass(frozen=True, slots=True)
class Overlap:
    """From `from_` until the day before `to` several `members` (officers, or grids) are what only one should be.

    `role`: of the officers, or the kind of the grids.
    """

    kind: str
    type: str
    subject: str
    name: str | None
    role: str | None
    members: tuple[str, ...]
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Overlaps by kind, subject and day. `totals` by kind are never cut."""

    overlaps: tuple[Overlap, ...]
    totals: Mapping[str, int]
    cut: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """Spans owned by subjects, the member of each, and a place in `roles`: what must be one member's."""

    spans: Spans
    member: Longs
    role: Longs
    roles: Sequence[str | None]


def _chiefs(columns: Columns) -> _Held:
    works = columns.links("WORKS_IN", word="role", target=columns.only.get("Grid"))
    works = works.at(works.word == CHIEF)
    return _officers(columns, works, CHIEF)


def _holders(columns: Columns) -> _Held:
    return _officers(columns, columns.links("HOLDS_POST", target=columns.only.get("Post")), None)


def _officers(columns: Columns, links: Links, role: str | None) -> _Held:
    spans = columns.in_service(links.spans, links.spans.owner)
    return _Held(spans.of(links.target), links.spans.owner, np.zeros(len(spans), np.int64), [role])


def _grids(columns: Columns) -> _Held:
    placed = placed_taxpayers(columns)
    table = columns.store.node_columns("Grid", ("kind",), as_of=columns.as_of)
    table = table.filter(table["kind"].is_valid())  # of a grid of no kind nothing follows
    kinds, kind = np.unique(table["kind"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    place, known = places_of(placed.target, numbers(table, "number"))
    placed = placed.at(known)
    return _Held(placed.spans, placed.target, kind.astype(np.int64)[place[known]], kinds.tolist())


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    member: str
    find: Callable[[Columns], _Held]


KINDS: Mapping[str, _Kind] = {
    "two_chiefs_of_a_grid": _Kind("Grid", "Officer", _chiefs),
    "two_holders_of_a_post": _Kind("Post", "Officer", _holders),
    "two_grids_of_a_kind": _Kind("Taxpayer", "Grid", _grids),
}


def responsibility_overlaps(
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
) -> Overlaps:
    """Overlaps of one subject (type and id), of a bureau and all below it, or of everything, in `since` … `until`.

    At most `limits.rows` are listed. Raises NotFoundError and QueryError `query.kind` as `responsibility_gaps` does.
    """
    columns = narrowed(Columns(store, AsOf(recorded=recorded)), bureau=bureau, subject=subject, scope=scope)
    found: list[Overlap] = []
    totals: dict[str, int] = {}
    for name in checked_kinds(kinds, KINDS):
        overlaps = _overlaps(columns, name, span(since, until), scope)
        totals[name] = len(overlaps)
        found += overlaps
    dropped = max(0, len(found) - limits.rows)
    return Overlaps(tuple(found[: limits.rows]), totals, (Cut("overlaps", "rows", dropped),) if dropped else ())


def _overlaps(columns: Columns, name: str, window: Span, scope: Scope) -> list[Overlap]:
    kind = KINDS[name]
    held = kind.find(columns)
    # One number for each subject and role, and for each of them and a member, so that a renewed posting is no overlap.
    subjects, group = _distinct(held.spans.owner, held.role)
    pairs, pair = _distinct(group, held.member)
    whole = united(held.spans.of(pair))
    grouped = whole.of(pairs[0][whole.owner])
    common = doubled(grouped).within(window.begin, window.end)
    common = common.at(common.begin < common.end)
    meant = np.isin(grouped.owner, common.owner)
    grouped, members = grouped.at(meant), pairs[1][whole.owner][meant]
    named = named_subjects(columns, kind.type, "name", subjects[0][np.unique(common.owner)], scope)
    called = named_subjects(columns, kind.member, None, members, scope)
    found = []
    for one, days in _lines(common):
        subject, role = subjects[:, one].tolist()
        if subject in named:
            between = sorted(called[each][0] for each in _meeting(grouped, members, one, days) if each in called)
            key, label = named[subject]
            only = held.roles[role]
            found.append(Overlap(name, kind.type, key, label, only, tuple(between), days.from_, days.to))
    return sorted(found, key=lambda each: (each.subject, each.role or "", each.from_ or date.min))


def _distinct(first: Longs, second: Longs) -> tuple[Longs, Longs]:
    """Distinct pairs (2, m), ascending, and which of them each is (n,)."""
    order = np.lexsort((second, first))
    fresh = np.append(True, (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0))[: len(order)]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(fresh) - 1
    return np.stack([first[order][fresh], second[order][fresh]]), which


def _lines(spans: Spans) -> list[tuple[int, Span]]:
    days = map(Span, spans.begin.tolist(), spans.end.tolist())
    return list(zip(spans.owner.tolist(), days, strict=True))


def _meeting(spans: Spans, members: Longs, group: int, days: Span) -> list[int]:
    """Members of a group that hold on any of these days."""
    low, high = np.searchsorted(spans.owner, group, "left"), np.searchsorted(spans.owner, group, "right")
    part = slice(low, high)
    meets = (spans.begin[part] < days.end) & (spans.end[part] > days.begin)
    return sorted(set(members[part][meets].tolist()))
