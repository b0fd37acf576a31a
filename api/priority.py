"""Work that can wait goes behind what people wait for. Called by threads that load, compact and prepare."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_BEHIND = 15  # of niceness; a reader beside a load of a million invoices then takes less than twice its idle time
_LAST = 19


def behind_readers() -> None:
    """Let this thread, and those it starts, have the cores when no other thread of the process wants them.

    Linux keeps a niceness a thread; elsewhere nothing changes.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            now = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(_LAST, now + _BEHIND))
