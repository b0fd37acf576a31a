"""The links of a store as they were first recorded, checked one by one: what loads and the desk must leave."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from graph.store.port import GraphStore
from graph.trail.canonical import canonical, micros
from graph.trail.chain import link_hash

Row = dict[str, Any]


def links_of(store: GraphStore) -> list[Row]:
    """Every link by task and sequence, in the version that recorded it, withdrawn ones too."""
    with store.dumping() as dump:
        versions = [row for batch in dump.versions("TaskEvent") for row in batch.to_pylist()]
    first: dict[tuple[str, int], Row] = {}
    for row in sorted(versions, key=itemgetter("batch_from")):
        first.setdefault((row["task"], row["sequence"]), row)
    return [first[key] for key in sorted(first)]


def whole_chains(store: GraphStore) -> dict[str, int]:
    """How many links each task has; AssertionError where a chain has a gap, a fork or a link that does not fit."""
    found = {}
    for task, links in groupby(links_of(store), key=itemgetter("task")):
        previous = ""
        for place, row in enumerate(links, start=1):
            assert row["sequence"] == place
            assert (row["previous_hash"] or "") == previous
            previous = row["hash"]
            assert previous == link_hash(row["previous_hash"] or "", place, micros(row["recorded_at"]), canonical(row))
            found[task] = place
    return found
