"""How columns become fields of import files: the words of a header, and SQL for a field. Called by `import_files`.

An empty field is null and `""` is empty text, which is how both DuckDB writes and the import tool reads them.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
from duckdb.func import PythonUDFType

from graph.model.fields import Kind
from graph.model.types import NodeType
from graph.store.neo4j_parts.terms import by_index
from graph.store.neo4j_parts.values import Kinds
from graph.store.searching import normalised

_HEADERS: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.INTEGER: "long",
    Kind.CENTS: "long",
    Kind.MILLIONTHS: "long",
    Kind.DECIMAL: "string",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.CIVIL_TIME: "localdatetime",
    Kind.INSTANT: "datetime",
}
_WORDS_FUNCTION = "taxgraph_words"
_DIGITS = "regexp_full_match({0}, '[0-9]+')"
# As `terms` cuts: a Latin run is one term, a Chinese run itself, its two-character pieces and its last character.
_PIECES = (
    "array_to_string(list_distinct(flatten(list_transform(list_filter(string_split({0}, ' '), lambda run: run <> ''), "
    "lambda run: CASE WHEN run < '\u3005' THEN [run] ELSE list_concat([run], list_transform("
    "range(1, length(run) + 1), lambda place: substr(run, place, 2))) END))), ' ')"
)


def header_of(kinds: Kinds, *, searchable: bool = False) -> list[str]:
    """The words of a header: the stored properties, terms, stamp."""
    words = [f"{name}:{_HEADERS[kind]}" for name, kind in kinds.items()]
    return [*words, *(["terms:string"] if searchable else []), "batch_from:long"]


def fields_of(kinds: Kinds, number: int, *, searched: NodeType | None = None) -> list[str]:
    """SQL of the fields under that header, from a relation called `i`."""
    fields = [_field(kind, f'i."{name}"') for name, kind in kinds.items()]
    return [*fields, *([terms_sql(searched)] if searched else []), str(number)]


def _field(kind: Kind, column: str) -> str:
    if kind is Kind.CIVIL_TIME:
        return f"replace({column}::VARCHAR, ' ', 'T')"
    if kind is Kind.INSTANT:  # sessions of ours are in UTC
        return f"replace(({column}::TIMESTAMP)::VARCHAR, ' ', 'T') || 'Z'"
    return column


def terms_sql(kind: NodeType) -> str:
    """SQL of the same terms that `terms.terms` gives, over a relation called `i`."""
    # Signs and spaces end a word, so that values one after the other have the words that each of them has.
    texts = "concat_ws(' ', " + ", ".join(f'i."{name}"' for name in kind.search) + ")"
    return f"CASE WHEN {_plain(kind)} THEN NULL ELSE {_PIECES.format(f'{_WORDS_FUNCTION}({texts})')} END"


def _plain(kind: NodeType) -> str:
    """Digits only, and every value without an index is the beginning of one with."""
    reached = [f'i."{name}"' for name in by_index(kind)]
    if not reached:
        return "false"
    others = [f'i."{name}"' for name in kind.search if name not in by_index(kind)]
    digits = [f"coalesce({_DIGITS.format(name)}, true)" for name in (*reached, *others)]
    begun = [
        f"({name} IS NULL OR " + " OR ".join(f"coalesce(starts_with({each}, {name}), false)" for each in reached) + ")"
        for name in others
    ]
    return "(" + " AND ".join([*digits, *begun]) + ")"


def install_words(connection: duckdb.DuckDBPyConnection) -> None:
    """Let SQL call `searching.normalised`, a block of rows at a time."""
    connection.create_function(
        _WORDS_FUNCTION,
        lambda column: normalised(column),  # noqa: PLW0108 - DuckDB evaluates annotations, Arrow's are not for that
        ["VARCHAR"],
        "VARCHAR",
        type=PythonUDFType.ARROW,
    )
