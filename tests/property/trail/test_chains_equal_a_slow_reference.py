"""The columnar chain, the chain of single events and a chain written out from the format's description are one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model.organisation import TaskEvent
from graph.trail.canonical import FIELDS, canonical, canonical_column
from graph.trail.chain import chained, chained_table

AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
INSTANTS = st.datetimes(datetime(1600, 1, 1), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - with zone
KINDS = {p.name: p.kind for p in TaskEvent.__node__.properties}
VALUES = {"text": TEXT, "integer": st.integers(-(2**63), 2**63 - 1), "instant": INSTANTS}
EVENTS = st.fixed_dictionaries(
    {"task": st.sampled_from(["a", "b", "任务"])},
    optional={name: st.none() | VALUES[str(KINDS[name])] for name in (*FIELDS, "note") if name != "task"},
)
HEADS = st.dictionaries(st.sampled_from(["a", "b"]), st.tuples(st.integers(1, 10**6), st.just("f" * 64)))
SLOW = settings(suppress_health_check=[HealthCheck.too_slow])  # many fields, and other work beside it


def table_of(events: list[dict[str, Any]]) -> pa.Table:
    own = {p.name: p.kind.arrow for p in TaskEvent.__node__.properties}
    return pa.table({name: pa.array([each.get(name) for each in events], kind) for name, kind in own.items()})


def described(event: dict[str, Any]) -> bytes:
    """The bytes as the page about the trail describes them, one step after another."""
    found = b""
    for name in sorted(FIELDS):
        value = event.get(name)
        if value is None:
            continue
        if isinstance(value, datetime):
            passed = value - datetime(1970, 1, 1, tzinfo=UTC)
            value = (passed.days * 86400 + passed.seconds) * 10**6 + passed.microseconds
        for part in (name.encode(), str(value).encode()):
            found += str(len(part)).encode() + b":" + part
    return found


def referenced(events: list[dict[str, Any]], heads: dict[str, tuple[int, str]]) -> list[tuple[int, str | None, str]]:
    links: list[tuple[int, str | None, str]] = []
    passed = AT - datetime(1970, 1, 1, tzinfo=UTC)
    instant = str(passed // timedelta(microseconds=1))
    for place, event in enumerate(events):
        earlier = [link for link, before in zip(links, events[:place], strict=True) if before["task"] == event["task"]]
        sequence, previous = (earlier[-1][0], earlier[-1][2]) if earlier else heads.get(event["task"], (0, ""))
        parts = ["taxgraph-event-1", previous, str(sequence + 1), instant]
        hashed = b"".join(f"{len(part)}:{part}".encode() for part in parts) + described(event)
        links.append((sequence + 1, previous or None, hashlib.sha256(hashed).hexdigest()))
    return links


@SLOW
@given(st.lists(EVENTS, max_size=4), HEADS)
def test_three_ways_to_chain_are_one(events: list[dict[str, Any]], heads: dict[str, tuple[int, str]]) -> None:
    single = chained([{**event, "recorded_at": AT} for event in events], heads)
    many = chained_table(table_of(events), heads, recorded_at=AT)
    columns = [many.column(name).to_pylist() for name in ("sequence", "previous_hash", "hash")]
    assert single == list(zip(*columns, strict=True)) == referenced(events, heads)
    assert many.column("recorded_at").to_pylist() == [AT] * len(events)


@SLOW
@given(st.lists(EVENTS, min_size=2, max_size=2, unique_by=lambda event: repr(sorted(event.items()))))
def test_events_that_differ_in_a_field_differ_in_their_bytes(events: list[dict[str, Any]]) -> None:
    left, right = ({name: event.get(name) for name in FIELDS} for event in events)
    assert (canonical(left) == canonical(right)) == (left == right)


@given(EVENTS)
def test_bytes_do_not_depend_on_the_offset_at_which_an_instant_is_told(event: dict[str, Any]) -> None:
    told = {
        name: value.astimezone(timezone(timedelta(hours=8))) if isinstance(value, datetime) else value
        for name, value in event.items()
    }
    assert canonical(told) == canonical(event) == canonical_column(table_of([event]))[0].as_py()
