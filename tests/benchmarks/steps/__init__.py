"""The steps of a run in order, each a function (size, folder) → facts by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks.sizes import Size

Facts = Mapping[str, float]
Step = Callable[[Size, Path], Facts]

STEPS = {
    "warm": "generating.warm_up",
    "generate": "generating.generate_country",
    "bare": "loading.read_bare",
    "load": "loading.load_and_answer",
    "rings": "ringing.search_rings",
    "traces": "tracing.follow_traces",
    "views": "viewing.open_views",
    "households": "households.ask_households",
    "explosion": "exploding.ask_beside_an_explosion",
    "projection": "projecting.keep_up",
    "server": "serving.write_and_read",
    "initial": "importing.fill_a_server",
}


def step_named(name: str) -> Step:
    """The step's function; a process imports only the step that it runs."""
    module, _, function = STEPS[name].partition(".")
    return cast("Step", getattr(import_module(f"{__name__}.{module}"), function))
