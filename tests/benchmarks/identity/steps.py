"""The steps of a run in order, each a function (size, folder) → facts by name. Read by the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks.identity.sizes import Register

Step = Callable[[Register, Path], Mapping[str, float]]
STEPS = {"growth": "resolving.resolve_growing", "batch": "batches.resolve_a_batch", "load": "loading.load_a_batch"}


def step_named(name: str) -> Step:
    """The step's function; a process imports only the step that it runs."""
    module, _, function = STEPS[name].partition(".")
    return cast("Step", getattr(import_module(f"tests.benchmarks.identity.{module}"), function))
