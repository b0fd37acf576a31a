"""Rows of one group come out as Python sorts their texts' bytes; groups stay where they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.kernels.ties import sort_ties

TEXTS = st.text(alphabet="019Aé税", max_size=4)


@given(st.lists(st.lists(TEXTS, max_size=60), max_size=6))
def test_each_group_is_sorted_by_its_texts(groups: list[list[str]]) -> None:
    texts = [text.encode() for group in groups for text in group]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int32)
    ends = np.cumsum([len(group) for group in groups], dtype=np.int64)
    rows = np.arange(len(texts), dtype=np.int64)
    sort_ties(rows, ends, offsets, np.frombuffer(b"".join(texts) or b"\0", np.uint8))
    expected: list[int] = []
    for end, group in zip(ends.tolist(), groups, strict=True):
        expected += sorted(range(end - len(group), end), key=texts.__getitem__)
    assert rows.tolist() == expected
