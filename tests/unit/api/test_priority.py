"""Loads of a server have the cores when nobody who waits wants them; the server itself keeps its priority."""

from __future__ import annotations

import os
import threading

from api.loads.jobs import JobBook
from graph.progress import Tell
from graph.stopping import Stop


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_job_runs_behind_the_threads_that_answer() -> None:
    book, seen = JobBook(), list[int]()
    before = niceness()

    def work(_tell: Tell, _stop: Stop) -> dict[str, int]:
        seen.append(niceness())
        started = threading.Thread(target=lambda: seen.append(niceness()))
        started.start()
        started.join()
        return {}

    ended = threading.Event()
    book.submit(work, source="auto", files=(), who="test", after=ended.set)
    assert ended.wait(10)
    book.close()
    assert min(seen) > before
    assert niceness() == before
