"""Ctrl-C and a request to end (SIGTERM, a closed terminal) end a load cleanly. Used by `session`.

The first signal asks the load to stop; a second Ctrl-C ends the process as it would any other.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from graph.stopping import Stop

# A platform without SIGHUP has no terminal that could go away with it.
ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def stopping_on_signals(stop: Stop) -> Iterator[None]:
    """Inside the block a signal to end becomes a request to `stop`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = {number: signal.getsignal(number) for number in ENDING}

    def end(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.request()

    for number in ENDING:
        if before[number] is not signal.SIG_IGN:  # nohup: the terminal may go
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
