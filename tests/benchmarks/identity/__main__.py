"""`python -m tests.benchmarks.identity [--size small|full] [--work FOLDER] [--out PAGE]`.

Measures, prints a page, and for the full size writes it with its plot. Each step is a process of its own (`--step`).
`--work FOLDER` keeps what the steps make and does not repeat steps that are done. `--train FILE` only trains the model
that is shipped, on a country of its own seed, and writes it there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.identity.page import PLOT, draw_growth, page
from tests.benchmarks.identity.sizes import SIZES, TRAINED_ON, TRAINING_PAIRS, TRAINING_SEED, Register
from tests.benchmarks.identity.steps import STEPS, step_named
from tests.benchmarks.page import machine, today
from tests.benchmarks.running import ROOT, run_steps, write_facts

PAGE = ROOT / "docs" / "identity.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, 0; a step that failed ends this process with its own."""
    asked = _parser().parse_args(arguments)
    size = SIZES[asked.size]
    if asked.train:
        _train(asked.train)
    elif asked.step:
        write_facts(asked.work, asked.step, step_named(asked.step)(size, asked.work))
    elif asked.work:
        asked.work.mkdir(parents=True, exist_ok=True)
        _measure(size, asked.work.resolve(), asked.out)
    else:
        with tempfile.TemporaryDirectory(prefix="taxgraph-identity-") as folder:
            _measure(size, Path(folder), asked.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.identity", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--out", type=Path, help="page to write; by default docs/identity.md, for --size full only")
    parser.add_argument("--work", type=Path, help="folder for files; by default one that vanishes")
    parser.add_argument("--train", type=Path, help="only train the shipped model and write it to this file")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser


def _train(file: Path) -> None:
    from loaders.resolve.linkage.fields import prepare  # noqa: PLC0415 - heavy, and no measure may hold it
    from loaders.resolve.linkage.training import train  # noqa: PLC0415
    from loaders.synthetic.identities.draw import identities  # noqa: PLC0415
    from loaders.synthetic.identities.plan import IdentityPlan  # noqa: PLC0415

    drawn = identities(IdentityPlan(TRAINED_ON, TRAINING_SEED))
    train(prepare(drawn.registrations, drawn.changes), seed=1, pairs=TRAINING_PAIRS).write(file)


def _measure(size: Register, folder: Path, out: Path | None) -> None:
    machine_text = machine()
    facts = run_steps("tests.benchmarks.identity", STEPS, size=size.name, folder=folder)
    text = page(facts, size, on=today(), machine_text=machine_text)
    sys.stdout.write(text)
    target = out or (PAGE if size.name == "full" else None)
    if target is not None:
        target.write_text(text, encoding="utf-8")
        draw_growth(facts, size, target.parent / PLOT)


if __name__ == "__main__":
    sys.exit(main())
