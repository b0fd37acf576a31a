"""Which format a file is in, by its content; its name only settles nothing. Called by `loaders.readers.files`."""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from typing import TYPE_CHECKING

from graph.errors import DataError
from loaders.readers.charsets import marked_encoding
from loaders.readers.columnar import encrypted
from loaders.readers.limits import DEFAULT_LIMITS, is_gzip, open_content
from loaders.readers.markup import find_root

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.readers.limits import ReadLimits
    from loaders.readers.markup import Root

_HEAD_BYTES = 4096
_PARQUET = b"PAR1"
_ENCRYPTED_PARQUET = b"PARE"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:"
# Not the bracket alone: some exports write their column names in brackets.
_JSON = re.compile(rb"""\{\s*(?:"|\}|\Z)|\[\s*(?:[\[{"\]0-9-]|\Z)""")
_BLANKS = b" \t\r\n\x00\xff\xfe\xef\xbb\xbf"


class Format(StrEnum):
    """The formats that are told apart. `saft`, `json` and `ofd` are recognised; `read_file` does not read them yet."""

    DELIMITED = "delimited"
    PARQUET = "parquet"
    XLSX = "xlsx"
    XLS = "xls"
    EINVOICE = "einvoice"
    EINVOICE_XBRL = "einvoice-xbrl"
    UBL = "ubl"
    CII = "cii"
    XES = "xes"
    SAFT = "saft"
    JSON = "json"
    OFD = "ofd"


def detect_format(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> Format:
    """The format of a file, plain or gzipped.

    Raises:
        DataError: `data.file.format` when it is none of `Format`; `data.file.*` and `data.xml.*` when it is damaged.
    """
    with open_content(path, limits=limits) as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise DataError(
            f"{path.name} unpacks to nothing",
            code="data.file.empty",
            next_step="export or copy the file again",
            file=path.name,
        )
    if head.startswith((_PARQUET, _OLE, _ZIP)):
        return _by_magic(head, path)
    marked = marked_encoding(head, file=path.name)
    if head.lstrip(_BLANKS).startswith(b"<"):
        return _by_root(find_root(path, limits=limits), path)
    if head.startswith(_ENCRYPTED_PARQUET):
        raise encrypted(path.name)
    if marked is None and b"\x00" in head:
        raise _unknown(path, "binary")
    return Format.JSON if _JSON.match(head.lstrip(_BLANKS)) else Format.DELIMITED


def _by_magic(head: bytes, path: Path) -> Format:
    """Formats that are read from the file itself, hence not from within a gzip file."""
    if is_gzip(path):
        raise _unknown(path, "gzipped, unpack it first")
    if head.startswith(_PARQUET):
        return Format.PARQUET
    return Format.XLS if head.startswith(_OLE) else _by_members(path)


def _by_members(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DataError(
            f"{path.name} is a damaged or truncated archive",
            code="data.workbook.broken",
            next_step="export or copy the file again",
            file=path.name,
            reason=type(error).__name__,
        ) from error
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if "OFD.xml" in names:
        return Format.OFD
    raise _unknown(path, "zip")


def _by_root(root: Root, path: Path) -> Format:
    if root.name in {"Invoice", "CreditNote"} and root.namespace.startswith(_UBL):
        return Format.UBL
    if root.name == "CrossIndustryInvoice" and root.namespace.startswith(_CII):
        return Format.CII
    if root.name == "xbrl" and any(space.rstrip("/").endswith("/einv") for space in root.declared):
        return Format.EINVOICE_XBRL
    # Plain vocabularies that are known by their root's name alone.
    plain = {"einvoice": Format.EINVOICE, "log": Format.XES, "auditfile": Format.SAFT}
    found = plain.get(root.name.casefold())
    if found is None:
        raise _unknown(path, "xml", root=root.name[:80])
    return found


def _unknown(path: Path, kind: str, **facts: object) -> DataError:
    return DataError(
        f"{path.name} is in no format that is read",
        code="data.file.format",
        next_step=f"give one of: {', '.join(Format)}",
        file=path.name,
        kind=kind,
        **facts,
    )
