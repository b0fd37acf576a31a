"""The canonical bytes of an event: what its link in the chain vouches for. Read by `graph.trail.chain`.

An event's fields in order of their names, without those of which nothing is known; each as name and value, each of the
two as `length:bytes` (length in bytes, decimal; text as UTF-8). Values are text as it stands, whole numbers in decimal,
instants in microseconds since 1970 (UTC) with the offset in a field of its own. So a field that is added to the
vocabulary later changes no earlier event. The text of a note stays outside, its digest is inside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from graph.model.organisation import TaskEvent

VERSION = "taxgraph-event-1"
OUTSIDE = frozenset({"note"})
FIELDS: tuple[str, ...] = tuple(
    sorted(p.name for p in TaskEvent.__node__.properties if not p.recorded and p.name not in OUTSIDE)
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
pc: Any = _compute  # its stubs know no columns of mixed types


def canonical(event: Mapping[str, Any]) -> bytes:
    """Of one event, by names of `TaskEvent`; names that it does not have count as unknown.

    Raises:
        TypeError: an instant without an offset, or a value of a kind that an event does not have.
    """
    known = [(name, event[name]) for name in FIELDS if event.get(name) is not None]
    return b"".join(prefixed(part) for name, value in known for part in (name, shown(value)))


def canonical_column(events: pa.Table) -> pa.Array[Any]:
    """`canonical` of every row, as a column of bytes; instants are `timestamp[us, UTC]`."""
    parts = [_column(name, events.column(name)) for name in FIELDS if name in events.column_names]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b""))
    found: pa.Array[Any] = joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
    return found


def micros(instant: datetime) -> int:
    """Microseconds since 1970, UTC; TypeError without an offset."""
    return (instant - _EPOCH) // _MICROSECOND


def canonical_json(value: object) -> str:
    """One text for one value: keys in order, no blanks, signs as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def note_digest(note: str) -> str:
    """The digest of a note's text that its event bears (sha256, hexadecimal)."""
    return hashlib.sha256(note.encode()).hexdigest()


def prefixed(value: str) -> bytes:
    """`length:bytes`."""
    encoded = value.encode()
    return b"%d:%b" % (len(encoded), encoded)


def shown(value: object) -> str:
    """A value's text in the canonical bytes; TypeError for a kind that an event does not have."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return str(micros(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"An event holds no {type(value).__name__}.")


def _column(name: str, values: pa.ChunkedArray[Any]) -> Any:
    """Name and value of one field of every row; empty where nothing is known."""
    text = values.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()) if pa.types.is_timestamp(values.type) else values
    content = text.cast(pa.string()).cast(pa.binary())
    length = pc.binary_length(content).cast(pa.string()).cast(pa.binary())
    start = pc.binary_join_element_wise(pa.scalar(prefixed(name)), length, b"")
    return pc.fill_null(pc.binary_join_element_wise(start, content, b":"), pa.scalar(b""))
