"""Runs the tests in two processes, those against the Neo4j server beside all others. Called by `make test`.

`python -m tests.support.side_by_side [PYTEST ARGUMENTS]`. The tests of the one server wipe it, so they stay in one
process, in order; each process keeps about one core busy. Prints what either prints as soon as it ends; fails if
either fails.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from time import monotonic
from typing import IO

HALVES = ("neo4j", "not neo4j")


@dataclass(frozen=True, slots=True)
class Half:
    """What became of one process: the marker it ran, its exit code, its output and its seconds."""

    marker: str
    code: int
    output: str
    seconds: float


def run_half(marker: str, arguments: list[str]) -> Half:
    """Run pytest on the tests of a marker expression."""
    started = monotonic()
    command = [sys.executable, "-m", "pytest", *arguments, "-m", marker]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode  # noqa: S603 - our own command
        return Half(marker, code, _read(output), monotonic() - started)


def _read(output: IO[str]) -> str:
    output.seek(0)
    return output.read()


def main(arguments: list[str]) -> int:
    """Both halves; the worst exit code."""
    worst = 0
    with ThreadPoolExecutor(max_workers=len(HALVES)) as pool:
        for done in as_completed([pool.submit(run_half, marker, arguments) for marker in HALVES]):
            half = done.result()
            sys.stdout.write(f"\n=== {half.marker}: exit {half.code} after {half.seconds:.0f} s\n{half.output}")
            sys.stdout.flush()
            worst = max(worst, abs(half.code))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
