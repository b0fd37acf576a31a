"""The chain of a task's events: each link's hash is over the link before it, its place, its instant and its content.

hash = sha256(version, previous hash, sequence, instant of recording, canonical bytes), the first four as `length:bytes`
(`graph.trail.canonical`), the previous hash empty for the first link. The order is the order of recording, so whatever
is recorded later, of whatever instant, comes behind. Called by loads and by the desk of tasks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from graph.trail.canonical import VERSION, canonical, canonical_column, micros, prefixed

Head = tuple[int, str]
"""Sequence and hash of the last link of a task."""
Link = tuple[int, str | None, str]
"""Sequence, hash of the link before (None for the first) and hash."""
NO_HEAD: Head = (0, "")
_PIECE = 100_000  # rows whose bytes are held at once
_START = prefixed(VERSION)


def link_hash(previous: str, sequence: int, recorded: int, content: bytes) -> str:
    """The hash of a link (hexadecimal). `previous`: empty for the first; `recorded`: microseconds since 1970, UTC."""
    place, instant = b"%d" % sequence, b"%d" % recorded
    start = b"%b%d:%b%d:%b%d:%b" % (
        _START,
        len(previous),
        previous.encode(),
        len(place),
        place,
        len(instant),
        instant,
    )
    return hashlib.sha256(start + content).hexdigest()


def chained(events: Sequence[Mapping[str, Any]], heads: Mapping[str, Head]) -> list[Link]:
    """The links of events that are recorded now, in this order.

    Args:
        events: by names of `TaskEvent`, with `task` and `recorded_at`.
        heads: of the tasks among them that have links already.

    Raises:
        TypeError: see `canonical`.
    """
    tasks = [event["task"] for event in events]
    recorded = [micros(event["recorded_at"]) for event in events]
    return _links(tasks, recorded, [canonical(event) for event in events], dict(heads))


def chained_table(events: pa.Table, heads: Mapping[str, Head], *, recorded_at: datetime) -> pa.Table:
    """`chained` for many events that are recorded at one instant.

    Args:
        events: columns of `TaskEvent`; rows in the order in which they are recorded. Columns of a link are replaced.
        heads: of the tasks among them that have links already.
        recorded_at: with an offset.

    Returns:
        The events with `sequence` (int64), `recorded_at` (timestamp[us, UTC]), `previous_hash` and `hash`, at the end.
    """
    latest, links, instant = dict(heads), list[Link](), micros(recorded_at)
    for start in range(0, events.num_rows, _PIECE):
        piece = events.slice(start, _PIECE)
        tasks: list[Any] = piece.column("task").to_pylist()
        contents: list[Any] = canonical_column(piece).to_pylist()
        links += _links(tasks, [instant] * piece.num_rows, contents, latest)
    columns: dict[str, pa.Array[Any]] = {
        "sequence": pa.array([link[0] for link in links], pa.int64()),
        "recorded_at": pa.array([instant] * len(links), pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        "previous_hash": pa.array([link[1] for link in links], pa.string()),
        "hash": pa.array([link[2] for link in links], pa.string()),
    }
    found = events.drop_columns([name for name in columns if name in events.column_names])
    for name, values in columns.items():
        found = found.append_column(name, values)
    return found


def _links(
    tasks: Sequence[str], recorded: Sequence[int], contents: Sequence[bytes], latest: dict[str, Head]
) -> list[Link]:
    """The links, in order; `latest` is moved on."""
    links: list[Link] = []
    for task, instant, content in zip(tasks, recorded, contents, strict=True):
        before, previous = latest.get(task, NO_HEAD)
        found = link_hash(previous, before + 1, instant, content)
        latest[task] = (before + 1, found)
        links.append((before + 1, previous or None, found))
    return links
