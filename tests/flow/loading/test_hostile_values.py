"""Values that no column of their form can hold: refused in every record, with place and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from graph.errors import DataError, SettingsError
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders import LoadOptions, load, load_frames, rejects_of
from loaders.contracts.columns import DATED, Form
from loaders.contracts.records import RECORDS
from tests.support.batches import KEY
from tests.support.fuzzing.seeds import plain_row
from tests.support.rows import column, invoice, taxpayer

OPTIONS = LoadOptions(hmac_key=KEY)
NO_DATES = ("0000-00-00", "2026-02-30", "9999-12-31", "1899-12-31", "-1", "2958466", "infinity", "01/02/03")
NO_AMOUNTS = ("1e308", "NaN", "inf", "-Infinity", "99999999999999999999", "1.234,50", "0x10", "--5")
NO_WHOLE_NUMBERS = ("1e308", "NaN", "99999999999999999999", "1.5", "=1+1")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[GraphStore]:
    store = DuckdbStore.open(tmp_path / "graph.duckdb")
    store.ensure_schema()
    yield store
    store.close()


@pytest.mark.parametrize(
    ("forms", "values"),
    [(DATED, NO_DATES), (frozenset({Form.MONEY}), NO_AMOUNTS), (frozenset({Form.INTEGER}), NO_WHOLE_NUMBERS)],
    ids=["dates", "amounts", "whole numbers"],
)
def test_a_value_that_no_column_of_its_form_holds_is_refused_in_every_record(
    embedded: GraphStore, forms: frozenset[Form], values: tuple[str, ...]
) -> None:
    wrong = {
        record.name: [each.name for each in record.all_columns() if each.form in forms and each.name != "as_at"]
        for record in RECORDS
    }
    frames = {
        record.name: pd.DataFrame([plain_row(record) | dict.fromkeys(wrong[record.name], value) for value in values])
        for record in RECORDS
        if wrong[record.name]
    }
    report = load_frames(embedded, frames, options=OPTIONS)
    assert (report.rejected, report.accepted) == (len(values) * len(frames), 0)
    told = {(row["table"], row["row"], row["column"]) for row in rejects_of(embedded, report.batch).to_pylist()}
    meant = {(name, row, each) for name in frames for row in range(1, len(values) + 1) for each in wrong[name]}
    assert meant <= told


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("canonical", "number,seller,buyer,issued_at,net,tax,net"),
        ("canonical", "number,seller,buyer,issued_at,net,tax,NET"),
        ("invoice-workbook", "发票号码,销方识别号,购方识别号,开票日期,金额,税额,金额"),
    ],
)
def test_two_columns_of_one_name_that_differ_are_refused_and_not_guessed(
    embedded: GraphStore, tmp_path: Path, source: str, header: str
) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text(f"{header}\n1,A,B,2026-03-01,100,13,90\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load(embedded, source, [file], options=OPTIONS)
    assert caught.value.code == "data.source.twins"
    assert "invoices.csv" in caught.value.message
    file.write_text(f"{header}\n1,A,B,2026-03-01,100,13,100\n", encoding="utf-8")
    assert load(embedded, source, [file], options=OPTIONS).accepted == 1


def test_a_header_without_rows_is_an_empty_load(embedded: GraphStore, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text("number,seller,buyer,issued_at,net,tax\n", encoding="utf-8")
    assert load(embedded, "auto", [file], options=OPTIONS).state == "empty"


def test_signs_that_nobody_sees_do_not_make_another_key(embedded: GraphStore) -> None:
    rows = [invoice(), invoice(number="0000\u200b0001", seller="A\u202e")]
    load_frames(embedded, {"invoices": pd.DataFrame(rows)}, options=OPTIONS)
    assert column(embedded, "Invoice", "id") == ["00000001"]


def test_the_same_key_with_other_content_is_kept_as_a_conflict(embedded: GraphStore) -> None:
    rows = [invoice(), invoice(net="90")]
    report = load_frames(embedded, {"invoices": pd.DataFrame(rows)}, options=OPTIONS)
    assert (report.accepted, report.issues["conflict"]) == (2, 1)


@pytest.mark.parametrize("reference", ["seller", "buyer"])
def test_a_reference_to_nothing_is_a_stub_or_is_refused_on_request(embedded: GraphStore, reference: str) -> None:
    rows = pd.DataFrame([invoice(**{"seller": "A", "buyer": "A", reference: "nobody"})])
    frames = {"invoices": rows, "taxpayers": pd.DataFrame([taxpayer()])}
    strict = LoadOptions(hmac_key=KEY, unknown_parties="reject")
    assert load_frames(embedded, frames, options=strict).rejected == 1
    again = load_frames(embedded, {"invoices": rows}, options=OPTIONS)
    assert (again.rejected, again.issues["stub"]) == (0, 1)


def test_lines_whose_sum_no_integer_holds_are_refused_and_not_wrapped_around(
    embedded: GraphStore, tmp_path: Path
) -> None:
    line = "1,A,B,2026-03-01,甲,9000000000000000.00,0\n"
    file = tmp_path / "lines.csv"
    header = "发票号码,销方识别号,购方识别号,开票日期,货物或应税劳务名称,金额,税额\n"
    file.write_text(header + line * 21, encoding="utf-8")
    report = load(embedded, "invoice-workbook", [file], options=OPTIONS)
    assert report.rejected == 1
    assert column(embedded, "Reject", "column") == ["net"]


def test_the_operator_sets_what_a_file_may_cost(
    embedded: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text("number,seller,buyer,issued_at,net,tax\n1,A,B,2026-03-01,100,13\n", encoding="utf-8")
    monkeypatch.setenv("TAXGRAPH_MAX_COLUMNS", "5")
    with pytest.raises(DataError) as caught:
        load(embedded, "auto", [file], options=OPTIONS)
    assert caught.value.code == "data.file.too_many_columns"
    monkeypatch.setenv("TAXGRAPH_MAX_COLUMNS", "6")
    assert load(embedded, "auto", [file], options=OPTIONS).accepted == 1
    monkeypatch.setenv("TAXGRAPH_MAX_COLUMNS", "many")
    with pytest.raises(SettingsError):
        load(embedded, "auto", [file], options=OPTIONS)
