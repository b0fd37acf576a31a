"""Keyed hashes of a document number and of each of its one-sign deletions. Called where numbers are read, never later.

Two numbers with one sign replaced, left out, put in or swapped with its neighbour share a hash: deletion neighbourhoods
(Mor and Fraenkel 1982, Commun. ACM 25(12)). Without the key nothing of a number can be read from them.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.arrays.text_index import text_buffers
from graph.kernels.keyed import DIGITS, gap_hashes

LONGEST = 40
"""Bytes of a number that is hashed without each sign; no document has a longer one."""

_AT_ONCE = 1 << 17  # numbers: their hashes then take less than 2^31 bytes
_MARK = "\x1f"

Key = npt.NDArray[np.uint64]


def gaps_key(secret: bytes) -> Key:
    """The key of the hashes, from the installation's secret: uint64[2]."""
    drawn = hmac.new(secret, b"taxgraph document gaps", hashlib.sha256).digest()[:16]
    return np.frombuffer(drawn, np.dtype("<u8")).astype(np.uint64)


def gap_texts(kinds: pa.ChunkedArray[Any], numbers: pa.ChunkedArray[Any], key: Key) -> pa.ChunkedArray[Any]:
    """For each number its hashes: sorted, each once, blanks between.

    Args:
        kinds: of the documents (strings without nulls): equal numbers of different kinds share nothing.
        numbers: in the form in which they are compared (strings without nulls).
        key: see `gaps_key`.
    """
    marked: Any = pc.binary_join_element_wise(kinds, numbers, _MARK)  # type: ignore[call-overload]  # stubs know no texts
    heads: Any = pc.add(pc.binary_length(kinds), len(_MARK))
    pieces = [
        _gaps(marked.slice(start, _AT_ONCE).combine_chunks(), heads.slice(start, _AT_ONCE).to_numpy(), key)
        for start in range(0, len(marked), _AT_ONCE)
    ]
    return pa.chunked_array(pieces, pa.string())


def _gaps(texts: pa.Array[Any], heads: npt.NDArray[np.int32], key: Key) -> pa.Array[Any]:
    offsets, data = text_buffers(texts)
    count = len(texts)
    signs = np.minimum(np.diff(offsets) - heads, LONGEST)
    out, ends = np.empty(int((signs + 1).sum()) * (DIGITS + 1), np.uint8), np.zeros(count + 1, np.int32)
    gap_hashes(offsets, data, heads.astype(np.int32), key, LONGEST, out, ends)
    places: Any = ends  # arrays are buffers, which their stubs do not say
    written: Any = out[: int(ends[-1])]
    return pa.StringArray.from_buffers(count, pa.py_buffer(places), pa.py_buffer(written))
