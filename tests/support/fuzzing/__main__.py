"""`python -m tests.support.fuzzing [--seconds N | --cases N] [--seed S] [--only CASE]`: the words of `make fuzz`.

Prints the seed first; keeps the file of every finding, and the last step, below `.fuzz/`. Exit code 1 when a promise
was broken.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.support.fuzzing.mutating import case_of
from tests.support.fuzzing.running import Finding, Run, limit_memory
from tests.support.fuzzing.seeds import Seed, all_seeds

KEPT = Path(".fuzz")
LAST_STEP = KEPT / "last-step.txt"
_FOR_EVER = 10**9


def main(arguments: list[str]) -> int:
    """Run the cases that are asked for."""
    options = _parser().parse_args(arguments)
    limit_memory()
    KEPT.mkdir(exist_ok=True)
    seeds = all_seeds()
    _say(f"seed {options.seed}, {len(seeds)} files to mutate")
    first, count = (0, options.cases) if options.only is None else (options.only, 1)
    with TemporaryDirectory() as folder:
        run = Run(seeds, seed=options.seed, folder=Path(folder), say=_note_step)
        run.cases(range(first, first + count), until=monotonic() + options.seconds)
    _say("\n".join(run.tally.lines()))
    for finding in run.tally.findings:
        _tell(finding, seeds, options.seed)
    return 1 if run.tally.findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description="mutated exports through the whole pipeline")
    parser.add_argument("--seconds", type=float, default=_FOR_EVER)
    parser.add_argument("--cases", type=int, default=_FOR_EVER)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, default=None, help="one case of the seed")
    return parser


def _note_step(what: str) -> None:
    """Keep what is being done: where the process ends in the middle of it, this is the case that ended it."""
    LAST_STEP.write_text(f"{what}\n", encoding="utf-8")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell(finding: Finding, seeds: tuple[Seed, ...], run: int) -> None:
    for number in finding.cases:
        case = case_of(seeds, run, number)
        (KEPT / f"{run}-{number}-{case.seed.name}").write_bytes(case.content)
    shown = ", ".join(str(number) for number in finding.cases)
    _say(f"\nFOUND seed {run}, case(s) {shown} (files in {KEPT}): {finding.what}\n{finding.trace}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
