"""The steps of a run in order, each a function (size, folder) → facts by name. Read by the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks.province.sizes import Province

Step = Callable[[Province, Path], Mapping[str, float]]

STEPS = {
    "growth": "growing.grow",
    "bare": "bare.read_bare",
    "day": "day.load_a_day",
    "projection": "projecting.build_projection",
    "household": "households.ask_households",
    "beside": "beside.read_beside_a_load",
    "backup": "saving.save_and_restore",
}


def step_named(name: str) -> Step:
    """The step's function; a process imports only the step that it runs."""
    module, _, function = STEPS[name].partition(".")
    return cast("Step", getattr(import_module(f"tests.benchmarks.province.{module}"), function))
