"""Opening an embedded store that another process is loading into: its end is awaited. Called by `local`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from graph.errors import StoreError
from graph.stopping import Stop
from graph.store.opening import open_store
from graph.store.port import GraphStore
from graph.store.turns import wait_for_turn


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a load waits for its turn, who is told that it does, and what ends the wait."""

    seconds: float
    waits: Callable[[str], None] = lambda _sentence: None
    stop: Stop = field(default_factory=Stop)


def open_in_turn(url: str, *, create: bool, timeout: float | None, patience: Patience) -> GraphStore:
    """The store at `url`, once no other process has it open.

    Raises:
        StoreError: `store.owned` if a server has it: ask there.
        StoreBusyError: `store.busy` if it is not free in time.
        LimitError: `limit.cancelled`.
    """
    opened: list[GraphStore] = []
    told: list[str] = []

    def take() -> bool:
        try:
            opened.append(open_store(url, create=create, timeout=timeout))
        except StoreError as error:
            if error.code != "store.owned" or error.facts.get("address"):
                raise
            told[:] = [_sentence(error, patience)]
            return False
        return True

    def waiting() -> None:
        patience.stop.check()
        patience.waits(told[0])

    wait_for_turn(take, seconds=patience.seconds, waiting=waiting)
    return opened[0]


def _sentence(error: StoreError, patience: Patience) -> str:
    process = error.facts.get("pid")
    who = f"Process {process}" if process else "Another process"
    return f"{who} has the store open; waiting for its end, {patience.seconds:,.0f} s at most."
