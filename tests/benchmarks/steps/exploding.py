"""Households asked while another caller searches rings where there are billions: the server must stay responsive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

from graph.store.duckdb_store import DuckdbStore
from tests.benchmarks.clock import each_timed, quantile, spread, timed
from tests.benchmarks.household import Asking, asking, serving, subjects_of, warmed_up
from tests.benchmarks.sizes import Size
from tests.benchmarks.steps.households import asked
from tests.support.exploding_graph import circles_of, fill_with_an_explosion

BUDGET_SECONDS = 3
LONGEST = 8
EXPLODING = """query($longest: Int!, $budget: Duration!) {
  rings(options: {window: "365d", maxLength: $longest, mode: WINDOW}, budget: $budget) { truncated cut { part } }
}"""


def ask_beside_an_explosion(size: Size, folder: Path) -> dict[str, float]:
    """Times of households alone and beside the search, and of the search, which must say that it was cut."""
    file = folder / "explosion.duckdb"
    store = DuckdbStore.open(file)
    fill_with_an_explosion(store)
    store.close()
    url = f"duckdb:///{file}"
    subjects = subjects_of(url)
    keys = list(islice(cycle(subjects.ranked), size.households))
    with serving(url) as (address, _), asking(address, subjects.token, connections=2) as caller:
        warmed_up(caller, subjects.ranked)
        exploded(caller)
        _, alone = each_timed(lambda key: asked(caller, key), keys)
        with exploding(caller) as searches:
            _, beside = each_timed(lambda key: asked(caller, key), keys)
    return {
        "explosion.circles": circles_of(LONGEST),
        "explosion.budget_seconds": BUDGET_SECONDS,
        "explosion.searches": len(searches),
        "explosion.most_seconds": quantile(searches, 1),
        **spread("explosion.alone", alone),
        **spread("explosion.beside", beside),
    }


def exploded(caller: Asking) -> float:
    """Seconds of one search; it must have ended early and said so."""
    response, seconds = timed(lambda: caller.post(EXPLODING, longest=LONGEST, budget=f"{BUDGET_SECONDS}s"))
    answer = response.json()
    if "errors" in answer or not answer["data"]["rings"]["truncated"]:
        raise SystemExit(f"The search did not say that it was cut: {answer.get('errors')}")
    return seconds


@contextmanager
def exploding(caller: Asking) -> Iterator[list[float]]:
    """Inside the block one such search follows the other; afterwards the seconds of each are in the list."""
    ended, searches = threading.Event(), list[float]()

    def search() -> None:
        while not ended.is_set():
            searches.append(exploded(caller))

    with ThreadPoolExecutor(max_workers=1) as pool:
        searching = pool.submit(search)
        try:
            yield searches
        finally:
            ended.set()
        searching.result()
