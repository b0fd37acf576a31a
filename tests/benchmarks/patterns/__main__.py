"""`python -m tests.benchmarks.patterns [--planted N] [--work FOLDER] [--out PAGE]`.

Makes a country with N cases and N near misses of every pattern, searches every pattern and prints a page; for the
default N it is written too. Ends with an error when a pattern misses what it must find or finds what it must not.
`--work FOLDER` keeps the loaded country and does not make it again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.page import machine, today
from tests.benchmarks.patterns.country import loaded_country
from tests.benchmarks.patterns.page import page
from tests.benchmarks.patterns.searching import searched
from tests.benchmarks.patterns.worth import faults
from tests.benchmarks.running import ROOT

PAGE = ROOT / "docs" / "patterns.md"
PLANTED = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 when a pattern is not worth what it must be."""
    asked = _parser().parse_args(arguments)
    for name in [name for name in os.environ if name.startswith(("TAXGRAPH_", "NEO4J_"))]:
        del os.environ[name]  # commands run as they do out of the box
    out = asked.out or (PAGE if asked.planted == PLANTED else None)
    if asked.work:
        return _measured(asked.work.resolve(), asked.planted, out)
    with tempfile.TemporaryDirectory(prefix="taxgraph-patterns-") as folder:
        return _measured(Path(folder), asked.planted, out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.patterns", description=__doc__)
    parser.add_argument("--planted", type=_count, default=PLANTED, help=f"cases of every pattern; default {PLANTED}")
    parser.add_argument("--work", type=Path, help="folder for the store and files; by default one that vanishes")
    parser.add_argument("--out", type=Path, help="page to write; by default docs/patterns.md, for the default N only")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("plant at least one case")
    return count


def _measured(folder: Path, planted: int, out: Path | None) -> int:
    machine_text = machine()
    place, facts = loaded_country(folder, planted)
    worths = searched(place)
    text = page(worths, facts, planted=planted, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    wrong = [fault for each in worths for fault in faults(each)]
    sys.stderr.writelines(f"{fault}\n" for fault in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
