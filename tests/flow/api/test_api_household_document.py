"""The committed document of the household view: every block of the page in one request, on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import FieldNode, parse

import api
from tests.support.serving import Caller

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")

DOCUMENT = (Path(api.__file__).parent / "household.graphql").read_text(encoding="utf-8")


def test_it_asks_every_block_of_the_view(root: Caller) -> None:
    fields = root.ask('{ __type(name: "HouseholdView") { fields { name } } }')["__type"]["fields"]
    operation = parse(DOCUMENT).definitions[0]
    household = operation.selection_set.selections[0]  # type: ignore[attr-defined]
    asked = {item.name.value for item in household.selection_set.selections if isinstance(item, FieldNode)}
    assert asked == {field["name"] for field in fields}


def test_it_answers_for_a_taxpayer_in_whole(root: Caller) -> None:
    view = root.ask(DOCUMENT, taxpayer="A1")["household"]
    assert view["header"]["name"] == "Ash Trading A1"
    assert [role["role"] for role in view["officers"]] == ["legal_representative_of"]
    assert view["taxpayer"]["registrations"]["nodes"][0]["key"] == "reg-A1"
    assert view["taxpayer"]["filings"]["nodes"][0]["payable"] == {"amount": "0.05", "currency": "CNY"}
    assert view["taxpayer"]["tasks"]["nodes"][0]["key"] == "t-a"
    assert view["trading"]["biggest"][0]["key"] == "I1"
    assert view["timeline"]["totalCount"] == len(view["timeline"]["nodes"])


def test_it_answers_under_a_scope_and_for_a_past_day(ash: Caller) -> None:
    view = ash.ask(DOCUMENT, taxpayer="A1", asOf={"valid": "2025-01-01"})["household"]
    assert view["trading"]["months"] == []
    assert ash.ask(DOCUMENT, taxpayer="nobody") == {"household": None}


def test_it_answers_the_same_text_for_the_next_taxpayer(root: Caller) -> None:
    first, second = (root.ask(DOCUMENT, taxpayer=key)["household"] for key in ("A1", "A2"))
    assert (first["taxpayer"]["key"], second["taxpayer"]["key"]) == ("A1", "A2")
    assert root.ask(DOCUMENT, taxpayer="A1")["household"] == first
