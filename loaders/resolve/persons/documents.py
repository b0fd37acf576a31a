"""Keyed hashes of a document number and of each of its one-sign deletions. Used where numbers are read, never later.

Two numbers with one sign replaced, left out, put in or swapped with its neighbour share a hash: deletion neighbourhoods
(Mor and Fraenkel 1982, Commun. ACM 25(12)). Without the key nothing of a number can be read from them.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import pyarrow as pa

_SIGNS = 32


def keyed(numbers: Sequence[str | None], key: bytes) -> pa.Table:
    """`document` (32 hex digits of HMAC-SHA256) and `document_gaps` (of the number without each sign, sorted).

    Args:
        numbers: in the form in which they are compared; null gives null and an empty list.
        key: the installation's secret.
    """

    def hashed(kind: str, text: str) -> str:
        return hmac.new(key, f"{kind}\x1f{text}".encode(), "sha256").hexdigest()[:_SIGNS]

    def gaps(number: str) -> list[str]:
        return sorted(
            {hashed("gap", number[:k] + number[k + 1 :]) for k in range(len(number))} | {hashed("gap", number)}
        )

    return pa.table(
        {
            "document": pa.array([None if n is None else hashed("document", n) for n in numbers], pa.string()),
            "document_gaps": pa.array([[] if n is None else gaps(n) for n in numbers], pa.list_(pa.string())),
        }
    )
