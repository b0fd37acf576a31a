"""`python -m tests.benchmarks.work [--size small|full] [--work FOLDER] [--out PAGE] [--only STEP …]`.

Measures, prints a page, and for the full size writes it. Each step is a process of its own (`--step`). `--work FOLDER`
keeps what the steps make and does not repeat steps that are done. A new step joins `STEPS` and the page's goals.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks.page import machine, today
from tests.benchmarks.running import ROOT, known_facts, run_steps, write_facts
from tests.benchmarks.work.page import page
from tests.benchmarks.work.sizes import SIZES, Size

PAGE = ROOT / "docs" / "work.md"
STEPS: Mapping[str, str] = {
    "country": "country:make_country",
    "responsible": "asking:ask_who_answers",
    "portfolio": "asking:ask_for_portfolios",
    "loop": "asking:ask_for_loops",
    "gaps": "asking:ask_for_gaps",
    "control": "control:scan_everything",
    "actions": "actions:act_on_embedded",
    "actions_neo4j": "actions:act_on_server",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, 0; a step that failed ends this process with its own."""
    asked = _parser().parse_args(arguments)
    size = SIZES[asked.size]
    if asked.step:
        write_facts(asked.work, asked.step, _step(asked.step)(size, asked.work))
    elif asked.work:
        asked.work.mkdir(parents=True, exist_ok=True)
        _measure(size, asked.work.resolve(), asked.only, asked.out)
    else:
        with tempfile.TemporaryDirectory(prefix="taxgraph-work-") as folder:
            _measure(size, Path(folder), asked.only, asked.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.work", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--out", type=Path, help="page to write; by default docs/work.md, for --size full only")
    parser.add_argument("--work", type=Path, help="folder for the store; by default one that vanishes")
    parser.add_argument("--only", nargs="+", choices=list(STEPS), metavar="STEP", help=f"of {', '.join(STEPS)}")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser


def _step(name: str) -> Callable[[Size, Path], dict[str, float]]:
    module, _, function = STEPS[name].partition(":")
    found = getattr(import_module(f"tests.benchmarks.work.{module}"), function)
    return cast("Callable[[Size, Path], dict[str, float]]", found)


def _measure(size: Size, folder: Path, only: Sequence[str] | None, out: Path | None) -> None:
    machine_text = machine()
    run_steps("tests.benchmarks.work", only or STEPS, size=size.name, folder=folder)
    facts: dict[str, float] = {}
    for name in STEPS:
        facts |= known_facts(folder, name)
    text = page(facts, size, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    target = out or (PAGE if size.name == "full" and not only else None)
    if target is not None:
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
