"""Event logs: XES traces and events, and the columns that make a plain table a log."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import DataError
from loaders.readers import ReadLimits, read_file
from loaders.readers.event_logs import EventLogColumns, event_log_columns

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.readers import RawFile

LOG = """<log xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="event"><string key="concept:name" value="none"/></global><string key="origin" value="x"/>
<trace><event><string key="concept:name" value="open"/><date key="time:timestamp" value="2026-03-01T00:00:00Z"/></event>
<event><string key="concept:name" value="close"/><int key="cost" value="5"/></event>
<string key="concept:name" value="case 1"/><boolean key="urgent" value="true"/></trace>
<trace><string key="concept:name" value="case 2"/><event><string key="case" value="odd"/>
<string key="place" value="hall"><int key="floor" value="2"/></string>
<list key="tags"><values><string key="tag" value="a"/><string key="tag" value="b"/></values></list>
<float key="cost" value="5.5"/></event></trace>
</log>"""


def read(folder: Path, content: bytes, *, name: str = "log.xes", limits: ReadLimits | None = None) -> RawFile:
    file = folder / name
    file.write_bytes(content)
    return read_file(file, limits=limits or ReadLimits())


@pytest.mark.parametrize("packed", [False, True])
def test_traces_are_cases_and_events_follow_them_in_order(tmp_path: Path, packed: bool) -> None:
    file = read(tmp_path, gzip.compress(LOG.encode()) if packed else LOG.encode())
    cases = file.table("cases").rows.select(["trace", "case"]).to_pylist()
    assert cases == [{"trace": "1", "case": "case 1"}, {"trace": "2", "case": "case 2"}]
    events = file.table("events").rows.select(["case", "position", "concept:name", "_row"]).to_pylist()
    assert [tuple(event.values()) for event in events] == [
        ("case 1", "1", "open", 1),
        ("case 1", "2", "close", 2),
        ("case 2", "1", None, 3),
    ]


def attributes(folder: Path, content: str, table: str = "events") -> list[Any]:
    texts = read(folder, content.encode()).table(table).rows.column("attributes").to_pylist()
    return [None if text is None else json.loads(text) for text in texts]


def test_attributes_keep_their_types_and_what_they_hold(tmp_path: Path) -> None:
    assert attributes(tmp_path, LOG) == [
        None,
        {"cost": 5},
        {
            "case": "odd",
            "place": {"value": "hall", "nested": {"floor": 2}},
            "tags": {"list": [["tag", "a"], ["tag", "b"]]},
            "cost": {"float": "5.5"},
        },
    ]


def test_the_first_case_bears_the_head_of_the_log(tmp_path: Path) -> None:
    first, second = attributes(tmp_path, LOG, "cases")
    assert (first["urgent"], second) == (True, None)
    assert first["xes:log"] == {
        "head": {
            "log": [{}],
            "extension": [
                {"name": "Concept", "prefix": "concept", "uri": "http://www.xes-standard.org/concept.xesext"}
            ],
            "global": [{"scope": "event", "attributes": {"concept:name": "none"}}],
            "attributes": {"origin": "x"},
        }
    }


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<int key="k" value="-7"/>', -7),
        ('<int key="k" value="07"/>', {"int": "07"}),
        ('<int key="k" value="-0"/>', {"int": "-0"}),
        ('<int key="k" value="9223372036854775807"/>', {"int": "9223372036854775807"}),
        ('<boolean key="k" value="false"/>', False),
        ('<boolean key="k" value="1"/>', {"boolean": "1"}),
        ('<float key="k" value="1.50"/>', {"float": "1.50"}),
        ('<date key="k" value="2026-03-01"/>', {"date": "2026-03-01"}),
        ('<id key="k" value="u-1"/>', {"id": "u-1"}),
        ('<string key="k" value=""/>', ""),
        ('<string key="k"/>', {"string": None}),
        ('<string key="k" value="a"/><int key="k" value="1"/><string key="k" value="a"/>', {"repeated": ["a", 1, "a"]}),
        ('<container key="k"><int key="n" value="1"/></container>', {"container": [["n", 1]]}),
        ('<list key="k"/>', {"list": []}),
        ('<list key="k"><int key="n" value="1"/></list>', {"list": [["n", 1]]}),
        (
            '<list key="k"><id key="own" value="x"/><values><list key="n"><values/></list></values></list>',
            {"value": {"list": [["n", {"list": []}]]}, "nested": {"own": {"id": "x"}}},
        ),
    ],
)
def test_each_type_has_its_form(tmp_path: Path, written: str, kept: object) -> None:
    assert attributes(tmp_path, f"<log><trace><event>{written}</event></trace></log>") == [{"k": kept}]


@pytest.mark.parametrize(
    ("written", "column", "kept"),
    [
        ('<string key="concept:name" value=" open"/>', "concept:name", {"concept:name": " open"}),
        ('<int key="concept:name" value="5"/>', "concept:name", {"concept:name": 5}),
        ('<string key="org:resource" value="Ａ"/>', "org:resource", {"org:resource": "Ａ"}),
        ('<string key="org:resource" value="A"/>', "org:resource", None),
        ('<date key="time:timestamp" value="2026-03-01T00:00:00.123456+08:00"/>', "time:timestamp", None),
        (
            '<date key="time:timestamp" value="2026-03-01T00:00:00.1234567Z"/>',
            "time:timestamp",
            {"time:timestamp": {"date": "2026-03-01T00:00:00.1234567Z"}},
        ),
        (
            '<date key="time:timestamp" value="2026-03-01T00:00:00"/>',
            "time:timestamp",
            {"time:timestamp": {"date": "2026-03-01T00:00:00"}},
        ),
    ],
)
def test_what_a_column_cannot_tell_stays_an_attribute(tmp_path: Path, written: str, column: str, kept: object) -> None:
    log = f"<log><trace><event>{written}</event></trace></log>"
    assert read(tmp_path, log.encode()).table("events").rows.column(column)[0].is_valid
    assert attributes(tmp_path, log) == [kept]


def test_cases_without_a_name_have_keys_that_tell_them_apart(tmp_path: Path) -> None:
    def keys(*traces: str) -> list[str]:
        log = "".join(f"<trace>{trace}</trace>" for trace in traces)
        file = read(tmp_path, f"<log>{log}</log>".encode())
        cases = file.table("cases").rows.column("key").to_pylist()
        assert list(dict.fromkeys(file.table("events").rows.column("key").to_pylist())) == cases
        return [str(key) for key in cases]

    event = '<event><date key="time:timestamp" value="2026-03-01T{0}"/></event>'
    early, same, late = event.format("09:00:00Z"), event.format("17:00:00.000+08:00"), event.format("10:00:00Z")
    first, second, third = keys(early, late, same)
    assert len({first, second, third}) == 3
    assert third == f"{first}-2"
    assert keys(late, early) == [second, first]
    assert keys(early + late) == keys(late + early)


def test_an_event_outside_of_any_trace_has_no_case_and_is_not_lost(tmp_path: Path) -> None:
    log = '<log><event><string key="concept:name" value="a"/></event><trace><event/></trace></log>'
    rows = read(tmp_path, log.encode()).table("events").rows.select(["trace", "concept:name"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [(None, "a"), ("1", None)]


def test_a_truncated_gzip_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, gzip.compress(LOG.encode() + b" " * 100_000)[:-12], name="log.xes.gz")
    assert caught.value.code == "data.file.truncated"


def test_a_gzip_bomb_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<log><trace>" + b" " * (64 << 20))
    with pytest.raises(DataError) as caught:
        read(tmp_path, bomb, name="log.xes.gz")
    assert caught.value.code == "data.file.ratio"


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (
            ["Case ID", "Activity", "Complete Timestamp", "Resource"],
            EventLogColumns("Case ID", "Activity", "Complete Timestamp", "Resource"),
        ),
        (
            ["case:concept:name", "concept:name", "time:timestamp"],
            EventLogColumns("case:concept:name", "concept:name", "time:timestamp", None),
        ),
        (
            ["任务编号", "环节名称", "办理时间", "经办人"],
            EventLogColumns("任务编号", "环节名称", "办理时间", "经办人"),
        ),
        (["case_id", "activity"], None),
        (["发票号码", "金额"], None),
    ],
)
def test_a_plain_table_is_a_log_if_it_has_case_activity_and_time(
    names: list[str], columns: EventLogColumns | None
) -> None:
    assert event_log_columns(names) == columns
