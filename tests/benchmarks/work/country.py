"""The generated country of a run, loaded into an embedded store, and a loop of a thousand tasks beside it."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from graph.store.opening import open_store
from graph.store.port import GraphStore, WriteBatch
from graph.store.questions import Page
from loaders import LoadOptions
from loaders.run import load
from loaders.synthetic import generate
from tests.benchmarks.clock import spent
from tests.benchmarks.work.sizes import LOOP_TASKS, SEED, Size
from tests.support.small_graph import Draft

KEY = b"a key of benchmarks, nobody's own"[:32]
START = date(2026, 1, 1)
EXPORTS = "country"
KEPT = frozenset({"access", "truth"})  # of the exports, what internal control is measured with
FIRST_TASK, BRANCHES = "loop-0000", 10


def opened(folder: Path, *, create: bool = False) -> GraphStore:
    """The run's store."""
    return open_store(f"duckdb:///{folder / 'work.duckdb'}", create=create, timeout=600)


def make_country(size: Size, folder: Path) -> dict[str, float]:
    """Generate and load; a step that broke off begins anew."""
    exports = folder / EXPORTS
    for left in (exports, folder / "work.duckdb"):
        shutil.rmtree(left, ignore_errors=True)
        left.unlink(missing_ok=True)
    sizes = {name: getattr(size, name) for name in ("taxpayers", "invoices", "days", "task_events")}
    generate(exports, **sizes, seed=SEED, start=START)
    store = opened(folder, create=True)
    store.ensure_schema()
    _, took = spent(lambda: load(store, "auto", [exports], options=LoadOptions(hmac_key=KEY)))
    store.write(loop_of_tasks())
    counted = ("Taxpayer", "Officer", "Task", "TaskEvent")
    counts = {f"country.{name}": store.select(name, page=Page(limit=1)).total for name in counted}
    store.close()
    for each in exports.iterdir():
        if each.is_dir() and each.name not in KEPT:
            shutil.rmtree(each)
    return {**took.facts("country.load"), **counts, "country.loop_tasks": LOOP_TASKS}


def loop_of_tasks() -> WriteBatch:
    """A tree of tasks, ten below each, a third of them answered; each with an officer and a grid."""
    graph = Draft()
    opening = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - civil time
    for place in range(LOOP_TASKS):
        task = f"loop-{place:04}"
        graph.node("Task", task, title=f"Task {place}", status="in_work", opened_at=opening + timedelta(hours=place))
        graph.link("ASSIGNED_TO", task, f"loop-officer-{place % 50}", role="handler")
        graph.link("HELD_BY", task, f"loop-grid-{place % 20}")
        if place:
            parent = f"loop-{(place - 1) // BRANCHES:04}"
            graph.link("SPAWNED", parent, task)
            if place % 3 == 0:
                graph.link("ANSWERS", task, parent)
    for number in range(50):
        graph.node("Officer", f"loop-officer-{number}", name=f"Officer {number}")
    for number in range(20):
        graph.node("Grid", f"loop-grid-{number}", name=f"Grid {number}", kind="region")
    return graph.batch("loop")
