"""A small .xls file, written by hand: no library that writes them is at hand, and attackers do the same."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_ENCRYPTED = 0x002F  # FILEPASS


def old_workbook(cells: Mapping[tuple[int, int], float | str], *, locked: bool = False) -> bytes:
    """A workbook of one sheet `old` with these cells by (row, column), counted from 0; `locked`: by a password."""
    stream = _biff(cells, locked=locked).ljust(4096, b"\0")  # shorter streams would lie elsewhere
    stream += bytes(-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    links = [_TABLE, _END, *range(3, count + 2), _END]
    table = struct.pack(f"<{len(links)}I", *links).ljust(_SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 2, len(stream))
    return _header() + table + directory.ljust(_SECTOR, b"\0") + stream


def _header() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0)
    return head + struct.pack("<I", _FREE) * ((_SECTOR - len(head)) // 4)


def _entry(name: str, kind: int, first: int, length: int, *, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, _FREE, _FREE, child)
    return head + bytes(36) + struct.pack("<IQ", first, length)


def _biff(cells: Mapping[tuple[int, int], float | str], *, locked: bool) -> bytes:
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    globals_head = _record(0x0809, begin) + (_record(_ENCRYPTED, struct.pack("<HHH", 1, 1, 1)) if locked else b"")
    place = len(globals_head) + 4 + 11 + 4
    sheet = struct.pack("<IBBBB", place, 0, 0, 3, 0) + b"old"
    globals_part = globals_head + _record(0x0085, sheet) + _record(0x000A, b"")
    body = b"".join(_cell(row, column, value) for (row, column), value in cells.items())
    sheet_begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)
    return globals_part + _record(0x0809, sheet_begin) + body + _record(0x000A, b"")


def _cell(row: int, column: int, value: float | str) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
