"""Keyed hashes of document numbers, as the records of persons carry them. Used where numbers are read, never later."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import pyarrow as pa

from loaders.staging.gaps import gap_texts, gaps_key

_SIGNS = 32


def keyed(numbers: Sequence[str | None], key: bytes) -> pa.Table:
    """`document` (32 hex digits of HMAC-SHA256) and `document_gaps` (see `loaders.staging.gaps`).

    Args:
        numbers: in the form in which they are compared; null gives null and an empty list.
        key: the installation's secret.
    """

    def hashed(text: str) -> str:
        return hmac.new(key, f"document\x1f{text}".encode(), "sha256").hexdigest()[:_SIGNS]

    known = pa.chunked_array([pa.array([n for n in numbers if n is not None], pa.string())])
    kinds = pa.chunked_array([pa.array([""] * len(known), pa.string())])
    gaps = iter(gap_texts(kinds, known, gaps_key(key)).to_pylist())
    return pa.table(
        {
            "document": pa.array([None if n is None else hashed(n) for n in numbers], pa.string()),
            "document_gaps": pa.array(
                [[] if n is None else str(next(gaps)).split() for n in numbers], pa.list_(pa.string())
            ),
        }
    )
