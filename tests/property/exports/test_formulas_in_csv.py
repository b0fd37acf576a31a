"""CSV that we write runs nothing in a spreadsheet, and what was written comes back exactly."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv

from graph.spreadsheets import defused, restored
from queries.exporting import write_table
from tests.support.fuzzing.hostile import FORMULAS

RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(texts=st.lists(st.one_of(st.none(), st.text(st.sampled_from("='+-@\t\r\n＝a1 "), max_size=5)), max_size=6))
def test_every_text_comes_back_and_none_begins_a_formula(texts: list[str | None]) -> None:
    table = pa.table({"text": pa.array(texts, pa.string()), "count": pa.array(range(len(texts)), pa.int64())})
    harmless = defused(table)
    assert not [text for text in harmless["text"].to_pylist() if text and text.startswith(RUN_AS_FORMULA)]
    assert restored(harmless).equals(table)


@pytest.mark.parametrize("write", [write_table])
def test_every_csv_writer_defuses_formulas(write: object, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert callable(write)
    write(pa.table({"content": list(FORMULAS)}), out)
    options = csv.ConvertOptions(column_types={"content": pa.string()})
    read = csv.read_csv(out, convert_options=options, parse_options=csv.ParseOptions(newlines_in_values=True))
    assert not [text for text in read["content"].to_pylist() if str(text).startswith(RUN_AS_FORMULA)]
    assert restored(read)["content"].to_pylist() == list(FORMULAS)
