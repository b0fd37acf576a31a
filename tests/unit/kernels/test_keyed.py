"""Keyed hashes: the vectors of SipHash's own paper, and another implementation; a text without each of its signs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.util import hash_array

from graph.kernels.keyed import keyed_hash
from loaders.staging.gaps import LONGEST, gap_texts, gaps_key

PAPERS_KEY = np.frombuffer(bytes(range(16)), np.uint64).copy()
TEXTS = st.text(st.sampled_from("01Xa证件\U00020000"), max_size=12)


def hashed(text: bytes, key: np.ndarray = PAPERS_KEY) -> int:
    return int(keyed_hash(np.frombuffer(text + b"?", np.uint8), len(text), key, np.zeros(4, np.uint64)))


def spread(values: np.ndarray) -> list[int]:
    """What pandas does with SipHash's values (the finish of SplitMix64)."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    mixed: list[int] = (values ^ values >> np.uint64(31)).tolist()
    return mixed


def chunked(texts: list[str]) -> pa.ChunkedArray[pa.StringScalar]:
    return pa.chunked_array([pa.array(texts, pa.string())])


def test_the_vector_of_the_paper() -> None:
    assert hashed(bytes(range(15))) == 0xA129CA6149BE45E5  # appendix A


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=10))
def test_hashes_are_those_of_pandas(texts: list[str]) -> None:
    other = hash_array(np.array(texts, object), hash_key="0123456789abcdef", categorize=False)
    key = np.frombuffer(b"0123456789abcdef", np.uint64).copy()
    own = np.array([hashed(text.encode(), key) for text in texts], np.uint64)
    assert spread(own) == other.tolist()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["resident", "护照", ""]), TEXTS), max_size=8))
def test_each_text_is_hashed_without_each_of_its_signs(rows: list[tuple[str, str]]) -> None:
    key = gaps_key(b"key")
    found = gap_texts(chunked([kind for kind, _ in rows]), chunked([text for _, text in rows]), key).to_pylist()
    for (kind, text), gaps in zip(rows, found, strict=True):
        parts = {text[:place] + text[place + 1 :] for place in range(len(text))} | {text}
        hashes = (hashed(f"{kind}\x1f{part}".encode(), key) for part in parts)
        assert gaps == " ".join(sorted(f"{value >> 16:012x}" for value in hashes))


def test_a_text_longer_than_any_number_is_hashed_whole_only() -> None:
    longest, longer = "1" * LONGEST, "12" * LONGEST
    found = gap_texts(chunked(["", ""]), chunked([longest, longer]), gaps_key(b"key")).to_pylist()
    assert [len(str(gaps).split()) for gaps in found] == [2, 1]


def test_texts_of_a_slice_are_those_of_the_whole() -> None:
    kinds, numbers = chunked(["a", "b", "c"]), chunked(["123", "证件", "9"])
    key = gaps_key(b"key")
    whole = gap_texts(kinds, numbers, key).to_pylist()
    assert gap_texts(kinds.slice(1), numbers.slice(1), key).to_pylist() == whole[1:]
