"""An index of texts gives each its number, grows, and tells texts apart whose hashes agree."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph.arrays.text_index import MISSING, TextIndex, text_buffers
from graph.kernels.text_index import enter_texts, find_texts

if TYPE_CHECKING:
    Column: TypeAlias = pa.ChunkedArray[Any]


def column(*chunks: list[str]) -> Column:
    return pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())


def test_an_empty_index_holds_nothing() -> None:
    assert TextIndex().find(column(["", "a"])).tolist() == [MISSING, MISSING]
    assert TextIndex().find(column()).tolist() == []


@given(st.lists(st.lists(st.text(max_size=20), max_size=12), max_size=6), st.lists(st.text(max_size=20), max_size=8))
def test_it_answers_as_a_dictionary_does(parts: list[list[str]], strangers: list[str]) -> None:
    index, expected = TextIndex(), dict[str, int]()
    for part in parts:
        fresh = [text for text in dict.fromkeys(part) if text not in expected]
        numbers = np.arange(len(expected), len(expected) + len(fresh), dtype=np.int64) * 7
        expected.update(zip(fresh, numbers.tolist(), strict=True))
        half = len(fresh) // 2
        index.add(column(fresh[:half], [], fresh[half:]), numbers)
    asked = [*expected, *strangers, *reversed(expected)]
    assert index.find(column(strangers, asked)).tolist() == [expected.get(t, MISSING) for t in (*strangers, *asked)]
    assert len(index) == len(expected)


def test_it_grows_past_its_first_room() -> None:
    texts = [f"t{number:07d}" for number in range(20_000)]
    index = TextIndex()
    for first in range(0, len(texts), 3_000):
        part = texts[first : first + 3_000]
        index.add(column(part), np.arange(first, first + len(part), dtype=np.int64))
    assert index.find(column(texts)).tolist() == list(range(len(texts)))
    assert (index.find(column([f"u{text}" for text in texts])) == MISSING).all()


def test_parts_of_a_column_are_read_where_they_stand() -> None:
    whole = pa.array(["aa", "b", "", "dddd", "e"], pa.string())
    offsets, data = text_buffers(whole.slice(1, 3))
    assert [bytes(data[begin:end]) for begin, end in pairwise(offsets)] == [b"b", b"", b"dddd"]
    index = TextIndex()
    index.add(pa.chunked_array([whole.slice(3, 2)]), np.array([30, 40], np.int64))
    assert index.find(pa.chunked_array([whole])).tolist() == [MISSING, MISSING, MISSING, 30, 40]


def test_equal_hashes_are_told_apart_by_their_texts() -> None:
    """All texts are entered under the hash of one that is asked for: only the bytes can tell which it is."""
    texts = pa.array(["aaaa", "bbbb", "aaab", "aaa"], pa.string())
    offsets, data = text_buffers(texts)
    index = TextIndex()
    index.add(column(["aaab"]), np.zeros(1, np.int64))
    hashes = np.repeat(index._hashes, len(texts))  # noqa: SLF001 - a collision that no test could find by chance
    slots = np.zeros(8, np.int64)
    enter_texts(slots, hashes, 0)
    asked_offsets, asked = text_buffers(pa.array(["aaab"], pa.string()))
    found = np.zeros(1, np.int64)
    find_texts(slots, offsets.astype(np.int64), data.copy(), asked_offsets, asked, hashes[:1], found)
    assert found.tolist() == [2]
