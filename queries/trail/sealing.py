"""Seals the days of the trail: each day's root over the heads that it moved, chained, signed, added to the roots' file.

Called by `taxgraph trail seal` and by a server at the day's change. Every day gets a root, those without a link too, so
that a day that is missing shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.errors import QueryError, StoreError
from graph.store.port import GraphStore
from graph.trail.canonical import micros
from graph.trail.roots import Moved, Root, signed_bytes, written
from queries.trail.keys import fingerprint
from queries.trail.links import recorded_links
from queries.trail.roots_file import alone, append, roots_in

# A commit takes its instant before it is seen: who seals at midnight sharp might miss one of the old day.
SETTLED = timedelta(minutes=5)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """What a day recorded: the heads that it moved, in order of task, and how many links."""

    moved: tuple[Moved, ...]
    links: int
    tasks: int  # that had no link before


@dataclass(frozen=True, slots=True)
class Sealed:
    """`days`: sealed now (ISO); `last`: the last sealed day; `unchained`: events that no release chained."""

    days: tuple[str, ...]
    last: str | None
    unchained: int


def last_over(now: datetime, zone: str) -> date:
    """The last day that can be sealed at this instant."""
    return (now - SETTLED).astimezone(ZoneInfo(zone)).date() - _DAY


def seal(
    store: GraphStore,
    key: Ed25519PrivateKey,
    roots: Path,
    *,
    zone: str,
    until: date | None = None,
    now: datetime | None = None,
) -> Sealed:
    """Seal every day up to `until` (the last that is over) that has no root yet.

    Args:
        store: whose trail it is.
        key: signs.
        roots: file of the days' roots; made if it is not there.
        zone: where the authority's days begin; a file that is there keeps its own.
        until: a day that is over.
        now: with an offset; the present by default.

    Raises:
        QueryError: `query.trail_day` if the day is not over.
        StoreError: `store.trail` if the store no longer holds what was sealed; the open days are sealed all the same.
        DataError: `data.trail_roots`.
    """
    instant = now or datetime.now(UTC)
    with alone(roots):
        before = roots_in(roots)
        zone = before[-1].zone if before else zone
        last = _last(instant, zone, until)
        days, unchained = _days(store, zone)
        added = _added(before, days, zone, last)
        for root in added:
            append(roots, signed_line(root, key, sealed_at=micros(instant)))
    _check(before, days)
    every = [*before, *added]
    return Sealed(tuple(root.day for root in added), every[-1].day if every else None, unchained)


def _last(now: datetime, zone: str, until: date | None) -> date:
    """The day up to which is sealed."""
    last = last_over(now, zone)
    if until is not None and until > last:
        raise QueryError(
            "This day is not over.",
            code="query.trail_day",
            next_step="A day can be sealed from five minutes after its end.",
            last=last.isoformat(),
        )
    return until or last


def signed_line(root: Root, key: Ed25519PrivateKey, *, sealed_at: int) -> str:
    """The line of a day."""
    signature = key.sign(signed_bytes(root.hash, sealed_at)).hex()
    return written(root, sealed_at=sealed_at, key=fingerprint(key.public_key()), signature=signature)


def _days(store: GraphStore, zone: str) -> tuple[dict[str, Day], int]:
    """What each day recorded, of the days that recorded anything."""
    links = recorded_links(store, ("hash",), zone=zone)
    columns = (links.table[name].to_pylist() for name in ("day", "task", "sequence", "hash"))
    found = {}
    for day, rows in groupby(sorted(zip(*columns, strict=True)), key=itemgetter(0)):
        recorded = [row[1:] for row in rows]
        heads = {task: (task, sequence, head) for task, sequence, head in recorded}
        begun = sum(sequence == 1 for _, sequence, _ in recorded)
        found[str(day)] = Day(tuple(heads.values()), len(recorded), begun)
    return found, links.unchained


_NOTHING = Day((), 0, 0)


def _added(before: Sequence[Root], days: dict[str, Day], zone: str, until: date) -> list[Root]:
    """The roots of the days after the last one that has a root; the first day is the first that recorded anything."""
    first = min(days, default=None)
    if not before and first is None:
        return []
    start = date.fromisoformat(before[-1].day) + _DAY if before else date.fromisoformat(str(first))
    previous, tasks, links = (before[-1].hash, before[-1].tasks, before[-1].links) if before else ("", 0, 0)
    found = []
    for place in range((until - start).days + 1):
        day = (start + place * _DAY).isoformat()
        recorded = days.get(day, _NOTHING)
        tasks, links = tasks + recorded.tasks, links + recorded.links
        root = Root(day, zone, previous, tasks, links, recorded.moved)
        previous = root.hash
        found.append(root)
    return found


def _check(sealed: Sequence[Root], days: dict[str, Day]) -> None:
    """The store must hold what was sealed: the first that differs is told."""
    for root in sealed:
        held = {task: (sequence, head) for task, sequence, head in days.get(root.day, _NOTHING).moved}
        told = {task: (sequence, head) for task, sequence, head in root.moved}
        differing = sorted(task for task in held.keys() | told.keys() if held.get(task) != told.get(task))
        if differing:
            raise StoreError(
                "The trail is not what was sealed.",
                code="store.trail",
                next_step="Export it and run `taxgraph trail verify`; compare with a backup from before that day.",
                day=root.day,
                task=differing[0],
                sequence=(told.get(differing[0]) or held[differing[0]])[0],
                tasks=len(differing),
            )
