"""A file of any format → its raw tables. The readers' one entrance, called by `loaders.sources` and `loaders.run`."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from graph.errors import DataError
from loaders.readers.columnar import iter_parquet, read_parquet
from loaders.readers.delimited import iter_delimited, read_delimited
from loaders.readers.detect import Format, detect_format
from loaders.readers.einvoice import read_einvoice, read_einvoice_xbrl
from loaders.readers.en16931 import read_cii, read_ubl
from loaders.readers.event_logs import read_xes
from loaders.readers.limits import DEFAULT_LIMITS, ReadLimits, file_digest, file_size
from loaders.readers.tables import RawFile, RawTable
from loaders.readers.workbooks import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Found = TypeVar("Found")
# Formats whose readers take a path and limits only; delimited text also takes an encoding.
_READERS: Mapping[Format, Callable[..., tuple[RawTable, ...]]] = {
    Format.XLSX: read_workbook,
    Format.XLS: read_workbook,
    Format.EINVOICE: read_einvoice,
    Format.EINVOICE_XBRL: read_einvoice_xbrl,
    Format.UBL: read_ubl,
    Format.CII: read_cii,
    Format.XES: read_xes,
}


def read_file(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None) -> RawFile:
    """A whole file as raw tables.

    Args:
        path: the file, plain or gzipped (XML and delimited text).
        limits: what the file may cost.
        encoding: of a delimited text, where it is known to be none of UTF-8, UTF-16 and GB18030.

    Raises:
        DataError: everything that can be wrong with a file: `data.file.*`, `data.csv.*`, `data.xml.*`,
            `data.workbook.*`, `data.parquet.*`, `data.einvoice.*`; each names the file, the place where known, and
            what to do.
    """
    found = detect_format(path, limits=limits)
    return RawFile(
        path=path,
        sha256=file_digest(path),
        bytes=file_size(path, limits=limits),
        format=found.value,
        tables=_tables(path, found, limits=limits, encoding=encoding),
    )


def unwatched(_rows: int) -> None:
    """Rows that nobody waits for."""


def read_files(
    paths: Sequence[Path], *, limits: ReadLimits = DEFAULT_LIMITS, each: Callable[[int], None] = unwatched
) -> list[RawFile]:
    """Whole files in the order given, several at once: digests and parsing run outside the interpreter's lock.

    `each` is called with the rows of every file once it is read, from the thread that read it.

    Raises:
        DataError: as `read_file`, of the first file in order that cannot be read.
    """

    def read(path: Path) -> RawFile:
        file = read_file(path, limits=limits)
        each(file.rows)
        return file

    return in_parallel(read, paths)


def in_parallel(look: Callable[[Path], Found], paths: Sequence[Path]) -> list[Found]:
    """What `look` finds in each file, in the order given; the first error in that order is raised."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(look, paths))


def iter_tables(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None) -> Iterator[RawTable]:
    """A file's raw tables in pieces: delimited text and Parquet stream with bounded memory, the others come whole.

    Raises:
        DataError: as `read_file`.
    """
    found = detect_format(path, limits=limits)
    if found is Format.DELIMITED:
        yield from iter_delimited(path, limits=limits, encoding=encoding)
    elif found is Format.PARQUET:
        yield from iter_parquet(path, limits=limits)
    else:
        yield from _tables(path, found, limits=limits, encoding=encoding)


def distinct_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """A name for each file, in order: its own, with as much of its folder as tells it from others of that name.

    Exports of several offices are called alike; `rejects` must say which of them a row stands in.
    """
    parts = [path.resolve().parts for path in paths]
    names = [path.name for path in paths]
    depth = 1
    while depth < max(map(len, parts), default=0) and len(set(names)) < len(names):
        depth += 1
        twice = {name for name, times in Counter(names).items() if times > 1}
        names = ["/".join(own[-depth:]) if name in twice else name for name, own in zip(names, parts, strict=True)]
    return tuple(names)


def _tables(path: Path, found: Format, *, limits: ReadLimits, encoding: str | None) -> tuple[RawTable, ...]:
    if found is Format.DELIMITED:
        return (read_delimited(path, limits=limits, encoding=encoding),)
    if found is Format.PARQUET:
        return (read_parquet(path, limits=limits),)
    reader = _READERS.get(found)
    if reader is None:
        raise DataError(
            f"{path.name} is a {found.value} file, which is not read yet",
            code="data.file.format",
            next_step="export the data as a table (CSV, Excel or Parquet)",
            file=path.name,
            format=found.value,
        )
    return reader(path, limits=limits)
