"""Facts that an upheld appeal took out: they count in no period. Read by `measuring`, decided in `appeals`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graph.store.port import GraphStore
from graph.store.questions import AsOf, Filter, Op, Page
from queries.indicators.columns import Work
from queries.indicators.counting import Facts
from queries.reading import Row, rows

KIND = "IndicatorAppeal"
UPHELD = "upheld"
_PAGE = 1000


def appeals(store: GraphStore, *, state: str | None = None, as_of: AsOf) -> list[Row]:
    """Every appeal (in this state) by id, whenever it was raised: what was decided holds for earlier days too."""
    moment = AsOf(recorded=as_of.recorded)
    where = (Filter("state", Op.EQ, state),) if state else ()
    found: list[Row] = []
    while True:
        page = store.select(KIND, where=where, page=Page(limit=_PAGE, offset=len(found)), as_of=moment)
        found += rows(page.table)
        if not page.more:
            return found


def without_upheld(store: GraphStore, read: Work, facts: Mapping[str, Facts], *, as_of: AsOf) -> Mapping[str, Facts]:
    """The facts that still count."""
    upheld = appeals(store, state=UPHELD, as_of=as_of)
    if not upheld:
        return facts
    numbers = _numbers(store, upheld, as_of)
    places = {task: place for place, task in enumerate(read.tasks.id)}
    return {
        name: _left(read, own, [row for row in upheld if row["indicator"] == name], numbers, places)
        for name, own in facts.items()
    }


def _left(read: Work, own: Facts, upheld: list[Row], numbers: Mapping[str, int], places: Mapping[str, int]) -> Facts:
    stays = np.ones(len(own.event), bool)
    for row in upheld:
        of_task = own.task == places.get(str(row["task"]), -1)
        if row["event"] is None:
            stays &= ~(of_task & (own.event < 0))
            continue
        number = (
            np.where(own.event >= 0, read.events.number[np.maximum(own.event, 0)], -1) if len(own.event) else own.event
        )
        stays &= ~(of_task & (number == numbers.get(str(row["event"]), -2)))
    return own.at(stays)


def _numbers(store: GraphStore, upheld: list[Row], as_of: AsOf) -> dict[str, int]:
    """Dense numbers of the appealed events."""
    wanted = {str(row["event"]) for row in upheld if row["event"] is not None}
    if not wanted:
        return {}
    table = store.node_columns("TaskEvent", ("id",), as_of=as_of)
    pairs = zip(table.column("id").to_pylist(), table.column("number").to_pylist(), strict=True)
    return {str(key): int(number) for key, number in pairs if key in wanted and number is not None}
