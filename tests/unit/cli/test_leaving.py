"""A command's process ends at once, but not before what has something to do at the end."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import api
import atexit, sys, threading, time
class Kept:
    def __del__(self):
        print("taken apart", flush=True)
kept = Kept()
atexit.register(print, "handler")
def work():
    time.sleep(0.2)
    print("thread")
threading.Thread(target=work).start()
print("begun")
{end}
"""


@pytest.mark.parametrize(
    ("end", "code", "last"), [("from api.leaving import leave; leave(3)", 3, ""), ("sys.exit(4)", 4, "taken apart\n")]
)
def test_threads_and_handlers_end_and_only_who_leaves_is_not_taken_apart(end: str, code: int, last: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(end=end)], capture_output=True, check=False, text=True)  # noqa: S603 - our own program
    assert (done.returncode, done.stdout, done.stderr) == (code, f"begun\nthread\nhandler\n{last}", "")
