"""Shapes shared by all answers: what was cut, how a taxpayer appears, plain JSON form, columnar graph payload.

Built by the queries, read by api (GraphQL types, command line `--json`) and by `queries.exporting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Cut:
    """What an answer lacks. `part` of the answer, the `limit` that cut it, how much was dropped (None: unknown)."""

    part: str
    limit: str
    dropped: int | None = None


@dataclass(frozen=True, slots=True)
class PartyRef:
    """A taxpayer as an answer shows it. A hidden one has an opaque id, no name, and at most a province."""

    id: str
    name: str | None = None
    hidden: bool = False
    province: str | None = None


@dataclass(frozen=True, slots=True)
class GraphPayload:
    """A node table and an edge table.

    `nodes`: `id, type, label, hidden` and more columns of the question; `edges`: `id, type, source, target` and more,
    where `source` and `target` are node ids.
    """

    nodes: pa.Table
    edges: pa.Table


class HasPayload(Protocol):
    """An answer that can be taken away as a graph."""

    def payload(self) -> GraphPayload:
        """The answer as two tables."""
        ...


def plain(value: Any) -> Any:
    """An answer as JSON values: dataclasses become objects, dates ISO text, spans seconds.

    An object with a field `cut` also says `truncated`, so that no reader has to know what an empty list means.
    """
    if is_dataclass(value) and not isinstance(value, type):
        named = {_json_name(f.name): plain(getattr(value, f.name)) for f in fields(value)}
        return named | {"truncated": bool(named["cut"])} if "cut" in named else named
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return _plain_scalar(value)


def strings(column: pa.ChunkedArray[Any]) -> list[str]:
    """A text column without nulls as Python strings."""
    return [str(value) for value in column.to_pylist() if value is not None]


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.days * 86_400 + value.seconds
    return value


def _json_name(name: str) -> str:
    # `from` is a Python keyword, so the dataclasses write `from_`.
    return name.removesuffix("_")
