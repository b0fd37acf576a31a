"""Runs the tests in five processes, those against the Neo4j server beside all others. Called by `make test`.

`python -m tests.support.side_by_side [PYTEST ARGUMENTS]`. The tests of the one server wipe it, so they stay in one
process, in order; those with a server of their own mostly wait for it to start. The others mostly wait too, for
commands and servers that they start: whole paths (tests/flow) go in two halves beside all smaller ones. Prints what
each prints as soon as it ends; fails if one fails.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from time import monotonic
from typing import IO

FLOWS = "tests/flow"
HALF = tuple(f"{FLOWS}/{folder}" for folder in ("loading", "patterns", "identity", "eventlogs"))
EVERYTHING = "tests"
EMBEDDED = "not neo4j and not own_server"


@dataclass(frozen=True, slots=True)
class Part:
    """The tests of one process: a marker expression, the folders it takes, and those of them that it leaves out."""

    marker: str
    folders: tuple[str, ...] = (EVERYTHING,)
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For the heading of its output."""
        left_out = f", without {' '.join(self.without)}" if self.without else ""
        return f"{self.marker}: {' '.join(self.folders)}{left_out}"

    def chosen(self, arguments: list[str]) -> list[str]:
        """The arguments of pytest."""
        paths = [part for each in arguments for part in (self.folders if each == EVERYTHING else (each,))]
        return [*paths, *(f"--ignore={folder}" for folder in self.without), "-m", self.marker]


PARTS = (
    Part("neo4j and not own_server"),
    Part(EMBEDDED, HALF),
    Part(EMBEDDED, (FLOWS,), without=HALF),
    Part(EMBEDDED, without=(FLOWS,)),
    Part("own_server"),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one process: its exit code, its output and its seconds."""

    part: Part
    code: int
    output: str
    seconds: float


def run_part(part: Part, arguments: list[str]) -> Ran:
    """Run pytest on the tests of one part."""
    started = monotonic()
    command = [sys.executable, "-m", "pytest", *part.chosen(arguments)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode  # noqa: S603 - our own command
        return Ran(part, code, _read(output), monotonic() - started)


def _read(output: IO[str]) -> str:
    output.seek(0)
    return output.read()


def main(arguments: list[str]) -> int:
    """All parts; the worst exit code."""
    worst = 0
    with ThreadPoolExecutor(max_workers=len(PARTS)) as pool:
        for done in as_completed([pool.submit(run_part, part, arguments) for part in PARTS]):
            ran = done.result()
            sys.stdout.write(f"\n=== {ran.part.name}: exit {ran.code} after {ran.seconds:.0f} s\n{ran.output}")
            sys.stdout.flush()
            worst = max(worst, abs(ran.code))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
