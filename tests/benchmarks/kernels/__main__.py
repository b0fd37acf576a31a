"""`python -m tests.benchmarks.kernels [--size small|full] [--work FOLDER] [--only STEP …] [--out PAGE]`.

Measures, prints a page, and for the full size writes it with its plots. Each step is a process of its own (`--step`).
`--work FOLDER` keeps what the steps make (for the full size some ten gigabytes) and does not repeat steps that are
done. `--only` runs these steps alone, on what earlier ones left in the folder; the page then goes to `--out` or
nowhere.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.kernels.page import PLOT, page
from tests.benchmarks.kernels.sizes import SIZES, Size
from tests.benchmarks.kernels.steps import STEPS, step_named
from tests.benchmarks.page import machine, today
from tests.benchmarks.running import ROOT, known_facts, run_steps, write_facts

PAGE = ROOT / "docs" / "kernels.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, 0; a step that failed ends this process with its own."""
    asked = _parser().parse_args(arguments)
    for name in [name for name in os.environ if name.startswith(("TAXGRAPH_", "NEO4J_"))]:
        del os.environ[name]  # commands run as they do out of the box
    size = SIZES[asked.size]
    if asked.step:
        write_facts(asked.work, asked.step, step_named(asked.step)(size, asked.work))
    elif asked.work:
        asked.work.mkdir(parents=True, exist_ok=True)
        _measure(size, asked.work.resolve(), asked.only, asked.out)
    else:
        with tempfile.TemporaryDirectory(prefix="taxgraph-kernels-") as folder:
            _measure(size, Path(folder), asked.only, asked.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.kernels", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--out", type=Path, help="page to write; by default docs/kernels.md, for --size full only")
    parser.add_argument("--work", type=Path, help="folder for graphs and facts; by default one that vanishes")
    parser.add_argument("--only", nargs="+", choices=list(STEPS), metavar="STEP", help=f"of {', '.join(STEPS)}")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser


def _measure(size: Size, folder: Path, only: Sequence[str] | None, out: Path | None) -> None:
    machine_text = machine()
    run_steps("tests.benchmarks.kernels", only or STEPS, size=size.name, folder=folder)
    facts: dict[str, float] = {}
    for name in STEPS:
        facts |= known_facts(folder, name)
    text = page(facts, size, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    target = out or (PAGE if size.name == "full" and not only else None)
    if target is not None:
        _write(text, facts, target)


def _write(text: str, facts: dict[str, float], target: Path) -> None:
    from tests.benchmarks.kernels.plot import draw_growth  # noqa: PLC0415 - heavy, and only a page needs it

    target.write_text(text, encoding="utf-8")
    draw_growth(facts, target.parent / PLOT)


if __name__ == "__main__":
    sys.exit(main())
