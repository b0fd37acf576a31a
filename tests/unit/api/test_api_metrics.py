"""Prometheus' text format, and the server's log as lines of JSON."""

from __future__ import annotations

import json
import logging

from api.logs import FACTS, JsonLines
from api.metrics import Gauge, Metrics


def test_requests_are_counted_by_kind_and_code_in_a_fixed_order() -> None:
    metrics = Metrics()
    metrics.request("query", "ok", seconds=0.02, cost=7)
    metrics.request("query", "limit.cost", seconds=0.001, cost=30_000)
    metrics.request("mutation", "ok", seconds=70.0, cost=0)
    lines = metrics.text().splitlines()
    assert [line for line in lines if line.startswith("taxgraph_requests_total{")] == [
        'taxgraph_requests_total{kind="mutation",code="ok"} 1',
        'taxgraph_requests_total{kind="query",code="limit.cost"} 1',
        'taxgraph_requests_total{kind="query",code="ok"} 1',
    ]
    assert 'taxgraph_request_seconds_bucket{kind="query",le="0.005"} 1' in lines
    assert 'taxgraph_request_seconds_bucket{kind="query",le="0.025"} 2' in lines
    assert 'taxgraph_request_seconds_bucket{kind="mutation",le="60"} 0' in lines
    assert 'taxgraph_request_seconds_bucket{kind="mutation",le="+Inf"} 1' in lines
    assert 'taxgraph_request_seconds_sum{kind="mutation"} 70' in lines
    assert "taxgraph_query_cost_count 2" in lines


def test_a_value_on_a_bound_counts_below_it() -> None:
    metrics = Metrics()
    metrics.request("query", "ok", seconds=0.005, cost=10)
    assert 'taxgraph_request_seconds_bucket{kind="query",le="0.005"} 1' in metrics.text()
    assert 'taxgraph_query_cost_bucket{le="10"} 1' in metrics.text()


def test_gauges_of_one_name_share_their_heading_and_labels_are_escaped() -> None:
    gauges = [Gauge("loads", "Loads.", count, labels={"state": state}) for state, count in (('a"b', 1), ("c\n", 2))]
    lines = Metrics().text(gauges).splitlines()[-4:]
    assert lines == ["# HELP loads Loads.", "# TYPE loads gauge", r'loads{state="a\"b"} 1', r'loads{state="c\n"} 2']


def test_a_line_of_the_log_is_one_json_object_with_its_facts() -> None:
    record = logging.LogRecord("taxgraph.request", logging.INFO, "", 0, "request", (), None)
    setattr(record, FACTS, {"request": "abc", "seconds": 0.5})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) | {"at": ""} == {
        "at": "",
        "level": "info",
        "logger": "taxgraph.request",
        "message": "request",
        "request": "abc",
        "seconds": 0.5,
    }


def test_of_an_exception_the_log_keeps_type_and_place_and_never_its_words() -> None:
    try:
        int("91440300MA5F0K1X2A")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), (ValueError, error, error.__traceback__))
    line = JsonLines().format(record)
    assert "91440300" not in line
    assert json.loads(line)["error"] == "ValueError"
    assert json.loads(line)["places"][0].startswith("test_api_metrics.py:")
