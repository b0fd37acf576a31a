"""One country with ten cases and ten near misses of every pattern, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from loaders.synthetic import generate
from tests.support.planted_country import Case, Country

PLANTED = 12
Measure = Callable[[Country, Case], dict[str, bool]]


# The second one is the hardest: months of 30, 31 and 28 days, and no day to spare.
@pytest.fixture(scope="session", params=[(date(2026, 1, 1), 200), (date(2026, 12, 2), 120)], ids=["half", "short"])
def country(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Country:
    start, days = request.param
    folder = tmp_path_factory.mktemp("planted")
    made = generate(
        folder, taxpayers=6000, invoices=12_000, days=days, start=start, seed=11, format="csv", planted=PLANTED
    )
    assert made.planted["cases_of_each"] == PLANTED
    return Country(folder, made.start, made.end)


@pytest.fixture(scope="session")
def check(country: Country) -> Callable[[str, Measure], None]:
    """`check(pattern, measure)`: planted cases fulfil every precondition, near misses all but the stated one."""

    def run(pattern: str, measure: Measure) -> None:
        cases = country.cases(pattern)
        assert [case.planted for case in cases] == [True] * PLANTED + [False] * PLANTED
        broken = set()
        for case in cases:
            found = measure(country, case)
            failed = {name for name, held in found.items() if not held}
            expected = {case.row["broken"]} if case.row["broken"] else set()
            assert failed == expected, (pattern, case.row, found)
            broken |= failed
        assert broken == set(found), "every precondition is broken by some near miss"

    return run
