"""`taxgraph` as a user runs it: a whole process with its seconds, CPU seconds and peak memory. Used by the steps."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.clock import most_megabytes
from tests.support.command_line import COMMAND


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took from its start to its end, and its answer."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    answer: dict[str, Any]

    def facts(self, name: str) -> dict[str, float]:
        """As facts `<name>.seconds`, `<name>.cpu_seconds`, `<name>.peak_megabytes`."""
        spent = {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_megabytes": self.peak_megabytes}
        return {f"{name}.{what}": value for what, value in spent.items()}


def ran(*words: str, memory: str | None = None) -> Ran:
    """Run one command to its end. `memory`: its TAXGRAPH_MEMORY_LIMIT.

    Linux counts what this process held when it started the command as memory of the command, so whoever calls must
    have stayed smaller than the command will be.

    Raises:
        SystemExit: if the command failed; it has said why on standard error.
    """
    limit = {"TAXGRAPH_MEMORY_LIMIT": memory} if memory else {}
    with tempfile.TemporaryFile() as told:
        began = time.perf_counter()
        process = subprocess.Popen([str(COMMAND), *words, "--json"], stdout=told, env={**os.environ, **limit})  # noqa: S603 - our own command
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)  # nobody else can wait for it now
        if process.returncode:
            raise SystemExit(f"`taxgraph {words[0]}` ended with {process.returncode}.")
        told.seek(0)
        return Ran(seconds, usage.ru_utime + usage.ru_stime, most_megabytes(usage), json.load(told))


def loaded(url: str, *folders: Path, memory: str | None = None) -> Ran:
    """Load folders as one new batch, `taxgraph load auto`.

    Raises:
        SystemExit: if it brought nothing new.
    """
    done = ran("load", "auto", *map(str, folders), "--store", url, memory=memory)
    if done.answer["state"] != "committed":
        raise SystemExit(f"The batch is {done.answer['state']}, not committed: nothing was measured.")
    return done


def warm_up() -> None:
    """Compile what is not compiled, as an installation does, in a process that no step measures."""
    ran("warm")
