"""Event logs that come as tables."""

from __future__ import annotations

import json

from loaders.sources.event_log import SOURCE
from tests.unit.sources.conftest import ExportMaker


def test_a_table_of_events_gives_each_case_once_as_a_task(export: ExportMaker) -> None:
    file = export(
        "log.csv",
        "case_id,activity,timestamp,resource,channel",
        "C2,open,2026-03-01 09:00:00,Ann,mail",
        "C1,open,2026-03-01 10:00:00,Bob,",
        'C2,close,2026-03-02 09:00:00,Ann,"say ""hi"""',
    )
    assert SOURCE.matches(file)
    cases, events = SOURCE.tables([file])
    assert [(row["id"], row["opened_at"]) for row in cases.rows.to_pylist()] == [
        ("C2", "2026-03-01 09:00:00"),
        ("C1", "2026-03-01 10:00:00"),
    ]
    assert (cases.counted, events.counted) == (False, True)
    attributes = [row["attributes"] for row in events.rows.to_pylist()]
    assert attributes[1] is None
    assert json.loads(attributes[2]) == {"channel": 'say "hi"'}


def test_chinese_column_names_make_a_log_too(export: ExportMaker) -> None:
    file = export("log.csv", "案件编号,环节,操作时间,操作人", "C1,受理,2026-03-01 09:00:00,甲")
    _, events = SOURCE.tables([file])
    (event,) = events.rows.to_pylist()
    assert (event["task"], event["action"], event["officer"]) == ("C1", "受理", "甲")
    assert event["source"] == "event-log"
