"""Markers come from folders; fixtures that every folder may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.neo4j.fixtures import neo4j_server  # noqa: F401  # a fixture is found by its name

FOLDERS = ("unit", "property", "contract", "patterns", "flow", "architecture", "benchmarks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in FOLDERS:
            item.add_marker(folder)
