"""Terms made by SQL for import files are those that every other write makes, for any text."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from graph.model.types import NodeType
from graph.model.vocabulary import NODE_TYPES, node_type
from graph.store.neo4j_parts.import_columns import install_words, terms_sql
from graph.store.neo4j_parts.terms import terms

TEXTS = (
    *("恒泰贸易有限公司ABC-12 号", "A\u0301bc  DEF", "１２３", "26110000000000000001", "123", "1‖2", "", " ", "a a b"),
    *("々〇カタ한글", "𠀀𠀁x", "no:1", None, "…", "ﬁrm", "\u0301", "恒"),
)
SEARCHED = [kind.name for kind in NODE_TYPES if kind.search]


def rows_of(kind: NodeType) -> pa.Table:
    """Every text beside every other one, in each searchable property."""
    shifted = {
        name: [TEXTS[(place + shift * k) % len(TEXTS)] for shift in range(len(TEXTS)) for place in range(len(TEXTS))]
        for k, name in enumerate(kind.search)
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in shifted.items()})


@pytest.mark.parametrize("name", SEARCHED)
def test_terms_made_by_sql_are_those_made_row_by_row(name: str) -> None:
    kind = node_type(name)
    rows = rows_of(kind)
    with duckdb.connect() as memory:
        install_words(memory)
        memory.register("incoming", rows)
        made = memory.sql(f"SELECT {terms_sql(kind)} FROM incoming i").fetchall()
    assert [text and set(text.split(" ")) for (text,) in made] == [
        text and set(text.split(" ")) for text in terms(kind, rows)
    ]
