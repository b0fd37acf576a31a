"""Event logs of case systems: XES (IEEE 1849) → two raw tables, and which columns of a plain table make it a log.

    cases   a row a trace: `trace` (its ordinal), `case` (its concept:name), `key`, `attributes`
    events  a row an event: `trace`, `case`, `key`, `position` (1-based in its trace), `concept:name`,
            `time:timestamp`, `org:resource`, `attributes`

`key` is the case's name or, where a log names none, a digest of all that it says of the case: so the unnamed cases of
two files are two, and the same case of two files is one.

`attributes` is one JSON object with the types of XES, see `loaders.readers.typed_attributes`. What stands in a column
of its own is in it only where the column tells less. The first case bears the head of the log too: its extensions,
globals, classifiers and attributes. An event outside of any trace has no case. Called by `loaders.readers.files`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from graph.trail.canonical import canonical_json
from loaders.readers.limits import DEFAULT_LIMITS
from loaders.readers.markup import MarkupHandler, stream_markup
from loaders.readers.tables import RawTable, RowCollector, header_name
from loaders.readers.typed_attributes import HEAD, KINDS, Attribute, Head, Typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from loaders.readers.limits import ReadLimits

TRACE, CASE, KEY, POSITION, ATTRIBUTES = "trace", "case", "key", "position", "attributes"
NAME, TIME, RESOURCE = "concept:name", "time:timestamp", "org:resource"
_DIGITS = 32  # of the digest in the key of an unnamed case
_FINEST = 6  # digits of a second that an instant keeps
_INSTANT = re.compile(r"[^.]*(?:\.(\d+))?(?:Z|[+-]\d\d:?\d\d)")
_CASE_NAMES = ("case:concept:name", "case id", "caseid", "case", "案件编号", "任务编号", "工单号", "流程实例编号")
_ACTIVITY_NAMES = ("concept:name", "activity", "activity name", "event", "操作", "环节", "环节名称", "活动")
_TIME_NAMES = ("time:timestamp", "timestamp", "complete timestamp", "completetime", "时间", "操作时间", "办理时间")
_RESOURCE_NAMES = ("org:resource", "resource", "user", "officer", "操作人", "经办人", "办理人", "人员")


@dataclass(frozen=True, slots=True)
class EventLogColumns:
    """The columns of a table that is an event log; `resource` may be missing."""

    case: str
    activity: str
    timestamp: str
    resource: str | None


def event_log_columns(names: Iterable[str]) -> EventLogColumns | None:
    """Which columns hold case, activity, timestamp and resource; None if one of the first three is missing."""
    by_name = {header_name(name).casefold().replace("_", " "): name for name in names}
    case, activity, time, resource = (
        next((by_name[wanted] for wanted in wanted_names if wanted in by_name), None)
        for wanted_names in (_CASE_NAMES, _ACTIVITY_NAMES, _TIME_NAMES, _RESOURCE_NAMES)
    )
    if case is None or activity is None or time is None:
        return None
    return EventLogColumns(case=case, activity=activity, timestamp=time, resource=resource)


def read_xes(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, RawTable]:
    """An XES log, plain or gzipped, streamed.

    Raises:
        DataError: `data.xml.*`, `data.file.*`.
    """
    handler = _LogHandler(file=path.name, limits=limits)
    stream_markup(path, handler, limits=limits)
    return handler.finish()


class _LogHandler(MarkupHandler):
    """Writes a row at the end of each trace and each event."""

    def __init__(self, *, file: str, limits: ReadLimits) -> None:
        super().__init__(file=file, limits=limits)
        own = (TRACE, CASE, KEY, ATTRIBUTES)
        self._cases = RowCollector("cases", file=file, limits=limits, columns=own)
        names = (TRACE, CASE, KEY, POSITION, NAME, TIME, RESOURCE, ATTRIBUTES)
        self._events = RowCollector("events", file=file, limits=limits, columns=names)
        self._head = Head()
        self._first = Typed()  # attributes of the first trace
        self._scopes: list[Typed] = [self._head.attributes]  # the log, in it a global or a trace, in that an event
        self._traces = 0  # that are open
        self._alike: Counter[str] = Counter()
        self._open: list[Attribute] = []
        self._pending: list[Typed] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in KINDS:
            self.check_name(attributes.get("key", ""))
            self._open.append(Attribute(name, attributes.get("key", ""), attributes.get("value")))
        elif name == "values" and self._open:
            self._open[-1].itemise()
        elif name in ("trace", "event", "global"):
            self._scopes.append(Typed())
            self._traces += name == "trace"
            if name == "global":
                self._head.globals.append((attributes.get("scope"), self._scopes[-1]))
        elif name in ("log", "extension", "classifier"):
            self._head.note(name, attributes)

    def closed(self, name: str) -> None:
        if name in KINDS and self._open:
            done = self._open.pop()
            (self._open[-1] if self._open else self._scopes[-1]).add(done.key, done.typed())
        elif name == "event" and len(self._scopes) > 1:
            self._close_event(self._scopes.pop())
        elif name == "trace" and len(self._scopes) > 1:
            self._traces -= 1
            self._write(self._scopes.pop())
        elif name == "global" and len(self._scopes) > 1:
            self._scopes.pop()

    def finish(self) -> tuple[RawTable, RawTable]:
        """Both tables. The head of the log may end behind its traces."""
        cases = self._cases.finish()
        if cases.rows.num_rows:
            self._first.add(HEAD, {"head": self._head.json()})
            cases = replace(cases, rows=_with_first(cases.rows, self._first.json()))
        return cases, self._events.finish()

    def _close_event(self, event: Typed) -> None:
        if self._traces:
            self._pending.append(event)
        else:
            self._events.add(len(self._events) + 1, _columns(event))

    def _write(self, trace: Typed) -> None:
        """The trace and its events; at its end, because its name may stand behind its events."""
        ordinal = len(self._cases) + 1
        name = trace.take(NAME, whole=_whole_text)
        events = [_columns(event) for event in self._pending]
        shared = {TRACE: str(ordinal), CASE: name, KEY: name or self._unnamed(trace, events)}
        if ordinal == 1:
            self._first = trace
        self._cases.add(ordinal, {**shared, ATTRIBUTES: trace.json()})
        for position, event in enumerate(events, start=1):
            self._events.add(len(self._events) + 1, {**shared, POSITION: str(position), **event})
        self._pending = []

    def _unnamed(self, trace: Typed, events: Sequence[Mapping[str, str | None]]) -> str:
        """The key of a case without a name; of several that say the same, each has its own."""
        told = sorted(canonical_json({**event, TIME: _moment(event[TIME])}) for event in events)
        content = canonical_json([trace.as_json(), told])
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        self._alike[digest] += 1
        return f"unnamed-{digest}" + (f"-{self._alike[digest]}" if self._alike[digest] > 1 else "")


def _columns(event: Typed) -> dict[str, str | None]:
    """What an event says, by column."""
    return {
        NAME: event.take(NAME, whole=_whole_text),
        TIME: event.take(TIME, whole=_whole_instant, kind="date"),
        RESOURCE: event.take(RESOURCE, whole=_whole_code),
        ATTRIBUTES: event.json(),
    }


def _moment(text: str | None) -> str | None:
    """An instant in one writing; any other text as it is."""
    if text is None or not _whole_instant(text):
        return text
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def _with_first(rows: pa.Table, text: str | None) -> pa.Table:
    """The rows with this text as the first one's attributes."""
    place = rows.column_names.index(ATTRIBUTES)
    column = rows.column(ATTRIBUTES)
    return rows.set_column(place, ATTRIBUTES, pa.chunked_array([pa.array([text], pa.string()), *column[1:].chunks]))


def _whole_text(value: str) -> bool:
    """Whether a column of text tells all of it."""
    return bool(value) and value == value.strip()


def _whole_code(value: str) -> bool:
    """Whether a column of codes does."""
    return bool(value) and value == unicodedata.normalize("NFKC", value).strip()


def _whole_instant(value: str) -> bool:
    """Whether an instant and its offset do."""
    found = _INSTANT.fullmatch(value)
    return found is not None and len(found.group(1) or "") <= _FINEST
