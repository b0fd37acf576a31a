"""What the typed search means, on every store: how text is normalised, cut into tokens, matched and ranked.

A node's `search_text` is its searchable properties, normalised (NFKC, lower case, signs to spaces, a space between
Chinese and Latin runs), with a space before each. A question's tokens are the words of its Latin and digit runs and
the two-character pieces of its Chinese runs. A node matches if its search text contains every `needle`: a word stands
at a word's start, a Chinese piece anywhere. Stores propose candidates; `scored` and `best` decide and order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute

from graph.errors import QueryError
from graph.model.types import NodeType
from graph.store.port import Rows

pc: Any = pyarrow.compute  # its type stubs lag behind the library
Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

# Han with 々 and 〇, kana and Hangul: scripts that are written without spaces.
_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
EXACT, PREFIX, WHOLE, TOKENS = 1000, 800, 600, 400
_FIELDS: dict[str, pa.DataType] = {"type": pa.string(), "id": pa.string(), "label": pa.string(), "score": pa.int64()}
SCHEMA = pa.schema(_FIELDS)
_MAX_LENGTH = 200


def normalised(column: Column) -> pa.Array[Any]:
    """A text column as the search sees it; nulls stay null."""
    flat = _flat(column)
    if pc.all(
        pc.ascii_is_alnum(flat)
    ).as_py():  # numbers: nothing to fold but case, and ten million of them come at once
        return _flat(pc.ascii_lower(flat))
    lowered = pc.utf8_lower(pc.utf8_normalize(flat, form="NFKC"))
    words = pc.replace_substring_regex(lowered, r"[^\p{L}\p{N}]+", " ")
    before = pc.replace_substring_regex(words, f"([^{_CJK} ])([{_CJK}])", r"\1 \2")
    apart = pc.replace_substring_regex(before, f"([{_CJK}])([^{_CJK} ])", r"\1 \2")
    return _flat(pc.utf8_trim_whitespace(apart))


def normalise(text: str) -> str:
    """One text as the search sees it."""
    return str(normalised(pa.array([text], pa.string()))[0].as_py())


def search_text(kind: NodeType, table: pa.Table) -> pa.Array[Any]:
    """The column that candidates are found in, for a table with the type's searchable properties."""
    # An empty array in front gives the first space; null_handling="skip" loses rows of nulls (pyarrow 26).
    parts = [pc.fill_null(normalised(table[name]), "") for name in kind.search]
    front = pa.array([""] * table.num_rows, pa.string())
    return _flat(pc.binary_join_element_wise(front, *parts, " "))


def needles(text: str) -> tuple[str, ...]:
    """What a search text must contain, each of them; QueryError if nothing is left to search for."""
    if len(text) > _MAX_LENGTH:
        raise QueryError("The text is too long to search for.", code="query.text", next_step="Shorten it.")
    found = [needle for run in normalise(text).split(" ") if run for needle in _pieces(run)]
    if not found:
        raise QueryError(
            "There is nothing to search for.", code="query.text", next_step="Give a name, a word or a number."
        )
    return tuple(dict.fromkeys(found))


def _pieces(run: str) -> list[str]:
    if not _is_cjk(run[0]):
        return [" " + run]
    if len(run) == 1:
        return [run]
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _is_cjk(character: str) -> bool:
    matched = pc.match_substring_regex(pa.array([character]), f"[{_CJK}]")
    return bool(matched[0].as_py())


def matching(kind: NodeType, candidates: pa.Table, text: str) -> pa.Table:
    """The candidates that really match; `candidates` has `id` and the type's searchable properties."""
    documents = search_text(kind, candidates)
    kept = pa.array([True] * candidates.num_rows, pa.bool_())
    for needle in needles(text):
        kept = pc.and_(kept, pc.match_substring(documents, needle))
    return candidates.filter(kept)


def scored(kind: NodeType, matched: pa.Table, text: str) -> pa.Table:
    """Rows of `SCHEMA` for matching nodes of one type. Best property counts: equal, begins with, contains, neither."""
    asked = normalise(text)
    count = matched.num_rows
    score = pa.array([TOKENS] * count, pa.int64())
    for name in kind.search:
        score = pc.max_element_wise(score, _score(normalised(matched[name]), asked))
    label = pc.coalesce(*(_flat(matched[name]) for name in (*kind.search, "id")))
    columns = [pa.array([kind.name] * count, pa.string()), _flat(matched["id"]), label, score]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _score(values: pa.Array[Any], asked: str) -> pa.Array[Any]:
    cases = pc.make_struct(pc.equal(values, asked), pc.starts_with(values, asked), pc.match_substring(values, asked))
    return _flat(pc.case_when(cases, EXACT, PREFIX, WHOLE, TOKENS))


def best(scored_tables: Sequence[pa.Table], limit: int) -> Rows:
    """The first `limit` rows: highest score, then shorter label, then id, then type; `total` counts them all."""
    table = pa.concat_tables([SCHEMA.empty_table(), *scored_tables])
    length = pc.utf8_length(table["label"])
    keys = [("score", "descending"), ("length", "ascending"), ("id", "ascending"), ("type", "ascending")]
    order = pc.sort_indices(table.append_column("length", length), sort_keys=keys)
    return Rows(table.take(order[:limit]), total=table.num_rows, more=table.num_rows > limit)


def _flat(column: Column) -> pa.Array[Any]:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
