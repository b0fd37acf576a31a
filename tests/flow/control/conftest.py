"""A country with years of work, generated once."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.synthetic import generate
from tests.support.stores import store, store_factory  # noqa: F401 - fixtures, found by name

WORK_EVENTS = 20_000


@pytest.fixture(scope="session")
def worked_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files; of the invoices there are few."""
    out = tmp_path_factory.mktemp("worked")
    generate(out, taxpayers=3_000, invoices=3_000, days=120, seed=7, format="csv", task_events=WORK_EVENTS)
    return out
