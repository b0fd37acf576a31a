"""The readers' entrance: formats by content, digests, and faults of files as such."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest

from graph.errors import DataError, SettingsError
from loaders.readers import Format, ReadLimits, detect_format, read_file

if TYPE_CHECKING:
    from pathlib import Path

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\n", Format.DELIMITED),
        (b"[ID],[Name]\n1,2\n", Format.DELIMITED),
        ("编号\t名称\n".encode("utf-16"), Format.DELIMITED),
        (b'{"a": 1}', Format.JSON),
        (b'\xef\xbb\xbf[\n{"a": 1}]', Format.JSON),
        (b"PAR1....", Format.PARQUET),
        (f'<CreditNote xmlns="{_UBL}:CreditNote-2"/>'.encode(), Format.UBL),
        (b"\xef\xbb\xbf <EInvoice/>", Format.EINVOICE),
        (b"<log/>", Format.XES),
        (b'<n1:AuditFile xmlns:n1="urn:StandardAuditFile-Taxation-Financial:NO"/>', Format.SAFT),
    ],
)
@pytest.mark.parametrize("name", ["export.csv", "export.xml", "export"])
def test_the_content_tells_the_format_and_the_name_does_not(
    tmp_path: Path, content: bytes, expected: Format, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert detect_format(file) is expected


@pytest.mark.parametrize("content", [b"<Invoice/>", b"<html></html>", b"\x00\x01\x02", gzip.compress(b"PAR1....")])
def test_what_is_in_no_known_format_is_refused_with_the_formats_that_are(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "export"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.file.format"
    assert "delimited" in (caught.value.next_step or "")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "export.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.file.format"


def test_a_recognised_format_without_a_reader_says_so(tmp_path: Path) -> None:
    file = tmp_path / "statements.json"
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert (caught.value.code, caught.value.facts["format"]) == ("data.file.format", "json")


def test_a_file_comes_with_its_digest_size_and_format(tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_bytes(b"a,b\n1,2\n")
    read = read_file(file)
    assert (read.sha256, read.bytes, read.format) == (hashlib.sha256(b"a,b\n1,2\n").hexdigest(), 8, "delimited")
    assert read.table("invoices").file == "invoices.csv"


def test_a_gzipped_text_is_read_like_the_text(tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv.gz"
    file.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_file(file).table("invoices").rows.to_pylist() == [{"a": "1", "b": "2", "_row": 2}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "data.file.missing"),
        (b"", "data.file.empty"),
        (gzip.compress(b""), "data.file.empty"),
        (b"a,b\n" * 100, "data.file.too_large"),
    ],
)
def test_faults_of_a_file_as_such_have_their_codes_and_hide_its_folder(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    file = tmp_path / "export.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_file(file, limits=ReadLimits(max_file_bytes=300))
    assert caught.value.code == code
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_file(tmp_path)
    assert caught.value.code == "data.file.unreadable"


def test_asking_for_a_table_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(DataError) as caught:
        read_file(file).table("lines")
    assert caught.value.facts["tables"] == ["invoices"]


def test_limits_are_positive() -> None:
    with pytest.raises(SettingsError):
        ReadLimits(max_cells=0)
