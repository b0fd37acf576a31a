"""Mutated files through the whole pipeline, in a process of its own: no crash, no hang, no row lost.

`make proofs` runs a thousand, `make fuzz` more of them, with other seeds.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.fuzzing.mutating import case_of
from tests.support.fuzzing.seeds import all_seeds
from tests.support.thorough import examples

ROOT = Path(__file__).parents[3]
SEED, CASES = 1, examples(1000, 120)


def test_mutated_files_are_loaded_or_refused_and_every_row_is_accounted_for() -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tests.support.fuzzing", "--cases", str(CASES), "--seed", str(SEED)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    assert f"{CASES} cases" in done.stdout


def test_a_case_is_a_function_of_its_seed_and_number() -> None:
    seeds = all_seeds()
    again = all_seeds()
    for number in range(60):
        first, second = case_of(seeds, SEED, number), case_of(again, SEED, number)
        assert (first.content == second.content, first.source) == (True, second.source), first.seed.name
