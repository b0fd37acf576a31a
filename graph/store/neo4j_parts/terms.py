"""The `terms` of a searchable node: what the full text index proposes candidates by. Called by `stages` and `finding`.

Terms cut exactly as `graph.store.searching` does: a Latin run is one term, a Chinese run itself, its two-character
pieces and its last character. A word's start is a prefix of a term, so no match can be missed. A row whose
searchable values are plain digits that an index reaches anyway (every domestic invoice) has no terms: full text would
halve its load rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from graph.model.types import NodeType
from graph.store.searching import search_text

_LATIN_END = "\u3005"  # no character before this one is cut into pieces by the search


def terms(kind: NodeType, table: pa.Table) -> list[str | None]:
    """One text of terms a row, or None where indexes on properties suffice."""
    texts = search_text(kind, table.select(list(kind.search))).to_pylist()
    plain = _plain_rows(kind, table)
    return [None if digits else _terms_of(text or "") for text, digits in zip(texts, plain, strict=True)]


def _terms_of(text: str) -> str:
    return " ".join(dict.fromkeys(term for run in text.split(" ") if run for term in _pieces(run)))


def _pieces(run: str) -> list[str]:
    if run[0] < _LATIN_END:
        return [run]
    return [run, *(run[i : i + 2] for i in range(len(run)))]


def by_index(kind: NodeType) -> tuple[str, ...]:
    """Searchable properties that have an index of their own."""
    indexed = {p.name for p in kind.properties if p.indexed} | {"id"}
    return tuple(name for name in kind.search if name in indexed)


def _plain_rows(kind: NodeType, table: pa.Table) -> list[bool]:
    reached = by_index(kind)
    others = [name for name in kind.search if name not in reached]
    pairs = zip(_rows(table, reached), _rows(table, others), strict=True)
    return [bool(reached) and _plain(values, more) for values, more in pairs]


def _rows(table: pa.Table, names: Sequence[str]) -> list[tuple[str | None, ...]]:
    columns = [table[name].to_pylist() for name in names]
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows


def _plain(reached: Sequence[str | None], others: Sequence[str | None]) -> bool:
    """Digits only, and every value without an index is the beginning of one with."""
    if not all(_digits(value) for value in (*reached, *others) if value is not None):
        return False
    return all(any(value.startswith(other) for value in reached if value) for other in others if other is not None)


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def lucene(needles: Sequence[str]) -> str:
    """A full text query for the needles of `searching.needles`: every one of them begins some term."""
    return " AND ".join(_escaped(needle.strip()) + "*" for needle in needles)


def _escaped(term: str) -> str:
    return "".join(character if character.isalnum() else f"\\{character}" for character in term)
