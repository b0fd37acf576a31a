"""`python -m tests.benchmarks [--size small|full] [--out PAGE]`: measure, print, and for the full size write the page.

Each step is a process of its own (`--step`), so that memory and cold starts are its own. `--work FOLDER` keeps what
the steps make and does not repeat steps that are done.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.page import machine, page, today
from tests.benchmarks.sizes import SIZES, Size
from tests.benchmarks.steps import STEPS, step_named

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or that of the step that failed."""
    asked = _parser().parse_args(arguments)
    size = SIZES[asked.size]
    if asked.step:
        _write_facts(asked.work, asked.step, dict(step_named(asked.step)(size, asked.work)))
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
    facts: dict[str, float] = {}
    for name in STEPS:
        if not _facts_file(folder, name).exists() and (code := _run(name, size, folder)):
            return code
        facts |= json.loads(_facts_file(folder, name).read_text(encoding="utf-8"))
    text = page(facts, size, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    target = out or (PAGE if size.name == "full" else None)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    return 0


def _run(name: str, size: Size, folder: Path) -> int:
    """The step in a process of its own; its wall seconds join its facts."""
    sys.stderr.write(f"{name} …\n")
    words = [sys.executable, "-m", "tests.benchmarks", "--step", name, "--size", size.name, "--work", str(folder)]
    cache = {"NUMBA_CACHE_DIR": str(ROOT / ".venv" / "numba-cache"), "NUMBA_CPU_NAME": "generic"}
    began = time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, env={**cache, **os.environ}, check=False)  # noqa: S603  # our own words
    seconds = time.perf_counter() - began
    if not done.returncode:
        known = json.loads(_facts_file(folder, name).read_text(encoding="utf-8"))
        _write_facts(folder, name, {**known, f"{name}.process_seconds": seconds})
    return done.returncode


def _facts_file(folder: Path, step: str) -> Path:
    return folder / f"{step}.json"


def _write_facts(folder: Path, step: str, facts: dict[str, float]) -> None:
    _facts_file(folder, step).write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
