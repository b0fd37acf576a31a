"""`python -m tests.benchmarks [--size small|full] [--out PAGE]`: measure, print, and for the full size write the page.

Each step is a process of its own (`--step`), so that memory and cold starts are its own. `--work FOLDER` keeps what
the steps make and does not repeat steps that are done.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.page import machine, page, today
from tests.benchmarks.running import ROOT, run_steps, write_facts
from tests.benchmarks.sizes import SIZES, Size
from tests.benchmarks.steps import STEPS, step_named

PAGE = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, 0; a step that failed ends this process with its own."""
    asked = _parser().parse_args(arguments)
    size = SIZES[asked.size]
    if asked.step:
        write_facts(asked.work, asked.step, step_named(asked.step)(size, asked.work))
        return 0
    if asked.work:
        asked.work.mkdir(parents=True, exist_ok=True)
        return _measure(size, asked.work.resolve(), asked.out)
    with tempfile.TemporaryDirectory(prefix="taxgraph-bench-") as folder:
        return _measure(size, Path(folder), asked.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--out", type=Path, help="page to write; by default docs/benchmarks.md, for --size full only")
    parser.add_argument("--work", type=Path, help="folder for stores and files; by default one that vanishes")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser


def _measure(size: Size, folder: Path, out: Path | None) -> int:
    machine_text = machine()
    facts = run_steps("tests.benchmarks", STEPS, size=size.name, folder=folder)
    text = page(facts, size, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    target = out or (PAGE if size.name == "full" else None)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
