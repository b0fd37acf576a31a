"""The quick reading of usual writings is the complete definition's, cell by cell."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.contracts.columns import PARSERS, Form
from loaders.staging.engine import Staging, StagingOptions, open_staging
from loaders.staging.quick import has_empty, outer_blanks, parse

_SIGNS = "0123456789.-+%,eE:T /年月日"
_NEARLY = {
    Form.MONEY: st.from_regex(r"[+-]?\d{0,17}[.,]?\d{0,4}", fullmatch=True),
    Form.RATE: st.from_regex(r"-?\d{0,5}[.]?\d{0,7}%?", fullmatch=True),
    Form.INTEGER: st.from_regex(r"[+-]?\d{0,20}(\.0)?", fullmatch=True),
    Form.DECIMAL: st.from_regex(r"[+-]?\d{0,17}[.]?\d{0,13}", fullmatch=True),
    Form.DATE: st.from_regex(r"(19|20|00)\d\d[-/][01]\d-[0-3]\d", fullmatch=True),
    Form.TIME: st.from_regex(r"(19|20)\d\d-[01]\d-[0-3]\d([ T][012]\d:[0-6]\d(:[0-6]\d)?)?", fullmatch=True),
}
_ASCII = st.characters(max_codepoint=127)


@pytest.fixture(scope="module")
def staging() -> Any:
    with open_staging(StagingOptions(threads=1), hmac_key=b"k" * 32, zone="Asia/Shanghai") as opened:
        yield opened


def _complete(staging: Staging, form: Form, cells: list[str | None]) -> list[tuple[Any, ...]]:
    sql = "money(v, 2)" if form is Form.MONEY else f"{PARSERS[form]}(v)"
    extra = ", time_precision(v)" if form is Form.TIME else ""
    staging.take("cells", pa.table({"i": pa.array(range(len(cells))), "v": pa.array(cells, pa.string())}))
    return staging.rows(f"SELECT {sql}{extra} FROM cells ORDER BY i")


@pytest.mark.parametrize("form", list(_NEARLY), ids=str)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_usual_writing_reads_as_the_complete_definition_says(
    staging: Staging, form: Form, data: st.DataObject
) -> None:
    cell = st.one_of(st.none(), _NEARLY[form], st.text(_SIGNS, max_size=20)).filter(lambda text: text != "")
    cells = data.draw(st.lists(cell, min_size=1, max_size=20))
    expected = _complete(staging, form, cells)
    for text, meant in zip(cells, expected, strict=True):
        column: Any = pa.chunked_array([pa.array([text, None], pa.string())])
        found = parse("v", column, form)
        if found is not None:
            assert (text, *(values.to_pylist()[0] for values in found.values())) == (text, *meant)
            assert all(values.to_pylist()[1] is None for values in found.values())


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.MONEY, "-1234.50"),
        (Form.MONEY, "999999999999999.99"),
        (Form.RATE, "13%"),
        (Form.RATE, "0.13"),
        (Form.INTEGER, "7"),
        (Form.DECIMAL, "0.05"),
        (Form.DATE, "2024-02-29"),
        (Form.TIME, "2026-03-01 12:30:05"),
        (Form.TIME, "2026-03-01"),
    ],
)
def test_what_exports_usually_write_is_read_quickly(form: Form, text: str) -> None:
    assert parse("v", pa.chunked_array([pa.array([text])]), form) is not None


@settings(deadline=None)
@given(cells=st.lists(st.one_of(st.text(max_size=6), st.text(_ASCII, max_size=4)), max_size=8))
def test_outer_white_space_is_seen_as_python_sees_it(cells: list[str]) -> None:
    clean = all(not cell or cell == cell.strip() for cell in cells)
    column: Any = pa.chunked_array([pa.array(cells, pa.string())])
    if not clean:
        assert outer_blanks(column)
    assert has_empty(column) == ("" in cells)


def test_a_slice_of_a_column_is_read_from_its_own_place() -> None:
    whole: Any = pa.array(["1.5", "x", "2.25", None])
    found = parse("v", pa.chunked_array([whole.slice(2)]), Form.MONEY)
    assert found is not None
    assert found["v"].to_pylist() == [225, None]
