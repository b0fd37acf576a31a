"""A loaded country for each of two spans, with a dozen cases and near misses of every pattern."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.detection import LoadedCountry, loaded_country

PLANTED = 12


# The second one is the hardest: months of 30, 31 and 28 days, and no day to spare.
@pytest.fixture(scope="session", params=[(date(2026, 1, 1), 200), (date(2026, 12, 2), 120)], ids=["half", "short"])
def country(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedCountry:
    start, days = request.param
    return loaded_country(tmp_path_factory.mktemp("patterns"), start=start, days=days, planted=PLANTED)
