"""Typed search as an answer: names with Chinese and Latin text, numbers. Called by api; the stores do the matching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import QueryError
from graph.model.vocabulary import NODE_TYPES, node_type
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import rows
from queries.results import Cut

SEARCHABLE = tuple(kind.name for kind in NODE_TYPES if kind.search)


@dataclass(frozen=True, slots=True)
class Hit:
    """One node found; `score` 0 to 1000."""

    type: str
    id: str
    label: str | None
    score: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Best hits first; `total` is exact in this scope."""

    hits: tuple[Hit, ...]
    total: int
    cut: tuple[Cut, ...]


def search(
    store: GraphStore,
    text: str,
    types: Sequence[str] = SEARCHABLE,
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> SearchAnswer:
    """Nodes of these types that the text names, best first, at most `limits.rows`.

    Raises:
        QueryError: `query.search` for an empty text or a type that has nothing to search.
    """
    if not text.strip():
        raise QueryError("There is nothing to search for.", code="query.search", next_step="Give a name or a number.")
    silent = [name for name in types if not node_type(name).search]
    if silent:
        raise QueryError(
            f"{', '.join(silent)} cannot be searched.",
            code="query.search",
            next_step=f"Search in {', '.join(SEARCHABLE)}.",
        )
    found = store.search(text, list(types), limit=limits.rows, as_of=as_of, scope=scope)
    hits = tuple(Hit(str(r["type"]), str(r["id"]), r["label"], int(r["score"])) for r in rows(found.table))
    return SearchAnswer(hits, found.total, (Cut("hits", "rows", found.total - len(hits)),) if found.more else ())
