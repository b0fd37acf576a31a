"""Runs the tests in three processes, those against the Neo4j server beside all others. Called by `make test`.

`python -m tests.support.side_by_side [PYTEST ARGUMENTS]`. The tests of the one server wipe it, so they stay in one
process, in order; those with a server of their own mostly wait for it to start. Prints what each prints as soon as it
ends; fails if one fails.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from time import monotonic
from typing import IO

PARTS = ("neo4j and not own_server", "not neo4j and not own_server", "own_server")


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one process: the marker it ran, its exit code, its output and its seconds."""

    marker: str
    code: int
    output: str
    seconds: float


def run_part(marker: str, arguments: list[str]) -> Part:
    """Run pytest on the tests of a marker expression."""
    started = monotonic()
    command = [sys.executable, "-m", "pytest", *arguments, "-m", marker]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode  # noqa: S603 - our own command
        return Part(marker, code, _read(output), monotonic() - started)


def _read(output: IO[str]) -> str:
    output.seek(0)
    return output.read()


def main(arguments: list[str]) -> int:
    """All parts; the worst exit code."""
    worst = 0
    with ThreadPoolExecutor(max_workers=len(PARTS)) as pool:
        for done in as_completed([pool.submit(run_part, marker, arguments) for marker in PARTS]):
            part = done.result()
            sys.stdout.write(f"\n=== {part.marker}: exit {part.code} after {part.seconds:.0f} s\n{part.output}")
            sys.stdout.flush()
            worst = max(worst, abs(part.code))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
