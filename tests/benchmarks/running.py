"""Steps in processes of their own, whose facts are kept as JSON files. Used by the commands of both benchmarks.

A step that has its file is not measured again, so a run that was interrupted goes on with the step that it was in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_steps(module: str, names: Iterable[str], *, size: str, folder: Path) -> dict[str, float]:
    """Facts of these steps of `python -m MODULE`, in order; those that are not known are measured.

    Raises:
        SystemExit: with the exit code of the step that failed.
    """
    facts: dict[str, float] = {}
    for name in names:
        if not _facts_file(folder, name).exists():
            _run(module, name, size=size, folder=folder)
        facts |= known_facts(folder, name)
    return facts


def known_facts(folder: Path, step: str) -> dict[str, float]:
    """What a step found; nothing if it has not been measured."""
    file = _facts_file(folder, step)
    known: dict[str, float] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return known


def write_facts(folder: Path, step: str, facts: Mapping[str, float]) -> None:
    """Keep what a step found."""
    _facts_file(folder, step).write_text(json.dumps(dict(facts), sort_keys=True), encoding="utf-8")


def _run(module: str, name: str, *, size: str, folder: Path) -> None:
    """The step in a process of its own; its wall seconds join its facts."""
    sys.stderr.write(f"{name} …\n")
    words = [sys.executable, "-m", module, "--step", name, "--size", size, "--work", str(folder)]
    cache = {"NUMBA_CACHE_DIR": str(ROOT / ".venv" / "numba-cache"), "NUMBA_CPU_NAME": "generic"}
    began = time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, env={**cache, **os.environ}, check=False)  # noqa: S603  # our own words
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.returncode)
    write_facts(folder, name, {**known_facts(folder, name), f"{name}.process_seconds": seconds})


def _facts_file(folder: Path, step: str) -> Path:
    return folder / f"{step}.json"
