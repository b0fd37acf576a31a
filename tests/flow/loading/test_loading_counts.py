"""Read = accepted + rejected, also where a source row becomes several rows, and where files bear one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store.port import GraphStore
from loaders import LoadOptions, load, rejects_of
from loaders.readers.files import distinct_names
from loaders.run import find_files
from tests.support.batches import KEY
from tests.support.rows import column

OPTIONS = LoadOptions(hmac_key=KEY)
LOG = "case,activity,timestamp,resource\n"
BOTH_FORMS = "发票号码,销方识别号,购方识别号,开票日期,货物或应税劳务名称,金额,税额\n"


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        # An event's row is an event and, the first of its case, a task: refused in both forms it is one refused row.
        ("log.csv", f"{LOG}c1,open,2026-02-30,o\nc1,close,2026-03-01,o\n", (2, 1, 1)),
        # The task is refused for its date, the event for its empty action: still one row.
        ("log.csv", f"{LOG}c1,,0000-00-00,o\n", (1, 0, 1)),
        # The invoice that is summed up from its lines is refused for its date: so is the first of the lines.
        ("lines.csv", f"{BOTH_FORMS}1,A,B,2026-13-01,甲,10,1\n1,A,B,2026-13-01,乙,5,1\n", (2, 1, 1)),
    ],
)
def test_a_source_row_that_becomes_several_rows_is_counted_once(
    store: GraphStore, tmp_path: Path, name: str, text: str, counts: tuple[int, int, int]
) -> None:
    report = load(store, "auto", [written(tmp_path, name, text)], options=OPTIONS)
    assert (report.read, report.accepted, report.rejected) == counts
    assert report.known == 0


def test_rows_of_files_with_one_name_are_told_apart(store: GraphStore, tmp_path: Path) -> None:
    ragged = "number,seller,buyer,issued_at,net,tax\n1,A\n"
    for folder in ("north", "south"):
        written(tmp_path, f"in/{folder}/invoices.csv", ragged)
    report = load(store, "canonical", [tmp_path / "in"], options=OPTIONS)
    assert (report.read, report.rejected) == (2, 2)
    assert column(store, "Reject", "file") == ["north/invoices.csv", "south/invoices.csv"]
    assert rejects_of(store, report.batch).num_rows == 2


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = written(tmp_path, "in/invoices.csv", "number\n1\n")
    assert find_files([file.parent, file, tmp_path / "in" / ".." / "in" / "invoices.csv"]) == [file]


def test_a_name_takes_as_much_of_its_folder_as_it_needs(tmp_path: Path) -> None:
    paths = [tmp_path / place for place in ("a/x/i.csv", "b/x/i.csv", "b/y/i.csv", "other.csv")]
    assert distinct_names(paths) == ("a/x/i.csv", "b/x/i.csv", "y/i.csv", "other.csv")


def test_many_rows_of_another_width_are_kept_at_once(store: GraphStore, tmp_path: Path) -> None:
    ragged = "".join(f"{number}\n" for number in range(20_000))
    file = written(tmp_path, "invoices.csv", f"number,seller,buyer,issued_at,net,tax\n{ragged}")
    report = load(store, "auto", [file], options=OPTIONS)
    assert (report.read, report.rejected) == (20_000, 20_000)
    assert report.seconds < 60
