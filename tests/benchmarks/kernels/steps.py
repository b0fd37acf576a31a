"""The steps of a run in order, each a function (size, folder) → facts by name. Read by the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks.kernels.sizes import Size

Step = Callable[[Size, Path], Mapping[str, float]]

STEPS = {
    "warm": "drawing.warm_up",
    "graphs": "drawing.draw_graphs",
    "tiers": "ordered.tiers",
    "half": "ordered.half",
    "quarter": "ordered.quarter",
    "band": "ordered.band",
    "wide_band": "ordered.wide_band",
    "mild": "ordered.mild",
    "steep": "ordered.steep",
    "large": "ordered.large",
    "day": "closing.close_a_day",
    "through": "ordered.through_one",
    "static": "unordered.count_static",
    "traces": "tracing.follow_traces",
    "shapes": "shapes.search_shapes",
    "control": "shapes.group_by_control",
    "cold": "cold.start_cold",
    "growth": "growing.grow",
    "snapml": "beside_snapml.compare",
    "networkx": "beside_networkx.compare",
    "recursive": "beside_duckdb.compare_rings",
    "reach": "beside_duckdb.compare_traces",
    "server": "beside_neo4j.compare",
}


def step_named(name: str) -> Step:
    """The step's function; a process imports only the step that it runs."""
    module, _, function = STEPS[name].partition(".")
    return cast("Step", getattr(import_module(f"tests.benchmarks.kernels.{module}"), function))
