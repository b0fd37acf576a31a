"""What a link vouches for: pinned bytes, pinned hashes, and what stays outside."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from graph.trail import chain
from graph.trail.canonical import FIELDS, canonical, canonical_json, note_digest
from graph.trail.chain import chained, chained_table

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_bytes_of_an_event_are_what_they_were() -> None:
    event = {"id": "e1", "task": "t", "action": "办结", "at": AT, "offset_minutes": 480, "position": 2, "reason": ""}
    assert canonical(event).decode() == (
        "6:action6:办结2:at16:17672256000000002:id2:e114:offset_minutes3:4808:position1:26:reason0:4:task1:t"
    )


def test_the_hash_of_a_link_is_what_it_was() -> None:
    first, second = chained([{"task": "t", "action": "created", "recorded_at": AT}] * 2, {})
    assert first == (1, None, "d82cae9741cc9604df4685ea7bad770a3f3970c3b4dc81a5b74d223b43d4b83d")
    assert second == (2, first[2], "43ccdb9f5625d35add0a460c047dbd02ad1acc333dc57eaeac37d35845c8ac70")


def test_the_fields_of_an_event_are_those_that_links_were_made_of() -> None:
    assert FIELDS == (
        "acting_for",
        "action",
        "at",
        "attributes",
        "evidence",
        "id",
        "note_digest",
        "officer",
        "offset_minutes",
        "position",
        "post",
        "reason",
        "status",
        "task",
        "visible",
    ), "a field that goes or changes its name makes every link before it unverifiable"


def test_a_note_and_its_place_in_the_chain_are_outside() -> None:
    bare = {"task": "t", "note_digest": note_digest("called the firm")}
    assert canonical({**bare, "note": "called the firm", "sequence": 4, "hash": "f", "recorded_at": AT}) == canonical(
        bare
    )


def test_unknown_and_empty_differ() -> None:
    assert canonical({"task": "t", "reason": None}) != canonical({"task": "t", "reason": ""})


def test_tasks_have_chains_of_their_own_that_go_on_behind_what_stands() -> None:
    events = [{"task": task, "recorded_at": AT} for task in ("a", "b", "a")]
    links = chained(events, {"b": (7, "e" * 64)})
    assert [(link[0], link[1]) for link in links] == [(1, None), (8, "e" * 64), (2, links[0][2])]


def test_a_load_in_pieces_is_chained_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    events = pa.table({"task": list("abcabcab"), "action": [str(place) for place in range(8)]})
    whole = chained_table(events, {}, recorded_at=AT)
    monkeypatch.setattr(chain, "_PIECE", 3)
    assert chained_table(events, {}, recorded_at=AT) == whole


def test_links_that_a_table_had_are_replaced() -> None:
    events = pa.table({"task": ["a"], "hash": ["old"], "sequence": pa.array([9], pa.int64())})
    assert chained_table(events, {}, recorded_at=AT).column("sequence").to_pylist() == [1]


@pytest.mark.parametrize(
    "wrong", [{"at": AT.replace(tzinfo=None)}, {"position": True}, {"officer": b"x"}, {"reason": 1.5}]
)
def test_a_value_that_no_event_has_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        canonical({"task": "t", **wrong})


def test_json_has_one_text() -> None:
    assert canonical_json({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
