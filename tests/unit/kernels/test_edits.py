"""Edits between texts: as the slow table of signs says, whatever the script."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.kernels.edits import MANY, edit_distances
from tests.support.edit_distance import edit_distance

SIGNS = st.sampled_from("abé恒源泰\U00020000")
TEXTS = st.lists(st.tuples(st.text(SIGNS, max_size=7), st.text(SIGNS, max_size=7)), min_size=1, max_size=20)


def column(texts: list[str]) -> tuple[Any, Any]:
    _, offsets, data = (bytes(part or b"") for part in pa.array(texts, pa.string()).buffers())
    return np.frombuffer(offsets, np.int32)[: len(texts) + 1], np.frombuffer(data, np.uint8)


def distances(pairs: list[tuple[str, str]]) -> list[int]:
    found: list[int] = edit_distances(*column([a for a, _ in pairs]), *column([b for _, b in pairs])).tolist()
    return found


@settings(deadline=None)  # the first call compiles
@given(TEXTS)
def test_edits_are_those_of_the_table_of_signs(pairs: list[tuple[str, str]]) -> None:
    assert distances(pairs) == [min(edit_distance(a, b), MANY) for a, b in pairs]


def test_each_kind_of_edit_is_one() -> None:
    assert distances([("恒源", "恒泰"), ("恒源", "恒"), ("恒", "恒源"), ("恒源", "源恒"), ("恒", "恒")]) == [
        1,
        1,
        1,
        1,
        0,
    ]
