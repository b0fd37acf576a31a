"""A store that is asked each question once in a request: blocks of one view ask for the same roles, grids and tasks.

Made by `api.gql.context` around the server's store and gone with the request. A request reads under one instant of the
recorded clock, so the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast

from graph.store.port import GraphStore


def asked_once(store: GraphStore) -> GraphStore:
    """The store, whose `fetch` and `expand` remember their answers."""
    return cast("GraphStore", _Once(store))


class _Once:
    """Passes everything on, and remembers two verbs."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._known: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def fetch(self, type_name: str, ids: Sequence[str], **options: Any) -> Any:
        """Node rows of these ids; see the port."""
        return self._once(
            ("fetch", type_name, tuple(ids)), options, lambda: self._store.fetch(type_name, ids, **options)
        )

    def expand(self, type_name: str, ids: Sequence[str], relationship: str, direction: Any, **options: Any) -> Any:
        """Relationships of these nodes; see the port."""
        question = ("expand", type_name, tuple(ids), relationship, direction)
        return self._once(
            question, options, lambda: self._store.expand(type_name, ids, relationship, direction, **options)
        )

    def _once(self, question: tuple[Hashable, ...], options: dict[str, Any], ask: Any) -> Any:
        # No `columns` are all of them, and an empty list none; of every other option nothing and empty mean the same.
        given = [
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in sorted(options.items())
            if value or value == 0 or (name == "columns" and value is not None)
        ]
        key = (*question, *given)
        if key not in self._known:
            self._known[key] = ask()
        return self._known[key]
