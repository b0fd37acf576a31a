"""Finding things: typed search over names and numbers, and patterns of the investigator's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from api.operations.context import OperationContext
from api.operations.parsing import as_of
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.model.vocabulary import NODE_TYPES, node_type
from queries.limits import Limits
from queries.match import match as match_pattern
from queries.results import plain

# What people look for by name or number, in the order in which equal scores are shown.
SEARCHED = tuple(kind.name for kind in NODE_TYPES if kind.search)
_PEOPLE = ("Taxpayer", "Person")


def search(
    context: OperationContext,
    *,
    text: str,
    types: Sequence[str] = (),
    limit: int = 20,
    on: str | None = None,
    recorded: str | None = None,
) -> Answer:
    """Hits, best first, and how many there are in all."""
    Limits(rows=limit)
    wanted = [node_type(name).name for name in types] or list(SEARCHED)
    found = context.store.search(text, wanted, limit=limit, as_of=as_of(on, recorded))
    hits = found.table.to_pylist()
    for kind in _PEOPLE:
        context.saw(kind, (hit["id"] for hit in hits if hit["type"] == kind))
    return {"hits": hits, "total": found.total, "truncated": found.more}


def match(
    context: OperationContext, *, pattern: str, limit: int = 1000, on: str | None = None, recorded: str | None = None
) -> Answer:
    """Rows of a pattern, given as text or as JSON."""
    asked: Any = _json(pattern) if pattern.lstrip().startswith("{") else pattern
    answer = match_pattern(context.store, asked, as_of=as_of(on, recorded), limits=Limits(rows=limit))
    rows = [{name: plain(value) for name, value in row.items()} for row in answer.table.to_pylist()]
    for node in answer.pattern.nodes:
        if node.type in _PEOPLE:
            context.saw(node.type, (row[node.name] for row in rows))
    return {"columns": answer.table.column_names, "rows": rows, "cut": plain(answer.cut), "truncated": bool(answer.cut)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise QueryError(
            f"The pattern begins like JSON and is none: {wrong}.",
            code="query.pattern",
            next_step='Write {"nodes": [{"name": "a", "type": "Taxpayer"}]}, or the text form: (a:Taxpayer).',
        ) from None
