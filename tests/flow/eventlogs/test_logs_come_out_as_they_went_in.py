"""XES in, XES out: equal content, by an independent reading of the XML, on either store."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from api.operations.context import OperationContext
from api.operations.local import LocalProjections
from api.operations.xes import write_xes
from graph.store.port import GraphStore
from graph.store.questions import Direction
from loaders import LoadOptions, load
from queries.process.mapping import Bounds
from queries.process.reading import Which, process_of
from tests.support.batches import KEY
from tests.support.event_logs import content_of, faults_of_form
from tests.support.samples import SAMPLES

OPTIONS = LoadOptions(hmac_key=KEY)
WHOLE = Bounds(variants=1000)
LOG = """<?xml version="1.0" encoding="utf-8"?>
<log xes.version="2.0" xes.features="nested-attributes" openxes.version="1.0RC7" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Own" prefix="own" uri="http://example.org/own.xesext"/>
<global scope="trace"><string key="concept:name" value="name"/></global>
<global scope="event"><string key="concept:name" value="name"/><date key="time:timestamp"
 value="1970-01-01T00:00:00.000+00:00"/></global>
<classifier name="Activity" keys="concept:name"/><classifier name="Both" keys="concept:name lifecycle:transition"/>
<string key="concept:name" value="A log"/><container key="meta"><int key="cases" value="3"/></container>
<trace><string key="concept:name" value="一 &amp; &quot;two&quot;"/><boolean key="urgent" value="true"/>
<event><string key="concept:name" value="开始"/><string key="org:resource" value="甲"/>
<date key="time:timestamp" value="2026-03-01T09:00:00.123456+08:00"/><int key="n" value="-5"/>
<float key="f" value="1.50"/><boolean key="b" value="false"/><id key="i" value="u-1"/><string key="empty" value=""/>
<string key="lines" value="a&#10;b&#9;c"/><date key="due" value="2026-03-09T00:00:00+08:00"/>
<list key="l"><string key="own" value="of the list"/><values><string key="x" value="b"/><int key="x" value="1"/>
<container key="c"><float key="y" value="0.1"/></container></values></list>
<string key="outer" value="o"><date key="inner" value="2026-01-01T00:00:00Z"><int key="deep" value="9"/></date></string>
<string key="twice" value="1"/><string key="twice" value="2"/><string key="xes:log" value="a trap"/></event>
<event><string key="concept:name" value="结束"/><string key="org:role" value="clerk"/>
<date key="time:timestamp" value="2026-03-01T10:00:00-03:30"/>
<string key="lifecycle:transition" value="complete"/></event></trace>
<trace><event><string key="concept:name" value=" padded "/><string key="org:resource" value="Ｗ1"/>
<date key="time:timestamp" value="2026-03-02T10:00:00"/></event>
<event><string key="concept:name" value="f"/><date key="time:timestamp" value="2026-03-02T10:00:00.1234567Z"/></event>
<event><string key="concept:name" value="same"/><date key="time:timestamp" value="2026-03-03T10:00:00Z"/></event>
<event><string key="concept:name" value="same"/><date key="time:timestamp" value="2026-03-03T10:00:00Z"/></event>
<event><string key="concept:name" value="no time"/></event></trace>
<trace><string key="concept:name" value="3"/><event><int key="concept:name" value="7"/>
<date key="time:timestamp" value="2026-03-03T10:00:00.5Z"/></event></trace>
<string key="behind" value="the traces"/></log>"""


def written(store: GraphStore, out: Path) -> Path:
    write_xes(OperationContext(store, LocalProjections(store)), out)
    return out


def test_a_log_with_everything_comes_out_with_equal_content(store: GraphStore, tmp_path: Path) -> None:
    source = tmp_path / "log.xes"
    source.write_text(LOG, "utf-8")
    report = load(store, "event-log", [source], options=OPTIONS)
    assert (report.rejected, report.by_type["TaskEvent"]) == (0, 8)
    out = written(store, tmp_path / "out.xes")
    assert content_of(out) == content_of(source)
    assert faults_of_form(out) == []


def test_what_came_out_goes_in_again_without_a_new_event(store: GraphStore, tmp_path: Path) -> None:
    source = tmp_path / "log.xes"
    source.write_text(LOG, "utf-8")
    load(store, "event-log", [source], options=OPTIONS)
    before = {row["id"] for row in store.export("TaskEvent").to_pylist()}
    out = written(store, tmp_path / "out.xes")
    load(store, "event-log", [out], options=OPTIONS)
    assert {row["id"] for row in store.export("TaskEvent").to_pylist()} == before


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared/samples is absent")
def test_the_help_desk_log_comes_out_with_equal_content(store: GraphStore, tmp_path: Path) -> None:
    source = SAMPLES / "event-log" / "helpdesk.xes.gz"
    load(store, "event-log", [source], options=OPTIONS)
    assert written(store, tmp_path / "out.xes").stat().st_size
    told, kept = content_of(tmp_path / "out.xes"), content_of(source)
    assert {name: told[name] for name in told if name != "traces"} == {
        name: kept[name] for name in kept if name != "traces"
    }
    assert (len(told["traces"]), sum(len(events) for _, events in told["traces"])) == (4580, 21348)
    assert told["traces"] == kept["traces"]
    assert faults_of_form(tmp_path / "out.xes") == []
    of_file, of_store = counted_in(kept["traces"]), process_of(store, Which(source="event-log"), bounds=WHOLE)
    assert {(arc.source, arc.target): arc.count for arc in of_store.arcs} == of_file[0]
    assert {each.path: each.cases for each in of_store.variants} == of_file[1]


def counted_in(traces: Any) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, ...]]]:
    """What follows what, and the ways, of the file's own traces."""
    named = [[{each[1]: each[2] for each in event} for event in events] for _, events in traces]
    ways = [[event["concept:name"] for event in sorted(case, key=lambda e: e["time:timestamp"])] for case in named]
    return Counter(pair for way in ways for pair in pairwise(way)), Counter(map(tuple, ways))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared/samples is absent")
def test_every_event_of_the_help_desk_is_reached_from_its_officer_and_its_case_and_back(store: GraphStore) -> None:
    load(store, "event-log", [SAMPLES / "event-log" / "helpdesk.xes.gz"], options=OPTIONS)
    events = {row["id"]: (row["task"], row["officer"]) for row in store.export("TaskEvent").to_pylist()}
    assert len(events) == 21348
    tasks, officers = (sorted({pair[place] for pair in events.values()}) for place in (0, 1))
    assert (len(tasks), len(officers)) == (4580, 22)
    of_cases = pairs(store, "Task", tasks, "HAS_EVENT", Direction.OUT)
    of_officers = pairs(store, "Officer", officers, "DONE_BY", Direction.IN)
    assert of_cases == {(task, event) for event, (task, _) in events.items()}
    assert of_officers == {(officer, event) for event, (_, officer) in events.items()}
    back = pairs(store, "TaskEvent", sorted(events), "HAS_EVENT", Direction.IN)
    by = pairs(store, "TaskEvent", sorted(events), "DONE_BY", Direction.OUT)
    assert {(near, far) for far, near in back} == of_cases
    assert {(near, far) for far, near in by} == of_officers


def pairs(
    store: GraphStore, type_name: str, keys: list[str], relationship: str, direction: Direction
) -> set[tuple[str, str]]:
    """Asked key and what it leads to."""
    found = store.expand(type_name, keys, relationship, direction, columns=())
    far = "to_id" if direction is Direction.OUT else "from_id"
    assert not found.truncated
    return {(str(row["key"]), str(row[far])) for row in found.table.select(["key", far]).to_pylist()}
