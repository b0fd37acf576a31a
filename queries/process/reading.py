"""The log of tasks from the store: those of a kind, of a source, of a bureau and all below it, begun in some days.

Only tasks that the scope may see. Events stand by instant, then position, then id; an activity is an action as its
source calls it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.event_days import event_days
from queries.organisation.columns import Columns, shown
from queries.organisation.days import span
from queries.organisation.gaps import narrowed
from queries.process.mapping import EVERYDAY, UNTIMED, Bounds, Log, Longs, ProcessMap, process_map
from queries.results import Cut, strings

pc: Any = _compute  # its stubs know no columns of mixed types
MOST_CASES = 200_000


@dataclass(frozen=True, slots=True)
class Which:
    """Which tasks; what is None does not count. `source`: the system that its id begins with (`event-log`, `desk`).

    `since` … until before `until`: days on which the first event happened.
    """

    kind: str | None = None
    source: str | None = None
    bureau: str | None = None
    since: date | None = None
    until: date | None = None


def process_of(
    store: GraphStore,
    which: Which,
    *,
    bounds: Bounds = EVERYDAY,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    most_cases: int = MOST_CASES,
) -> ProcessMap:
    """The process map of these tasks, of the `most_cases` that began last.

    Raises:
        NotFoundError: `not_found.bureau`, alike for one that is out of scope.
    """
    log, days = _log(store, which, as_of, scope)
    log, dropped = _kept(log, days, which, most_cases)
    found = process_map(log, bounds)
    if not dropped:
        return found
    cut = (Cut("cases", "cases", dropped), *found.cut)
    return ProcessMap(**{name: getattr(found, name) for name in ProcessMap.__slots__ if name != "cut"}, cut=cut)


def _tasks(store: GraphStore, which: Which, as_of: AsOf, scope: Scope) -> pa.Array[Any]:
    """Ids of the tasks, ascending."""
    columns = narrowed(Columns(store, as_of), bureau=which.bureau, subject=None, scope=scope)
    table = columns.nodes("Task", "id", "kind")
    if which.kind is not None:
        table = table.filter(pc.equal(table["kind"], which.kind))
    if which.source is not None:
        table = table.filter(pc.starts_with(table["id"], f"{which.source}:"))
    seen = shown(store, "Task", strings(table["id"]), as_of=as_of, scope=scope)
    return pa.array(sorted(seen), pa.string())


def _log(store: GraphStore, which: Which, as_of: AsOf, scope: Scope) -> tuple[Log, Longs]:
    """The events of the tasks, and the day of each."""
    tasks = _tasks(store, which, as_of, scope)
    names = ("id", "task", "action", "at", "offset_minutes", "position")
    table = store.node_columns("TaskEvent", names, as_of=as_of)
    table = table.filter(pc.is_in(table["task"], value_set=tasks))
    at = _longs(pc.fill_null(table["at"].cast(pa.int64()), UNTIMED))
    case = _longs(pc.index_in(table["task"], value_set=tasks))
    action = pc.fill_null(table["action"], "")
    activities = pc.unique(action)
    activities = activities.take(pc.sort_indices(activities))
    order = np.lexsort((_rank(table["id"]), _longs(pc.fill_null(table["position"], 0)), at, case))
    day = event_days(np.where(at == UNTIMED, 0, at), table["offset_minutes"])
    log = Log(
        names=tuple(str(each) for each in activities.to_pylist()),
        case=case[order],
        activity=_longs(pc.index_in(action, value_set=activities))[order],
        at=at[order],
    )
    return log, day[order]


def _kept(log: Log, days: Longs, which: Which, most: int) -> tuple[Log, int]:
    """The cases that began in the days asked for, of these the last; how many more there are."""
    begins = np.flatnonzero(np.r_[True, np.diff(log.case) != 0]) if len(log.case) else np.zeros(0, np.int64)
    kept = np.arange(len(begins))
    if which.since is not None or which.until is not None:
        window, day = span(which.since, which.until), days[begins]
        kept = kept[(log.at[begins] != UNTIMED) & (day >= window.begin) & (day < window.end)]
    dropped = max(0, len(kept) - most)
    if dropped:
        latest = np.lexsort((kept, log.at[begins[kept]]))[dropped:]
        kept = kept[np.sort(latest)]
    if len(kept) == len(begins):
        return log, dropped
    rows = np.isin(log.case, log.case[begins[kept]])
    return Log(log.names, log.case[rows], log.activity[rows], log.at[rows]), dropped


def _rank(ids: Any) -> Longs:
    """The place of each id among all, ascending."""
    return _longs(pc.rank(ids.combine_chunks(), sort_keys="ascending").cast(pa.int64()))


def _longs(column: Any) -> Longs:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)
