"""Excel workbooks (xlsx, xls) → a raw table a sheet, by python-calamine. Called by `loaders.readers.files`.

The header is the first row that is at least half as full as the fullest of the first rows, so that a title above it is
passed over. Numbers show what Excel shows: fifteen digits, no `.0`; a longer number is marked as a `Doubt`.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import python_calamine

from graph.errors import DataError
from loaders.readers.limits import CHUNK_BYTES, DEFAULT_LIMITS, check_unpacked, file_size, open_plain
from loaders.readers.old_workbooks import is_locked, sheet_extents
from loaders.readers.shared_texts import SharedTexts
from loaders.readers.tables import Doubt, RawTable, RowCollector, check_cells, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from loaders.readers.limits import ReadLimits

# What calamine gives; an empty cell is the empty text.
Cell: TypeAlias = "str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta"
_HEADER_ROWS = 20
# A double holds every integer up to 2^53; Excel itself keeps fifteen digits and puts zeros behind them.
_EXACT_BELOW = 10**15
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_REFERENCE_BYTES = 32
_LETTERS = 26


def read_workbook(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, ...]:
    """Every sheet that has a header, in the workbook's order. Rows without any value are left out.

    Raises:
        DataError: `data.workbook.broken`, `data.workbook.password`, `data.workbook.empty`, `data.file.*` for sizes.
    """
    packed = file_size(path, limits=limits)
    if zipfile.is_zipfile(path):
        check_members(path, packed, limits=limits)
    else:
        _check_old(path, limits=limits)
    tables = tuple(
        table
        for name, cells in _sheets(path)
        if (table := _sheet_table(name, cells, file=path.name, limits=limits)) is not None
    )
    if not tables:
        raise DataError(
            f"{path.name} has no sheet with a header row",
            code="data.workbook.empty",
            next_step="export the workbook again with its column names",
            file=path.name,
        )
    return tables


def _check_old(path: Path, *, limits: ReadLimits) -> None:
    with open_plain(path) as stream:
        data = stream.read()
    if is_locked(data):
        raise _locked(path.name)
    for sheet in sheet_extents(data):
        check_cells(sheet.rows, sheet.columns, file=path.name, limits=limits, filled=sheet.cells)


def check_members(path: Path, packed: int, *, limits: ReadLimits) -> None:
    """Unpack a zip file's members without keeping them: sizes as they are, not as declared, and the sheets' extents.

    One far-off cell makes a sheet reader ask for billions of cells, hence the extents; and a text that is stored once
    is unpacked in every cell that refers to it, hence the shared texts.

    Raises:
        DataError: `data.workbook.broken`, `data.file.too_large`, `data.file.ratio`, `data.file.too_many_cells`.
    """
    unpacked = 0
    shared = SharedTexts()
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                rows = columns = cells = 0
                for chunk in _member_chunks(archive, member):
                    unpacked += len(chunk) - _REFERENCE_BYTES
                    check_unpacked(unpacked, file=path.name, limits=limits, packed_bytes=packed)
                    found = _REFERENCE.findall(chunk)
                    rows, columns = _extent(found, rows, columns)
                    cells += len(found)
                    shared.see(member.filename, chunk[_REFERENCE_BYTES:])
                check_cells(rows, columns, file=path.name, limits=limits, filled=cells)
            if not shared.harmless(packed):
                unpacked += sum(shared.bytes_in(archive.read(member)) for member in archive.infolist())
                check_unpacked(unpacked, file=path.name, limits=limits, packed_bytes=packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise _broken(path.name, error) from error


def _member_chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's bytes; each chunk begins with the last bytes of the one before, so that no reference is cut."""
    before = b" " * _REFERENCE_BYTES
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield before + chunk
            before = (before + chunk)[-_REFERENCE_BYTES:]


def _extent(references: list[tuple[bytes, bytes]], rows: int, columns: int) -> tuple[int, int]:
    for letters, row in set(references):
        rows, columns = max(rows, int(row)), max(columns, _column_number(letters))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + letter - ord("A") + 1
    return number


def _sheets(path: Path) -> Iterator[tuple[str, list[list[Cell]]]]:
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            for name in workbook.sheet_names:
                yield name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except python_calamine.PasswordError as error:
        raise _locked(path.name) from error
    except (GeneratorExit, KeyboardInterrupt, SystemExit, DataError):
        raise
    except BaseException as error:  # a panic of the Rust library derives from BaseException
        raise _broken(path.name, error) from error


def _locked(file: str) -> DataError:
    return DataError(
        f"{file} is protected by a password",
        code="data.workbook.password",
        next_step="save the workbook without a password",
        file=file,
    )


def _broken(file: str, error: BaseException) -> DataError:
    return DataError(
        f"{file} is a damaged or truncated workbook",
        code="data.workbook.broken",
        next_step="open the workbook, save it as xlsx and try again",
        file=file,
        reason=type(error).__name__,
    )


def _sheet_table(name: str, cells: list[list[Cell]], *, file: str, limits: ReadLimits) -> RawTable | None:
    header = find_header(cells)
    if header is None:
        return None
    width = _last_filled(cells[header:])
    names = unique_names(_cell_text(cell) for cell in cells[header][:width])
    collector = RowCollector(name, file=file, limits=limits, columns=names)
    doubts: list[Doubt] = []
    for place, row in enumerate(cells[header + 1 :], start=header + 2):
        texts = [_cell_text(cell) for cell in row[:width]]
        if any(texts):
            collector.add(place, dict(zip(names, texts, strict=False)))
            doubts += _doubts(place, names, row)
    return collector.finish(doubts=doubts)


def find_header(cells: Sequence[Sequence[Cell]]) -> int | None:
    """The position of the header row, or None for a sheet without any value."""
    counts = [sum(cell != "" for cell in row) for row in cells]
    filled = [position for position, count in enumerate(counts) if count][:_HEADER_ROWS]
    if not filled:
        return None
    fullest = max(counts[position] for position in filled)
    return next(position for position in filled if counts[position] * 2 >= fullest)


def _last_filled(rows: Iterable[Sequence[Cell]]) -> int:
    """The number of columns up to the last one that holds anything."""
    return max((position for row in rows for position, cell in enumerate(row, start=1) if cell != ""), default=0)


def _doubts(place: int, names: Sequence[str], row: Sequence[Cell]) -> list[Doubt]:
    reason = "a number of more than 15 digits: the sheet has lost its end; export the column as text"
    return [
        Doubt(row=place, column=name, reason=reason)
        for name, cell in zip(names, row, strict=False)
        if isinstance(cell, float) and abs(cell) >= _EXACT_BELOW
    ]


def _cell_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):  # before numbers: a bool is an int
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number_text(cell)
    return _moment_text(cell)


def _moment_text(cell: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    """ISO 8601; a duration as days, which is how the sheet holds it."""
    match cell:
        case dt.datetime():
            return _to_second(cell).isoformat(sep=" ")
        case dt.time():
            return cell.replace(microsecond=0).isoformat()
        case dt.timedelta():
            return _number_text(cell / dt.timedelta(days=1))
        case _:
            return cell.isoformat()


def _number_text(number: float) -> str:
    """Fifteen digits, as Excel shows them: 0.1 + 0.2 is 0.3; no exponent."""
    text = format(Decimal(format(number, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _to_second(moment: dt.datetime) -> dt.datetime:
    """To the nearest second: a serial date is a float and comes out as 12:30:04.999999."""
    return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
