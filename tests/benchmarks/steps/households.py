"""The committed household document over HTTP: one caller, each taxpayer once; then many callers for a stated time.

Server and callers share this process and its cores, so the figures hold the callers' own work too. No answer is kept
anywhere: every taxpayer of the one-by-one part is asked once.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np

import api
from graph.store.projecting import TradeProjection
from tests.benchmarks.clock import each_timed, quantile, spread
from tests.benchmarks.country import opened, projection_of
from tests.benchmarks.sizes import Size
from tests.support.serving import Server, serving

DOCUMENT = (Path(api.__file__).parent / "household.graphql").read_text(encoding="utf-8")
STATEMENT = Path("/proc/self/statm")
WARM = 5  # answers before anything is measured: kernels, the document, the threads


def ask_households(size: Size, folder: Path) -> dict[str, float]:
    """Median taxpayers and the largest, one by one; then all of them by many clients."""
    store = opened(folder)
    with serving(store, projection_folder=projection_of(folder)) as server:
        ranked = by_invoices(at_hand(server))
        middle = len(ranked) // 2
        count = min(size.households, max(1, middle // 2))
        largest, median = ranked[-count:], ranked[middle - count // 2 : middle - count // 2 + count]
        caller = server.caller(name="benchmark")
        each_timed(lambda key: asked(caller, key), ranked[:WARM])
        facts: dict[str, float] = {"households.count": count}
        for name, keys in (("median", median), ("largest", largest)):
            _, seconds = each_timed(lambda key: asked(caller, key), keys)
            facts |= spread(f"households.{name}", seconds)
        facts |= under_load(
            caller, ranked[middle:], clients=size.clients, seconds=size.load_seconds, memory=resident_megabytes
        )
    store.close()
    return facts


def at_hand(server: Server) -> TradeProjection:
    """The projection, once the server has opened it."""
    while (found := server.service.projections.ready(server.store.batches())) is None:
        time.sleep(0.05)
    return found


def by_invoices(projection: TradeProjection) -> list[str]:
    """Public ids of all that trade, fewest invoices first."""
    if projection.book is None:
        raise SystemExit("The projection has no book of invoices.")
    count = np.diff(projection.book.sold_offset) + np.diff(projection.book.bought_offset)
    order = np.lexsort((np.arange(len(count)), count))
    return [projection.id(int(vertex)) for vertex in order if count[vertex]]


class Asks(Protocol):
    """Whoever can post a GraphQL request."""

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """The raw response."""
        ...


def asked(caller: Asks, key: str) -> int:
    """Ask for one taxpayer; from which state of the ledger the answer is, which must have no error."""
    response = caller.post(DOCUMENT, taxpayer=key)
    answer: dict[str, Any] = response.json()
    if response.status_code != 200 or "errors" in answer or answer["data"]["household"] is None:
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        raise SystemExit(f"A household was not answered: status {response.status_code} {', '.join(codes)}")
    return state_of(answer)


def state_of(answer: Mapping[str, Any]) -> int:
    """The number of the last batch that the server knew when it answered."""
    return int(answer["extensions"]["snapshot"]["number"])


def under_load(
    caller: Asks, keys: Sequence[str], *, clients: int, seconds: int, memory: Callable[[], float]
) -> dict[str, float]:
    """Every client asks for the next taxpayer as soon as it has its answer. `memory`: megabytes of the server now."""
    turns, guard, ends = cycle(keys), threading.Lock(), time.monotonic() + seconds
    times: list[float] = []
    errors: list[str] = []

    def one_client() -> None:
        for key in _until(ends, turns, guard):
            began = time.perf_counter()
            try:
                asked(caller, key)
            except (SystemExit, Exception) as error:  # noqa: BLE001 - whatever it is, it is counted
                errors.append(str(error))
            times.append(time.perf_counter() - began)

    before = memory()
    threads = [threading.Thread(target=one_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    middle = memory()
    for thread in threads:
        thread.join()
    for message, count in sorted(Counter(errors).items()):
        sys.stderr.write(f"{count} × {message}\n")
    return {
        **spread("households.load", times),
        "households.load.p99": quantile(times, 0.99),
        "households.asked": len(times),
        "households.errors": len(errors),
        "households.clients": clients,
        "households.load_seconds": seconds,
        "households.megabytes_before": before,
        "households.megabytes_middle": middle,
        "households.megabytes_after": memory(),
    }


def _until(ends: float, turns: Iterator[str], guard: threading.Lock) -> Iterator[str]:
    while time.monotonic() < ends:
        with guard:
            key = next(turns)
        yield key


def resident_megabytes() -> float:
    """Memory of this process now; 0 where the system does not say."""
    if not STATEMENT.exists():
        return 0.0
    pages = int(STATEMENT.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
