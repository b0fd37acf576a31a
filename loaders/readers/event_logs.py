"""Event logs of case systems: XES (IEEE 1849) → two raw tables, and which columns of a plain table make it a log.

    cases   a row a trace: `trace` (its ordinal), `case` (its concept:name), then its attributes
    events  a row an event: `trace`, `case`, `position` (1-based in its trace), then its attributes

Nested attributes have dotted names, values that repeat stand one a line, and the XES type that an attribute declares is
in its column's metadata (`declared_type`; `string` where events disagree). Called by `loaders.readers.files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.readers.limits import DEFAULT_LIMITS
from loaders.readers.markup import MarkupHandler, stream_markup
from loaders.readers.tables import RawTable, RowCollector, header_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from loaders.readers.limits import ReadLimits

TRACE = "trace"
CASE = "case"
POSITION = "position"
_NAME = "concept:name"
_TYPES = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})
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


class _Scope:
    """The attributes of one trace or event while it is open."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> None:
        self._values.setdefault(name, []).append(value)

    def values(self) -> dict[str, str]:
        """Each attribute's values, one a line."""
        return {name: "\n".join(values) for name, values in self._values.items()}


class _LogHandler(MarkupHandler):
    """Writes a row at the end of each trace and each event; everything outside of traces is passed over."""

    def __init__(self, *, file: str, limits: ReadLimits) -> None:
        super().__init__(file=file, limits=limits)
        self._cases = RowCollector("cases", file=file, limits=limits, columns=(TRACE, CASE))
        self._events = RowCollector("events", file=file, limits=limits, columns=(TRACE, CASE, POSITION))
        self._types: dict[str, dict[str, str]] = {TRACE: {}, "event": {}}
        self._trace: _Scope | None = None
        self._event: _Scope | None = None
        self._pending: list[_Scope] = []
        self._keys: list[str] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "trace" and self._trace is None:
            self._trace = _Scope()
        elif name == "event" and self._trace is not None and self._event is None:
            self._event = _Scope()
        elif name in _TYPES and self._trace is not None:
            self._attribute(name, attributes)

    def closed(self, name: str) -> None:
        if name == "event" and self._event is not None:
            self._pending.append(self._event)
            self._event = None
        elif name == "trace" and self._trace is not None:
            self._write(self._trace)
        elif name in _TYPES and self._keys:
            self._keys.pop()

    def finish(self) -> tuple[RawTable, RawTable]:
        """Both tables."""
        return (self._cases.finish(types=self._types[TRACE]), self._events.finish(types=self._types["event"]))

    def _attribute(self, kind: str, attributes: Mapping[str, str]) -> None:
        self.check_name(attributes.get("key", ""))
        self._keys.append(attributes.get("key", ""))
        value = attributes.get("value")
        if value is None:  # a list or container: its children speak
            return
        scope, scope_name = (self._event, "event") if self._event is not None else (self._trace, TRACE)
        name = _column(".".join(key for key in self._keys if key))
        if scope is not None:
            scope.add(name, value)
            known = self._types[scope_name].setdefault(name, kind)
            if known != kind:
                self._types[scope_name][name] = "string"

    def _write(self, trace: _Scope) -> None:
        """The trace and its events; at its end, because its name may stand behind its events."""
        ordinal = len(self._cases) + 1
        own = trace.values()
        shared = {TRACE: str(ordinal), CASE: own.get(_NAME)}
        self._cases.add(ordinal, {**shared, **own})
        for position, event in enumerate(self._pending, start=1):
            self._events.add(len(self._events) + 1, {**shared, POSITION: str(position), **event.values()})
        self._trace, self._event = None, None
        self._pending, self._keys = [], []


def _column(name: str) -> str:
    """An attribute's column; one that bears the name of our own columns steps aside."""
    return f"attribute.{name}" if name in {TRACE, CASE, POSITION, ""} else name
