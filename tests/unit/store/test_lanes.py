"""Stages are cut into lanes only where two transactions would not wait for each other's nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from graph.store.conditions import stored_relationship
from graph.store.neo4j_parts.chunks import lanes_of
from graph.store.neo4j_parts.contents import Does, Stage, contents_of
from graph.store.neo4j_parts.uniform import EACH_ROW
from graph.store.port import BatchHeader, WriteBatch


def stage_of(relationship: str, source: str, target: str, pairs: list[tuple[str, str]], **more: Any) -> Stage:
    """The stage that writes these pairs."""
    schema = stored_relationship(relationship).schema()
    rows = [
        {"from_type": source, "from_id": a, "to_type": target, "to_id": b, **more, "line": place}
        for place, (a, b) in enumerate(pairs)
    ]
    header = BatchHeader("b", "canonical", "b", "test", datetime(2026, 1, 1, tzinfo=UTC))
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    stages = contents_of(WriteBatch(header, relationships={relationship: table})).stages
    return next(stage for stage in stages if stage.does is Does.WRITE_RELATIONSHIPS)


def bought(*buyers: str) -> Stage:
    pairs = [(f"i{place:04}", buyer) for place, buyer in enumerate(buyers)]
    return stage_of("BOUGHT_BY", "Invoice", "Party", pairs)


def test_an_end_that_every_row_has_of_its_own_leaves_the_other_to_part_by() -> None:
    stage = bought("A", "B", "A")
    assert stage.across == "to_id"
    assert stage.rows["to_id"].to_pylist() == ["A", "A", "B"]


def test_an_end_of_a_few_hubs_may_be_shared() -> None:
    lines = [(f"i{place // 2:04}", "hub") for place in range(1_000)]
    assert stage_of("LISTS", "Invoice", "Commodity", lines).across == "from_id"


def test_many_keys_on_both_sides_are_written_one_after_the_other() -> None:
    stage = stage_of("LISTS", "Invoice", "Commodity", [("i1", "a"), ("i1", "b"), ("i2", "a")])
    assert stage.across == ""
    assert lanes_of(stage, 4, least=1) == [(0, 3)]


@pytest.mark.parametrize(
    ("buyers", "lanes"),
    [
        ("AABB", [(0, 2), (2, 4)]),
        ("AAAB", [(0, 3), (3, 4)]),
        ("ABBB", [(0, 4)]),
        ("AAAA", [(0, 4)]),
        ("ABCD", [(0, 2), (2, 4)]),
    ],
)
def test_no_key_stands_in_two_lanes(buyers: str, lanes: list[tuple[int, int]]) -> None:
    assert lanes_of(bought(*buyers), 2, least=1) == lanes


def test_a_lane_has_at_least_a_chunk() -> None:
    assert lanes_of(bought(*"ABCDEFG"), 2, least=4) == [(0, 7)]
    assert lanes_of(bought(*"ABCDEFG"), 3, least=3) == [(0, 3), (3, 7)]


def test_columns_of_one_value_or_none_are_not_sent_with_each_row() -> None:
    stage = stage_of(
        "BOUGHT_BY", "Invoice", "Party", [(f"i{place:04}", "A") for place in range(1_000)], prov_source="register"
    )
    assert stage.uniform.once == {"prov_source": "register"}
    assert "prov_as_at" in stage.uniform.never
    assert bought("A").uniform == EACH_ROW
