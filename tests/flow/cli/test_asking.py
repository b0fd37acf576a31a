"""Questions at the command line: the fixed JSON shapes, names in place of ids, what a terminal shows."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.command_line import CommandLine

RING = ("rings", "--window", "30d", "--max-length", "5")


def test_rings_answer_in_the_fixed_shape(country: CommandLine) -> None:
    answer = country.answer(*RING)
    assert list(answer)[:4] == ["counts", "rings", "truncated", "cut"]
    assert answer["counts"] == {
        "edge_cycles": 1,
        "bundled_cycles": 1,
        "distinct_rings": 1,
        "edge_cycles_by_length": {"3": 1},
    }
    assert answer["truncated"] is False
    assert sorted(answer["rings"][0]["names"]) == ["丙地物流有限公司", "乙地[bold]贸易", "甲地商贸有限公司"]
    assert answer["rings"][0]["smallest_cents"] == 99_000


def test_a_ring_id_alone_is_enough_to_ask_why(country: CommandLine) -> None:
    ring = country.answer(*RING, "--band", "0.1")["rings"][0]
    why = country.answer("why", ring["id"])
    assert why["ring"]["members"] == ring["members"]
    assert [step["invoice"] for step in why["ring"]["invoices"]] == ["00000001", "00000002", "00000003"]
    assert "甲地商贸有限公司" in why["sentence_zh"]


def test_a_ring_outside_the_band_is_not_found(country: CommandLine) -> None:
    assert country.answer(*RING, "--band", "0.01")["counts"]["distinct_rings"] == 0


def test_a_ring_through_a_firm_outside_it_is_not_found(country: CommandLine) -> None:
    assert country.answer(*RING, "--through", "D")["rings"] == []
    assert len(country.answer(*RING, "--through", "甲地商贸有限公司")["rings"]) == 1


def test_a_trace_answers_in_the_fixed_shape(country: CommandLine) -> None:
    answer = country.answer("trace", "A", "--direction", "down", "--hops", "2", "--span", "90d")
    assert list(answer)[:4] == ["nodes", "edges", "truncated", "cut"]
    assert [edge["invoice"] for edge in answer["edges"]] == ["00000001", "00000002"]
    assert answer["edges"][0]["carried_cents"] == 100_000


@pytest.mark.parametrize("start", ["A", "91440300MA5F0K1X2A", "甲地商贸有限公司"])
def test_a_taxpayer_is_known_by_id_number_and_exact_name(country: CommandLine, start: str) -> None:
    asked = country.answer("who", start, "--on", "2026-03-01")
    assert asked["taxpayer"].startswith("tp")
    traced = country.answer("trace", start, "--hops", "1")
    assert traced["start"] == asked["taxpayer"]


def test_an_invoice_traces_upstream(country: CommandLine) -> None:
    answer = country.answer("trace", "00000003", "--direction", "up", "--hops", "3", "--method", "fifo")
    assert answer["start_type"] == "Invoice"
    assert "00000002" in {edge["invoice"] for edge in answer["edges"]}


def test_a_trace_can_be_drawn(country: CommandLine, tmp_path: Path) -> None:
    picture = tmp_path / "trace.svg"
    country.answer("trace", "A", "--picture", str(picture))
    drawn = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - written by ourselves a line above
    words = "".join(drawn.itertext())
    assert "甲地商贸有限公司" in words
    assert "乙地[bold]贸易" in words


def test_who_answers_in_the_fixed_shape_on_that_day_only(country: CommandLine) -> None:
    found = country.answer("who", "A", "--on", "2026-03-01")["responsible"]
    shown = [{name: each[name] for name in ("officer", "grid", "role", "from", "to")} for each in found]
    assert shown == [{"officer": "O1", "grid": "G1", "role": "网格长", "from": "2026-02-01", "to": None}]
    assert country.answer("who", "A", "--on", "2026-01-15")["responsible"] == []


def test_what_was_not_recorded_yet_was_not_known(country: CommandLine) -> None:
    code, error = country.error("who", "A", "--on", "2026-03-01", "--recorded", "2020-01-01")
    assert (code, error["code"]) == (8, "not_found.taxpayer")


def test_search_finds_chinese_names_and_numbers(country: CommandLine) -> None:
    hits = country.answer("search", "甲地", "--type", "Taxpayer")["hits"]
    assert [hit["label"] for hit in hits] == ["甲地商贸有限公司"]
    assert country.answer("search", "00000003", "--type", "Invoice")["total"] == 1


def test_match_answers_a_pattern_given_as_text_or_as_json(country: CommandLine) -> None:
    text = '(a:Taxpayer)-[:SOLD]->(i:Invoice) where a.name = "丙地物流有限公司" return i.number'
    answer = country.answer("match", text)
    assert [row["i.number"] for row in answer["rows"]] == ["00000003", "00000004"]
    pattern = {"nodes": [{"name": "g", "type": "Grid"}]}
    assert country.answer("match", json.dumps(pattern))["rows"] == [{"g": "G1"}]


def test_tables_show_names_of_the_data_as_they_are(country: CommandLine) -> None:
    shown = country.run(*RING).stdout
    assert "乙地[bold]贸易" in shown
    assert "taxgraph why ring-" in shown


def test_chinese_comes_out_right_where_the_locale_knows_no_chinese(country: CommandLine) -> None:
    assert "甲地商贸有限公司" in country.run("search", "甲地", LC_ALL="C", PYTHONIOENCODING="ascii").stdout


def test_responsibility_is_asked_for_by_day_by_officer_over_time_and_for_gaps(country: CommandLine) -> None:
    assert country.answer("responsible", "A", "--on", "2026-03-01")["responsible"][0]["grounds"]
    portfolio = country.answer("portfolio", "O1", "--on", "2026-03-01")
    assert (portfolio["taxpayer_count"], portfolio["load"]["open"]) == (1, 0)
    moves = country.answer("moves", "A")
    first = moves["changes"][0]
    assert (first["on"], first["kind"]) == ("2026-02-01", "began")
    found = country.answer("gaps", "--kind", "grid_without_officer", "--subject", "Grid", "G1")
    assert found["totals"] == {"grid_without_officer": 0}
    assert country.answer("overlaps")["overlaps"] == []
    asked = (("responsible", "A", "--on", "2026-03-01"), ("portfolio", "O1"), ("moves", "A"), ("gaps",), ("overlaps",))
    for words in asked:
        assert country.run(*words).returncode == 0, words


def test_an_officer_and_a_bureau_are_shown_on_one_page_with_the_numbers_of_a_period(country: CommandLine) -> None:
    officer = country.answer("officer", "O1", "--on", "2026-03-01")
    assert (officer["name"], officer["grids"][0]["id"], officer["portfolio_size"]) == ("韩世峰", "G1", 1)
    assert officer["numbers"] is None
    bureau = country.answer("bureau", "14403", "--period", "2026Q1")
    assert (bureau["head"]["name"], bureau["taxpayer_count"], bureau["officer_count"]) == ("深圳市税务局", 4, 1)
    assert (bureau["numbers"]["period"], bureau["numbers"]["level"]) == ("2026Q1", "bureau")
    for words in (("officer", "O1", "--period", "2026Q1"), ("bureau", "14403", "--period", "2026Q1")):
        assert country.run(*words).returncode == 0, words
    assert country.run("officer", "nobody").returncode != 0
