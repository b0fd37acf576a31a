"""The end of a command's process, without taking apart what ends with it anyway. Registered by `api`, for `api.cli`.

Python ends a process by destroying every module, class and compiled kernel one by one, which takes a fifth of a
second. What has something to do at the end (threads, open files, logs) is done before; then the process simply ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn

_codes: list[int] = []


@atexit.register  # the first of all: handlers run in reverse order, so this one runs when all others have
def _end() -> None:
    if not _codes:  # a process that only uses our modules ends in its own way
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it has gone
            stream.flush()
    os._exit(_codes[-1])


def leave(code: int) -> NoReturn:
    """End this process with an exit code."""
    _codes.append(code)
    sys.exit(code)
