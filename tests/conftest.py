"""Markers come from folders; fixtures that every folder may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Compiled kernels are shared with the installed command, wherever the tests are started from.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".venv" / "numba-cache"))
os.environ.setdefault("NUMBA_CPU_NAME", "generic")

from tests.support.neo4j.fixtures import neo4j_server  # noqa: F401  # after the environment; found by name
from tests.support.thorough import left_out

FOLDERS = ("unit", "property", "contract", "patterns", "flow", "architecture", "benchmarks")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder, and those with a server of their own; shorten a quick run."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in FOLDERS:
            item.add_marker(folder)
        if "own_neo4j_server" in getattr(item, "fixturenames", ()):
            item.add_marker("own_server")
    left = set(left_out(items))
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skip that nobody expected is a failure: `TAXGRAPH_EXPECTED_SKIPS` says how many there may be."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None or exitstatus != pytest.ExitCode.OK:
        return
    skipped = len(reporter.stats.get("skipped", ()))
    if skipped > int(os.environ.get("TAXGRAPH_EXPECTED_SKIPS", "0")):
        reporter.write_line(f"{skipped} test(s) were skipped in CI, where none was expected.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
