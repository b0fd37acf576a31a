"""Questions about work, each for many subjects: wall seconds, and CPU seconds, which others hardly disturb."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from graph.store.questions import Page
from queries.loops import task_loop
from queries.organisation.gaps import responsibility_gaps
from queries.organisation.overlaps import responsibility_overlaps
from queries.organisation.portfolio import portfolio
from queries.organisation.responsible import responsible
from tests.benchmarks.clock import each_spent, peak_megabytes, spent, spread
from tests.benchmarks.work.country import FIRST_TASK, START, opened
from tests.benchmarks.work.sizes import LOOP_TASKS, SEED, Size

LOOPS, WARMING = 20, 3


def ask_who_answers(size: Size, folder: Path) -> dict[str, float]:
    """Responsibility of taxpayers as of a day in the middle."""
    on = START + timedelta(days=size.days // 2)
    return _asked(folder, "responsible", "Taxpayer", size.asked, lambda store, key: responsible(store, key, on=on))


def ask_for_portfolios(size: Size, folder: Path) -> dict[str, float]:
    """Portfolios of officers on that day."""
    on = START + timedelta(days=size.days // 2)
    return _asked(folder, "portfolio", "Officer", size.asked, lambda store, key: portfolio(store, key, on=on))


def ask_for_loops(size: Size, folder: Path) -> dict[str, float]:
    """The loop of a thousand tasks, asked from its first one and from others."""
    del size
    store = opened(folder)
    keys = [FIRST_TASK, *(f"loop-{place:04}" for place in range(7, LOOP_TASKS, LOOP_TASKS // LOOPS))]
    found = [len(task_loop(store, key).tasks) for key in keys[:2]]
    if set(found) != {LOOP_TASKS}:
        raise SystemExit(f"The loop has {found} tasks, not {LOOP_TASKS}.")
    facts = _spread(store, "loop", keys, task_loop)
    store.close()
    return facts


def ask_for_gaps(size: Size, folder: Path) -> dict[str, float]:
    """Gaps and overlaps of everything."""
    del size
    store = opened(folder)
    gaps, took = spent(lambda: responsibility_gaps(store))
    overlaps, again = spent(lambda: responsibility_overlaps(store))
    store.close()
    return {
        **took.facts("gaps.scan"),
        **again.facts("overlaps.scan"),
        "gaps.count": sum(gaps.totals.values()),
        "overlaps.count": sum(overlaps.totals.values()),
        "gaps.peak_megabytes": peak_megabytes(),
    }


def _asked(
    folder: Path, name: str, type_name: str, count: int, ask: Callable[[GraphStore, str], object]
) -> dict[str, float]:
    store = opened(folder)
    total = store.select(type_name, page=Page(limit=1)).total
    places = random.Random(SEED).sample(range(total), min(count, total))  # noqa: S311 - a fixed sample, no secret
    every = store.node_columns(type_name, ("id",))["id"].to_pylist()
    facts = _spread(store, name, sorted(str(every[place]) for place in places), ask)
    store.close()
    return facts


def _spread(
    store: GraphStore, name: str, keys: Sequence[str], ask: Callable[[GraphStore, str], object]
) -> dict[str, float]:
    """Each asked as a request of its own, after the first subjects, which warm what a server has warm."""

    def request(key: str) -> object:
        with cast("DuckdbStore", store).deadline(60):
            return ask(store, key)

    for key in keys[:WARMING]:
        request(key)
    _, took = each_spent(request, keys[WARMING:])
    return {
        **spread(name, [each.seconds for each in took]),
        **spread(f"{name}.cpu", [each.cpu_seconds for each in took]),
        f"{name}.count": len(took),
    }
