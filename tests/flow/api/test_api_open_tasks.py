"""An open task opens what it is about to its handler, until it closes."""

from __future__ import annotations

import pytest

from tests.support.serving import Caller, Server
from tests.support.small_graph import Draft
from tests.support.two_cities import ASH

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
BIRCH = '{ taxpayer(id: "B1") { key name sales { totalCount nodes { number } } } }'


def handler(country: Server) -> Caller:
    """Officer 2 sits in Ash and handles task t-b, which is about a firm of Birch."""
    return country.caller(bureau=ASH, officer="officer-2")


def test_a_handler_sees_the_task_and_whom_it_concerns_but_none_of_its_documents(country: Server) -> None:
    seen = handler(country).ask(BIRCH)["taxpayer"]
    assert seen["key"] == "B1"
    assert seen["name"]
    others = country.caller(bureau=ASH).ask('{ taxpayer(id: "A1") { sales { nodes { number } } } }')
    assert others
    own = country.caller().ask(BIRCH)["taxpayer"]["sales"]["totalCount"]
    assert seen["sales"]["totalCount"] < own
    assert handler(country).ask('{ task(id: "t-b") { key title } }')["task"]["key"] == "t-b"


def test_nobody_else_of_the_bureau_sees_it(country: Server) -> None:
    assert country.caller(bureau=ASH, officer="officer-1").ask(BIRCH)["taxpayer"] is None


def test_it_closes_with_the_task(country: Server) -> None:
    caller = handler(country)
    assert caller.ask(BIRCH)["taxpayer"] is not None
    country.store.write(Draft().node("Task", "t-b", kind="inquiry", title="About B1", status="closed").batch("closing"))
    assert caller.ask(BIRCH)["taxpayer"] is None
    assert caller.ask('{ task(id: "t-b") { key } }')["task"] is None
