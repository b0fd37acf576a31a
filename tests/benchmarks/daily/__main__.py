"""`python -m tests.benchmarks.daily [--size small|medium|full] [--work FOLDER] [--check]`.

Makes a country, searches it wholly, loads one more day, searches what it changed, and then everything again: CPU
seconds of each pattern, and how each was searched. `--work FOLDER` keeps the country; each run adds a day. `--check`
compares the findings with those of a search of everything and fails where they differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.daily.country import loaded_day, made_country
from tests.benchmarks.daily.searching import Measured, differences, measured
from tests.benchmarks.page import machine

SIZES: Mapping[str, tuple[int, int, int]] = {  # taxpayers, invoices, invoices of the day
    "small": (300, 2_000, 100),
    "medium": (100_000, 1_000_000, 100_000),
    "full": (1_000_000, 10_000_000, 100_000),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 where a check finds differences."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.daily", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="medium")
    parser.add_argument("--work", type=Path, help="folder for the store; by default one that vanishes")
    parser.add_argument("--check", action="store_true", help="compare with a search of everything")
    asked = parser.parse_args(arguments)
    if asked.work:
        return _measured(asked.work.resolve() / asked.size, asked.size, check=asked.check)
    with tempfile.TemporaryDirectory(prefix="taxgraph-daily-") as folder:
        return _measured(Path(folder) / asked.size, asked.size, check=asked.check)


def _measured(place: Path, size: str, *, check: bool) -> int:
    taxpayers, invoices, of_a_day = SIZES[size]
    memory = "1000MB" if size == "full" else None
    facts = made_country(place, taxpayers=taxpayers, invoices=invoices, memory=memory)
    before = measured(place)
    facts = {**facts, **loaded_day(place, taxpayers=taxpayers, invoices=of_a_day, memory=memory)}
    after = measured(place)
    wrong = differences(place) if check else 0
    whole = measured(place, full=True)
    sys.stdout.write(f"{machine()}\n\n{facts}\n\n{table(before, after, whole)}\n")
    if wrong:
        sys.stderr.write(f"{wrong} findings differ from a search of everything.\n")
    return 1 if wrong else 0


def table(before: Measured, after: Measured, whole: Measured) -> str:
    """A row for each step: CPU seconds of the first run, after the day, and of everything after the day."""
    ways = {f"search {each.pattern}": each for each in after.done.searched}
    head = ["| step | first run | after a day | how | taxpayers | blocks | everything |", "| --- " * 7 + "|"]
    rows = []
    for step in {**before.steps, **after.steps, **whole.steps}:
        way = ways.get(step)
        how = (way.how, f"{way.taxpayers:,}", f"{way.blocks:,}") if way else ("", "", "")
        first, day, every = (f"{each.steps.get(step, 0.0):.2f}" for each in (before, after, whole))
        rows.append(f"| {step} | {first} | {day} | {' | '.join(how)} | {every} |")
    for name in ("cpu_seconds", "seconds", "projection_seconds"):
        first, day, every = (f"{getattr(each, name):.2f}" for each in (before, after, whole))
        rows.append(f"| {name} | {first} | {day} | | | | {every} |")
    found = " / ".join(f"{each.done.findings:,} {dict(each.done.counts)}" for each in (before, after, whole))
    return "\n".join([*head, *rows, "", f"findings: {found}"])


if __name__ == "__main__":
    sys.exit(main())
