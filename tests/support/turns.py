"""Small batches without a pause, and how many of them go before others who write. Used by tests of both stores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from graph.store.port import GraphStore
from tests.support.small_graph import Draft


@contextmanager
def small_batches_without_end(store: GraphStore) -> Iterator[list[int]]:
    """One after the other, as a busy desk writes them; the list grows with them."""
    stop, made = threading.Event(), list[int]()

    def write() -> None:
        while not stop.is_set():
            with store.small_batch() as batch:
                batch.write(Draft().firm("B", name=str(len(made))).batch(f"small-{len(made)}"))
            made.append(len(made))

    desk = threading.Thread(target=write)
    desk.start()
    try:
        yield made
    finally:
        stop.set()
        desk.join()


def gone_before(store: GraphStore, made: list[int], *, writes: int) -> list[int]:
    """How many small batches were made while each of some writes waited and was written."""
    found = []
    for number in range(writes):
        before = len(made)
        store.write(Draft().firm("A", name=str(number)).batch(f"load-{number}"))
        found.append(len(made) - before)
    return found
