"""How far the cells of an old workbook (.xls, BIFF in an OLE container) reach. Used by `loaders.readers.workbooks`.

A sheet reader asks for memory for every cell up to the last one: two cells in the far corners ask for gigabytes, and
a reader in Rust that gets none ends the process. So the records are walked before it sees them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_LAST_SECTOR = 0xFFFFFFFA  # greater numbers are marks
_STREAM_NAMES = frozenset({"workbook", "book"})
_BEGINNINGS = frozenset({0x0009, 0x0209, 0x0409, 0x0809})  # BOF of BIFF2, 3, 4, 5 and 8
# Records of one cell, all of which begin with its row and column: LABEL, NUMBER, RK, FORMULA, BOOLERR, RSTRING,
# LABELSST and the forms of older versions.
_CELLS = frozenset({2, 3, 4, 5, 6, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406})
_FILEPASS = 0x002F
_MANY = 0x00BD  # MULRK: several cells of a row, the last column at its end


@dataclass(frozen=True, slots=True)
class Extent:
    """Rows and columns up to the last cell of a sheet, and how many cells it has."""

    rows: int
    columns: int
    cells: int


def sheet_extents(data: bytes) -> list[Extent]:
    """The extent of every sheet; none for a container that cannot be followed, which the sheet reader refuses too."""
    try:
        return [extent for stream in _workbook_streams(data) for extent in _extents(stream)]
    except (struct.error, IndexError, ValueError):
        return []


def is_locked(data: bytes) -> bool:
    """Whether only a password opens the container: a new workbook enclosed in it, or records behind FILEPASS.

    The sheet reader tells this of a file that is called as a workbook should be, and of others only that it failed.
    """
    try:
        entries = _entries(data, *_sector_table(data))
        enclosed = any(_name(entry) == "encryptedpackage" for entry in entries)
        return enclosed or any(kind == _FILEPASS for stream in _workbook_streams(data) for kind, *_ in _records(stream))
    except (struct.error, IndexError, ValueError):
        return False


def _extents(stream: bytes) -> Iterator[Extent]:
    rows = columns = cells = 0
    for kind, start, length in _records(stream):
        if kind in _BEGINNINGS:
            yield Extent(rows, columns, cells)
            rows = columns = cells = 0
        elif length >= 4 and (kind in _CELLS or kind == _MANY):  # noqa: PLR2004 - two numbers of two bytes
            row, column = struct.unpack_from("<HH", stream, start)
            if kind == _MANY:
                column = max(column, struct.unpack_from("<H", stream, start + length - 2)[0])
            rows, columns, cells = max(rows, row + 1), max(columns, column + 1), cells + 1
    yield Extent(rows, columns, cells)


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and length of each record that is whole."""
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if place + 4 + length > len(stream):
            return
        yield kind, place + 4, length
        place += 4 + length


def _workbook_streams(data: bytes) -> Iterator[bytes]:
    """The streams of the container that hold a workbook."""
    table, size = _sector_table(data)
    entries = _entries(data, table, size)
    small_limit, first_small = struct.unpack_from("<II", data, 0x38)
    for entry in entries:
        if _name(entry) not in _STREAM_NAMES:
            continue
        first, length = struct.unpack_from("<II", entry, 0x74)
        if length >= small_limit:
            yield _chain(data, first, table, size)[:length]
        else:
            small = _chain(data, struct.unpack_from("<I", entries[0], 0x74)[0], table, size)
            links = _numbers(_chain(data, first_small, table, size))
            yield _chain(b"\0" * _HEADER_BYTES + small, first, links, 64, header=_HEADER_BYTES)[:length]


def _entries(data: bytes, table: list[int], size: int) -> list[bytes]:
    directory = _chain(data, struct.unpack_from("<I", data, 0x30)[0], table, size)
    return [directory[place : place + _ENTRY_BYTES] for place in range(0, len(directory), _ENTRY_BYTES)]


def _name(entry: bytes) -> str:
    length: int = struct.unpack_from("<H", entry, 0x40)[0]
    return entry[: max(length - 2, 0)].decode("utf-16-le", errors="ignore").casefold()


def _sector_table(data: bytes) -> tuple[list[int], int]:
    """Which sector follows each, and a sector's size.

    The numbers of the table's own sectors stand in the header and in a chain of further ones.
    """
    size = 1 << struct.unpack_from("<H", data, 0x1E)[0]
    listed = _numbers(data[0x4C:_HEADER_BYTES])
    further = struct.unpack_from("<I", data, 0x44)[0]
    seen: set[int] = set()
    while further < _LAST_SECTOR and further not in seen:
        seen.add(further)
        *more, further = _numbers(_sector(data, further, size, header=size))
        listed += more
    sectors = (_sector(data, place, size, header=size) for place in listed if place < _LAST_SECTOR)
    return [number for sector in sectors for number in _numbers(sector)], size


def _chain(data: bytes, first: int, table: list[int], size: int, *, header: int | None = None) -> bytes:
    """The sectors of a chain one after the other; it ends where it would come to a sector again."""
    pieces: list[bytes] = []
    seen: set[int] = set()
    while first < len(table) and first not in seen:
        seen.add(first)
        pieces.append(_sector(data, first, size, header=header or size))
        first = table[first]
    return b"".join(pieces)


def _sector(data: bytes, number: int, size: int, *, header: int) -> bytes:
    return data[header + number * size : header + (number + 1) * size]


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
