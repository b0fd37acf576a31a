"""Prometheus' text format, and the server's log as lines of JSON."""

from __future__ import annotations

import json
import logging

from api.logs import FACTS, JsonLines
from api.metrics import Gauge, Metrics


def test_requests_are_counted_by_kind_and_code() -> None:
    metrics = Metrics()
    metrics.request("query", "ok", seconds=0.02, cost=7)
    metrics.request("query", "limit.cost", seconds=0.001, cost=30_000)
    metrics.request("mutation", "ok", seconds=70.0, cost=0)
    lines = metrics.text().splitlines()
    assert sorted(line for line in lines if line.startswith("taxgraph_requests_total{")) == [
        'taxgraph_requests_total{code="limit.cost",kind="query"} 1.0',
        'taxgraph_requests_total{code="ok",kind="mutation"} 1.0',
        'taxgraph_requests_total{code="ok",kind="query"} 1.0',
    ]
    assert 'taxgraph_request_seconds_bucket{kind="query",le="0.005"} 1.0' in lines
    assert 'taxgraph_request_seconds_bucket{kind="query",le="0.025"} 2.0' in lines
    assert 'taxgraph_request_seconds_bucket{kind="mutation",le="60.0"} 0.0' in lines
    assert 'taxgraph_request_seconds_bucket{kind="mutation",le="+Inf"} 1.0' in lines
    assert "taxgraph_query_cost_count 2.0" in lines


def test_gauges_of_one_name_share_their_heading_and_labels_are_escaped() -> None:
    gauges = [Gauge("loads", "Loads.", count, labels={"state": state}) for state, count in (('a"b', 1), ("c\n", 2))]
    lines = Metrics().text(gauges).splitlines()[-4:]
    assert lines == [
        "# HELP loads Loads.",
        "# TYPE loads gauge",
        r'loads{state="a\"b"} 1.0',
        r'loads{state="c\n"} 2.0',
    ]


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
