"""Event logs: XES traces and events, and the columns that make a plain table a log."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

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
    cases = file.table("cases").rows.select(["trace", "case", "urgent"]).to_pylist()
    assert cases == [
        {"trace": "1", "case": "case 1", "urgent": "true"},
        {"trace": "2", "case": "case 2", "urgent": None},
    ]
    events = file.table("events").rows.select(["case", "position", "concept:name", "_row"]).to_pylist()
    assert [tuple(event.values()) for event in events] == [
        ("case 1", "1", "open", 1),
        ("case 1", "2", "close", 2),
        ("case 2", "1", None, 3),
    ]


def test_nested_attributes_have_dotted_names_and_lists_one_value_a_line(tmp_path: Path) -> None:
    event = read(tmp_path, LOG.encode()).table("events").rows.to_pylist()[2]
    assert (event["place"], event["place.floor"], event["tags.tag"]) == ("hall", "2", "a\nb")


def test_an_attribute_with_the_name_of_our_own_column_steps_aside(tmp_path: Path) -> None:
    event = read(tmp_path, LOG.encode()).table("events").rows.to_pylist()[2]
    assert (event["case"], event["attribute.case"]) == ("case 2", "odd")


def test_declared_types_are_kept_and_become_text_where_events_disagree(tmp_path: Path) -> None:
    schema = read(tmp_path, LOG.encode()).table("events").rows.schema
    declared = {field.name: (field.metadata or {}).get(b"declared_type") for field in schema}
    assert (declared["time:timestamp"], declared["place.floor"], declared["cost"]) == (b"date", b"int", b"string")


def test_a_truncated_gzip_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, gzip.compress(LOG.encode() + b" " * 100_000)[:-12], name="log.xes.gz")
    assert caught.value.code == "data.file.truncated"


def test_a_gzip_bomb_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<log><trace>" + b" " * (64 << 20))
    with pytest.raises(DataError) as caught:
        read(tmp_path, bomb, name="log.xes.gz")
    assert caught.value.code == "data.file.ratio"


def test_many_names_over_many_events_may_not_make_a_table_of_too_many_cells(tmp_path: Path) -> None:
    event = '<event><string key="k{0}" value="v"/></event>'
    log = f"<log><trace>{''.join(event.format(number) for number in range(200))}</trace></log>"
    with pytest.raises(DataError) as caught:
        read(tmp_path, log.encode(), limits=ReadLimits(max_cells=10_000))
    assert caught.value.code == "data.file.too_many_cells"


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
