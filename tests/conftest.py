"""Markers come from folders; fixtures that every folder may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Compiled kernels are shared with the installed command, wherever the tests are started from.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".venv" / "numba-cache"))
os.environ.setdefault("NUMBA_CPU_NAME", "generic")

from tests.support.neo4j.fixtures import neo4j_server  # noqa: F401  # after the environment; found by name

FOLDERS = ("unit", "property", "contract", "patterns", "flow", "architecture", "benchmarks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in FOLDERS:
            item.add_marker(folder)
