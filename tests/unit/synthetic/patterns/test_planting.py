"""How many cases are planted, that they keep to themselves, that bytes repeat, and that everything still loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import SettingsError
from graph.store.duckdb_store import DuckdbStore
from loaders import LoadOptions, load
from loaders.synthetic import Summary, generate
from loaders.synthetic.patterns import FIRMS_A_COUNT, PATTERNS
from tests.support.batches import KEY
from tests.support.planted_country import Country


def made(out: Path, *, planted: int | None, taxpayers: int = 1200, days: int = 130) -> Summary:
    return generate(out, taxpayers=taxpayers, invoices=3000, days=days, seed=4, planted=planted, format="csv")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_cases_give_the_same_bytes(tmp_path: Path) -> None:
    made(tmp_path / "one", planted=2)
    made(tmp_path / "two", planted=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_every_pattern_has_as_many_near_misses_as_cases(country: Country) -> None:
    for pattern in PATTERNS:
        cases = country.cases(pattern.name)
        assert 2 * sum(case.planted for case in cases) == len(cases) > 0
        assert {case.row["broken"] for case in cases if not case.planted} == set(pattern.preconditions)


def test_by_default_two_cases_of_every_pattern_are_planted_where_they_fit(tmp_path: Path) -> None:
    assert made(tmp_path, planted=None).planted["cases_of_each"] == 2


@pytest.mark.parametrize("planted", [-1, 1200 * 3 // 10 // FIRMS_A_COUNT + 1])
def test_more_cases_than_fit_are_refused_with_the_room_there_is(tmp_path: Path, planted: int) -> None:
    with pytest.raises(SettingsError) as caught:
        made(tmp_path, planted=planted)
    assert caught.value.code == "settings.synthetic.planted"
    assert caught.value.facts["room"] == 1200 * 3 // 10 // FIRMS_A_COUNT


def test_a_short_span_or_few_firms_carry_no_cases_unless_asked(tmp_path: Path) -> None:
    assert made(tmp_path / "short", planted=None, days=60).planted["cases_of_each"] == 0
    assert made(tmp_path / "small", planted=None, taxpayers=300).planted["cases_of_each"] == 0
    with pytest.raises(SettingsError):
        made(tmp_path / "asked", planted=1, days=60)


def test_firms_of_a_case_trade_and_share_only_within_it(country: Country) -> None:
    owner: dict[str, str] = {}
    for pattern in PATTERNS:
        for case in country.cases(pattern.name):
            for member in case.members:
                assert owner.setdefault(member, pattern.name + case.row["case"]) == pattern.name + case.row["case"]
    for invoice in country.invoices.values():
        ends = {owner[firm] for firm in (invoice.seller, invoice.buyer) if firm in owner}
        assert len(ends) <= 1


def test_a_planted_country_loads_without_a_refused_row(tmp_path: Path) -> None:
    made(tmp_path / "country", planted=1)
    store = DuckdbStore.open(tmp_path / "graph.duckdb")
    store.ensure_schema()
    report = load(store, "auto", [tmp_path / "country"], options=LoadOptions(hmac_key=KEY))
    store.close()
    assert (report.accepted, report.rejected) == (report.read, 0)
    assert report.by_type["FundTransfer"] > 0
    assert report.by_type["FLAGGED_ABNORMAL"] > 0
    assert report.by_type["RebateClaim"] > 0
    assert report.by_type["CreditGrade"] > 0
