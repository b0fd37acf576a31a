"""Parquet columns of every type, with the values at its ends. Used by `packages`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from tests.support.fuzzing.hostile import VALUES

Made = Callable[[Random, int], Any]
_FLOATS = (1e308, -1e308, float("nan"), float("inf"), -0.0, 5e-324, 0.1, 1e16, None)
_INTEGERS = (2**63 - 1, -(2**63), 0, 23440000000000100001 % 2**63, None)
_SECONDS = (0, -62135596800, 253402300799, 10**11, -(10**12), 1772323200, None)


def _of(values: tuple[Any, ...], kind: Any) -> Made:
    def made(chance: Random, count: int) -> Any:
        return pa.array([chance.choice(values) for _ in range(count)], kind)

    return made


_TEXTS = tuple(value for value in VALUES if len(value) < 1000)
COLUMNS: tuple[Made, ...] = (
    _of(_TEXTS, pa.string()),
    _of(_TEXTS, pa.large_string()),
    _of(_TEXTS, pa.string_view()),
    _of(_FLOATS, pa.float64()),
    _of((1.5, float("nan"), None), pa.float32()),
    _of(_INTEGERS, pa.int64()),
    _of((2**64 - 1, 0, None), pa.uint64()),
    _of((True, False, None), pa.bool_()),
    _of((Decimal("99999999999999999999999999999999999.99"), Decimal("-0.01"), None), pa.decimal128(38, 2)),
    _of((Decimal(10) ** 60, None), pa.decimal256(76, 0)),
    _of((-719162, 0, 2932896, 2**31 - 1, -(2**31), 20513, None), pa.date32()),
    _of((0, 2**60 // 86400000 * 86400000, None), pa.date64()),
    _of(_SECONDS, pa.timestamp("s")),
    _of(_SECONDS, pa.timestamp("us")),
    _of(_INTEGERS, pa.timestamp("us")),
    _of(_INTEGERS, pa.timestamp("ns", tz="Asia/Shanghai")),
    _of((0, 86399, None), pa.time32("s")),
    _of((0, 1, None), pa.time64("ns")),
    _of((0, 10**9, None), pa.duration("us")),
    _of((b"\xff\x00", b"", None), pa.binary()),
    _of((b"ab", None), pa.binary(2)),
    _of(([1], [], None), pa.list_(pa.int64())),
    _of(({"a": 1}, None), pa.struct([("a", pa.int64())])),
    _of(([("a", 1)], None), pa.map_(pa.string(), pa.int64())),
    _of((None,), pa.null()),
    _of((datetime(2026, 3, 1, tzinfo=UTC), None), pa.timestamp("ms", tz="UTC")),
    lambda chance, count: _of(_TEXTS, pa.string())(chance, count).dictionary_encode(),
)
