"""Control totals: every difference is told at once, and nothing that agrees."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import DataError
from loaders.manifest import manifests_of, sum_of
from loaders.run import find_files
from loaders.slicing.plan import assigned

TABLE = "number,net\n1,100.10\n2,-0.05\n3,\n"


def country(folder: Path, files: Any, **tables: str) -> Path:
    """A folder with these tables and a manifest of `files`."""
    for name, text in (tables or {"invoices": TABLE}).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"files": files}, ensure_ascii=False), encoding="utf-8")
    return folder


def checked(*paths: Path, slice_rows: int = 1000) -> None:
    """What a load does with its manifest; in slices where the files have more than so many rows."""
    found = find_files(paths)
    control = manifests_of(paths, found)
    looking = assigned("canonical", found, slice_rows=slice_rows, control=control, read=lambda _rows: None)
    with looking as looked_at:
        for _ in looked_at.read().coming:
            pass


def differences(*paths: Path, slice_rows: int = 1000) -> list[tuple[str, str, str, str]]:
    with pytest.raises(DataError) as caught:
        checked(*paths, slice_rows=slice_rows)
    assert caught.value.code == "data.manifest.totals"
    told: Any = caught.value.facts["differences"]
    return [(each["file"], each["what"], each["expected"], each["found"]) for each in told]


def test_files_that_are_as_their_manifest_says_pass(tmp_path: Path) -> None:
    digest = hashlib.sha256(TABLE.encode()).hexdigest()
    totals = {"rows": 3, "sha256": digest.upper(), "sums": {"net": "100.0500"}, "bytes": len(TABLE)}
    checked(country(tmp_path, {"invoices.csv": totals}))


@pytest.mark.parametrize("files", [["invoices.csv"], [{"name": "invoices.csv", "rows": 3}], {"invoices.csv": {}}])
def test_a_list_without_totals_is_enough(tmp_path: Path, files: Any) -> None:
    checked(country(tmp_path, files))


@pytest.mark.parametrize("slice_rows", [0, 1000])
def test_all_differences_are_told_together(tmp_path: Path, slice_rows: int) -> None:
    wrong = {"rows": 4, "sha256": "00", "sums": {"net": "100.06", "tax": "1"}, "tables": {"sheet": {"rows": 1}}}
    folder = country(tmp_path, {"invoices.csv": wrong, "gone.csv": {}}, invoices=TABLE, extra="a\n1\n")
    digest = hashlib.sha256(TABLE.encode()).hexdigest()
    assert differences(folder, slice_rows=slice_rows) == [
        ("extra.csv", "the file", "no such file", "there"),
        ("invoices.csv", "sha256", "00", digest),
        ("invoices.csv", "rows", "4", "3"),
        ("invoices.csv", "sum of net", "100.06", "100.05"),
        ("invoices.csv", "the column tax", "there", "missing"),
        ("invoices.csv, sheet", "the table", "there", "missing"),
        ("gone.csv", "the file", "there", "missing"),
    ]


def test_rows_that_cannot_be_cut_are_counted(tmp_path: Path) -> None:
    checked(country(tmp_path, {"invoices.csv": {"rows": 2}}, invoices="number,net\n1,2\n1,2,3\n"))


def test_a_manifest_above_the_files_is_found_and_asks_for_these_files_alone(tmp_path: Path) -> None:
    (tmp_path / "month").mkdir()
    country(tmp_path, {"month/invoices.csv": {"rows": 9}, "month/other.csv": {}, "else.csv": {}})
    (tmp_path / "month" / "invoices.csv").write_text(TABLE, encoding="utf-8")
    assert [(name, what) for name, what, _, _ in differences(tmp_path / "month" / "invoices.csv")] == [
        ("month/invoices.csv", "rows")
    ]
    assert [(name, what) for name, what, _, _ in differences(tmp_path / "month")] == [
        ("month/invoices.csv", "rows"),
        ("month/other.csv", "the file"),
    ]


def test_a_manifest_may_be_named_among_the_files(tmp_path: Path) -> None:
    folder = country(tmp_path, {"invoices.csv": {}, "gone.csv": {}})
    paths = (folder / "invoices.csv", folder / "manifest.json")
    assert [name for name, *_ in differences(*paths)] == ["gone.csv"]


def test_somebody_elses_manifest_is_passed_over(tmp_path: Path) -> None:
    folder = country(tmp_path, {})
    (folder / "manifest.json").write_text('{"format": 1, "ledger": []}', encoding="utf-8")
    checked(folder)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "no JSON"),
        ('{"files": 7}', "neither an object nor a list"),
        ('{"files": {"a.csv": {"lines": 3}}}', "no total 'lines'"),
        ('{"files": {"a.csv": {"rows": "3"}}}', "rows is no whole number"),
        ('{"files": {"a.csv": {"sums": {"net": 0.1}}}}', "the sum of net is no decimal text"),
        ('{"files": {"a.csv": {"sums": {"net": "x"}}}}', "the sum of net is no decimal text"),
        ('{"files": [{"rows": 3}]}', "a file has no name"),
    ],
)
def test_a_manifest_that_cannot_be_understood_is_refused_with_its_faults(tmp_path: Path, text: str, fault: str) -> None:
    folder = country(tmp_path, {})
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=fault) as caught:
        checked(folder)
    assert caught.value.code == "data.manifest.form"


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (["1.10", None, "-2.05"], "-0.95"),
        (["1,234.50", "０．５", "words"], "1235"),
        (["0.1"] * 10, "1.0"),
        (["9" * 50, "1"], "1" + "0" * 50),
    ],
)
def test_sums_are_exact_in_any_usual_writing(cells: list[str | None], total: str) -> None:
    assert sum_of(pa.chunked_array([pa.array(cells, pa.string())])) == Decimal(total)


def test_the_rows_to_come_are_known_if_the_manifest_tells_them_all(tmp_path: Path) -> None:
    folder = country(tmp_path, {"invoices.csv": {"rows": 3}, "more.csv": {"rows": 4}}, invoices=TABLE, more=TABLE)
    found = find_files([folder])
    assert manifests_of([folder], found).rows_of(found) == 7
    country(tmp_path, {"invoices.csv": {"rows": 3}, "more.csv": {}})
    assert manifests_of([folder], found).rows_of(found) is None
