"""Process maps as pictures: laid out without overlaps, drawn alike twice, letters as letters or a refusal."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.commands.process_layout import BOX_ROOM, END, LANE_ROOM, START, laid_out
from api.commands.process_picture import draw_process
from graph.errors import QueryError

STEPS = st.sampled_from("abcdefg")
ARCS = st.dictionaries(st.tuples(STEPS, STEPS), st.integers(1, 99), max_size=20)


@given(ARCS)
def test_nothing_stands_upon_another_and_every_arrow_goes_down_or_is_said_to_go_back(drawn: dict[Any, int]) -> None:
    arcs = drawn | {(START, step): 1 for step in "ag"} | {(step, END): 1 for step in "bg"}
    found = laid_out(arcs)
    rows: dict[int, list[tuple[float, float]]] = {}
    for step, layer in found.layer.items():
        rows.setdefault(layer, []).append((found.x[step], BOX_ROOM))
    for lanes in found.lanes.values():
        for layer, x in lanes:
            rows.setdefault(layer, []).append((x, LANE_ROOM))
    for row in rows.values():
        for (left, left_room), (right, right_room) in pairwise(sorted(row)):
            assert right - left >= (left_room + right_room) / 2 - 1e-6
    for source, target in arcs:
        if source != target:
            back = (source, target) in found.back
            assert (found.layer[source] > found.layer[target]) == back
    assert found.layer[START] == 0
    assert all(layer < found.layer[END] for step, layer in found.layer.items() if step != END)


def answer(*names: str) -> dict[str, Any]:
    """A way through these steps, and back from the last to the first."""
    times = {"timed": 3, "median_seconds": 93_600, "p90_seconds": None}
    steps = [{"name": name, "count": 3, "cases": 3, "starts": 0, "ends": 0} for name in names]
    steps[0] |= {"starts": 3}
    steps[-1] |= {"ends": 3}
    pairs = [*pairwise(names), (names[-1], names[0]), (names[0], names[0])]
    arcs = [{"source": a, "target": b, "count": 3, "times": times} for a, b in pairs]
    totals = {"cases": 3, "events": 3 * len(names), "activity_count": len(names), "arc_count": len(arcs)}
    return {"which": {"kind": "inspection", "source": None}, "activities": steps, "arcs": arcs, **totals}


def test_letters_of_an_svg_are_text_and_the_picture_is_the_same_twice(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw_process(answer("派发", "<核实 $5>", "办结"), tmp_path / name)
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    for label in ("派发", "&lt;核实 $5&gt;", "3 · 1.1 d", "inspection: 3 cases"):
        assert label in text
    assert (tmp_path / "two.svg").read_text(encoding="utf-8") == text


def test_a_png_is_drawn_or_says_which_letters_it_cannot_draw(tmp_path: Path) -> None:
    draw_process(answer("open", "close"), tmp_path / "plain.png")
    assert (tmp_path / "plain.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(QueryError) as strange:
        draw_process(answer("open \u0378", "close"), tmp_path / "strange.png")  # no letter has this place
    assert strange.value.code == "query.chart"
    assert not (tmp_path / "strange.png").exists()


def test_a_map_of_nothing_is_a_picture_too(tmp_path: Path) -> None:
    empty = answer("a") | {"activities": [], "arcs": [], "cases": 0, "events": 0, "activity_count": 0, "arc_count": 0}
    draw_process(empty, tmp_path / "empty.svg")
    assert "0 cases" in (tmp_path / "empty.svg").read_text(encoding="utf-8")
