"""The pattern language, its JSON form and their refusals."""

from datetime import date, datetime

import pytest

from graph.errors import QueryError
from graph.store.questions import Before, EdgePattern, Filter, NodePattern, Op, Pattern
from queries.match import as_pattern, pattern_from_json
from queries.pattern_text import parse_pattern

TWO_STEPS = """(a:Taxpayer)-[s:SOLD]->(i:Invoice)-[:BOUGHT_BY]->(b:Taxpayer),
 (c:Taxpayer)<-[:BOUGHT_BY]-(j:Invoice)<-[:SOLD]-(b)
 where i.net_cents >= 1000000 and a.region = "4403" and i.issued_at <= j.issued_at
 return a.name, j.net_cents limit 50"""


def test_chains_conditions_returns_and_a_limit_are_read_in_order() -> None:
    assert parse_pattern(TWO_STEPS) == Pattern(
        nodes=(
            NodePattern("a", "Taxpayer", (Filter("region", Op.EQ, "4403"),)),
            NodePattern("i", "Invoice", (Filter("net_cents", Op.GE, 1_000_000),)),
            NodePattern("b", "Taxpayer"),
            NodePattern("c", "Taxpayer"),
            NodePattern("j", "Invoice"),
        ),
        edges=(
            EdgePattern("s", "a", "SOLD", "i"),
            EdgePattern("r2", "i", "BOUGHT_BY", "b"),
            EdgePattern("r3", "j", "BOUGHT_BY", "c"),
            EdgePattern("r4", "b", "SOLD", "j"),
        ),
        before=(Before("i.issued_at", "j.issued_at"),),
        returns=("a.name", "j.net_cents"),
        limit=50,
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('a.name contains "贸易"', Filter("name", Op.CONTAINS, "贸易")),
        ("a.name prefix 'O\\'Neil'", Filter("name", Op.PREFIX, "O'Neil")),
        ("a.registered_on < 2026-03-01", Filter("registered_on", Op.LT, date(2026, 3, 1))),
        ("a.stub = true", Filter("stub", Op.EQ, True)),
        ("a.status is null", Filter("status", Op.IS_NULL, True)),
        ("a.status IS NOT NULL", Filter("status", Op.IS_NULL, False)),
        ('a.status in ("normal", "revoked")', Filter("status", Op.IN, ("normal", "revoked"))),
        ('a.status in ["normal"]', Filter("status", Op.IN, ("normal",))),
        ('a.status <> "normal"', Filter("status", Op.NE, "normal")),
    ],
)
def test_every_comparison_is_read_as_the_kind_of_its_property(condition: str, expected: Filter) -> None:
    assert parse_pattern(f"(a:Taxpayer) where {condition}").nodes[0].where == (expected,)


def test_a_relationship_may_be_named_and_filtered() -> None:
    read = parse_pattern("(p:Person)-[h:HOLDS_SHARE]->(a:Taxpayer) where h.ratio > 500000")
    assert read.edges == (EdgePattern("h", "p", "HOLDS_SHARE", "a", (Filter("ratio", Op.GT, 500_000),)),)


def test_a_negative_number_beside_a_sign_is_no_arrow() -> None:
    assert parse_pattern("(i:Invoice) where i.net_cents <-5").nodes[0].where == (Filter("net_cents", Op.LT, -5),)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("i.issued_at < j.issued_at", Before("i.issued_at", "j.issued_at", strict=True)),
        ("i.issued_at >= j.issued_at", Before("j.issued_at", "i.issued_at")),
        ("i.issued_at before j.issued_at", Before("i.issued_at", "j.issued_at", strict=True)),
        ("i.issued_at after j.issued_at", Before("j.issued_at", "i.issued_at", strict=True)),
    ],
)
def test_time_order_between_two_moments(order: str, expected: Before) -> None:
    assert parse_pattern(f"(i:Invoice), (j:Invoice) where {order}").before == (expected,)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("(a:Taxpayer", 12),
        ("(a)", 2),
        ("(a:Firm)", 4),
        ("(a:Taxpayer)-[:PAYS]->(b:Taxpayer)", 16),
        ("(a:Taxpayer)-[:SOLD]-(i:Invoice)", 21),
        ("(a:Taxpayer) where a.colour = 1", 22),
        ("(a:Taxpayer) where b.name = 'x'", 20),
        ("(a:Taxpayer) where a.name = 1", 29),
        ("(a:Taxpayer) where a.name = x", 29),
        ("(a:Taxpayer) where a.registered_on > '2026-13-01'", 38),
        ("(i:Invoice) where i.net_cents = 1.5", 33),
        ("(i:Invoice) where i.net_cents contains '1'", 31),
        ("(i:Invoice), (j:Invoice) where i.number < j.number", 41),
        ("(a:Taxpayer) limit 0", 20),
        ("(a:Taxpayer) limit 5 5", 22),
        ("(a:Taxpayer) ; drop", 14),
        ("(a:Taxpayer)-[a:SOLD]->(i:Invoice)", 16),
        ("(a:Taxpayer), (a:Invoice)", 18),
        ("(where:Taxpayer)", 2),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused_with_the_place(text: str, position: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse_pattern(text)
    assert refused.value.code == "query.pattern"
    assert f"At character {position} " in refused.value.message
    assert refused.value.next_step


def test_a_restricted_property_cannot_be_asked_for_by_name() -> None:
    with pytest.raises(QueryError, match="no property 'value'"):
        parse_pattern("(p:Phone) where p.value prefix '138'")


def test_the_json_form_says_the_same_as_the_text() -> None:
    data = {
        "nodes": [
            {"name": "a", "type": "Taxpayer", "where": [{"property": "region", "op": "eq", "value": "4403"}]},
            {"name": "i", "type": "Invoice", "where": [{"property": "issued_at", "op": "ge", "value": "2026-01-01"}]},
            {"name": "j", "type": "Invoice"},
        ],
        "edges": [
            {"name": "r1", "source": "a", "relationship": "SOLD", "target": "i"},
            {"name": "r2", "source": "a", "relationship": "SOLD", "target": "j"},
        ],
        "before": [{"first": "i.issued_at", "then": "j.issued_at", "strict": True}],
        "returns": ["a.name"],
        "limit": 7,
    }
    text = """(a:Taxpayer)-[:SOLD]->(i:Invoice), (a)-[:SOLD]->(j:Invoice)
              where a.region = "4403" and i.issued_at >= 2026-01-01 and i.issued_at < j.issued_at
              return a.name limit 7"""
    assert as_pattern(data) == parse_pattern(text)
    assert parse_pattern(text).nodes[1].where[0].value == datetime(2026, 1, 1)  # noqa: DTZ001 - civil time has no zone


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"nodes": [{"name": "a"}]},
        {"nodes": [{"name": "a", "type": "Taxpayer", "where": [{"property": "name", "op": "like", "value": "x"}]}]},
        {"nodes": [{"name": "a", "type": "Taxpayer", "where": [{"property": "name", "op": "eq", "value": 1}]}]},
        {"nodes": [{"name": "a", "type": "Taxpayer"}], "limit": True},
        {"nodes": "a"},
    ],
)
def test_json_that_is_no_pattern_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(QueryError) as refused:
        pattern_from_json(data)
    assert refused.value.code == "query.pattern"
