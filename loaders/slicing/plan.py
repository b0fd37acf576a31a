"""Files of a load → its slices, in the order in which they are merged. Called by `loaders.run`.

A small load is one slice, its files read side by side. A large one begins with everything that describes taxpayers and
persons, since all else refers to it and identity is resolved once; then come tables whose rows belong together, group
by group; then the rest, row by row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from loaders.contracts.columns import Register
from loaders.manifest import Countable, Manifests, Tally
from loaders.readers.files import distinct_names, in_parallel, read_files
from loaders.readers.limits import DEFAULT_LIMITS, ReadLimits
from loaders.readers.tables import RawFile, RawTable
from loaders.slicing.opened import Cursor, OpenFile, OpenTable, Spool, all_rows, likely_rows, open_file
from loaders.slicing.shares import Keyed, Shared, Shares
from loaders.sources.base import Cut, Source
from loaders.sources.registry import assign, mapped
from loaders.staging.intake import Arrival

_ROWS_A_KEY = 3  # an invoice and its lines, on average
_REGISTER_WEIGHT = 4  # a row of a register names a taxpayer and its people: it costs as much as so many others
_REGISTERS = (Register.DESCRIBES, Register.REFERS)


@dataclass(frozen=True, slots=True)
class Slice:
    """Canonical tables that are merged together, and the files they come from, without rows (refused ones are kept).

    `resolves`: identity is resolved with it; false where more registers follow.
    """

    arrivals: list[Arrival]
    files: tuple[RawFile, ...]
    resolves: bool = True


@dataclass(frozen=True, slots=True)
class Slices:
    """The slices of a load; each is read when it is asked for. `likely`: how many there will be, about."""

    coming: Iterator[Slice]
    likely: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """Files by source, looked at and not yet read; `read` gives the slices."""

    sources: tuple[Source, ...]
    digests: tuple[str, ...]
    read: Callable[[], Slices]


@contextmanager
def assigned(
    source: str,
    paths: Sequence[Path],
    *,
    slice_rows: int,
    control: Manifests,
    read: Callable[[int], None],
    limits: ReadLimits = DEFAULT_LIMITS,
) -> Iterator[Assigned]:
    """Look at the files and find their sources; rows that are moved aside are removed at the end of the block.

    Args:
        source: name of a source, or `auto`.
        paths: files, in order.
        slice_rows: rows of a slice, about; a load that fits is one slice.
        control: what the files must be; of a load in slices, rows and sums are compared when all have passed by.
        read: is told the rows of each file that was read whole.
        limits: what a file may cost.

    Raises:
        DataError: as `read_files` and `assign`.
    """
    likely = sum(in_parallel(lambda path: likely_rows(path, limits), paths))
    if likely <= slice_rows:
        whole = read_files(paths, limits=limits, each=read)
        yield _at_once(source, paths, [file.called(name) for file, name in _named(whole, paths)], control)
        return
    with tempfile.TemporaryDirectory(prefix="taxgraph-load-") as folder:
        spool = Spool(Path(folder))
        found = in_parallel(lambda path: open_file(path, spool, limits), paths)
        opened, countable = _watched([file.called(name) for file, name in _named(found, paths)], control)
        control.check(countable, counts=False)
        parts = _parts(source, opened)
        slices = Slices(
            _controlled(parts, slice_rows, spool, lambda: control.check(countable)), 1 + likely // slice_rows
        )
        digests = tuple(file.head.sha256 for file in opened)
        yield Assigned(tuple(part.source for part in parts), digests, lambda: slices)


def _controlled(parts: Sequence[_Part], slice_rows: int, spool: Spool, check: Callable[[], None]) -> Iterator[Slice]:
    """The slices; when all have passed by, what was counted is compared."""
    yield from _slices(parts, slice_rows, spool)
    check()


def _watched(files: Sequence[OpenFile], control: Manifests) -> tuple[list[OpenFile], list[Countable]]:
    """The files, whose rows are counted as they are read."""
    opened, countable = [], []
    for file in files:
        wanted = control.columns_of(file.head.path)
        tallies = [Tally(table.pieces, wanted) for table in file.tables]
        tables = tuple(replace(table, pieces=each.pieces) for table, each in zip(file.tables, tallies, strict=True))
        opened.append(replace(file, tables=tables))
        countable.append(Countable(file.head, tuple(each.totals for each in tallies)))
    return opened, countable


Looked = TypeVar("Looked", RawFile, OpenFile)


def _named(files: Sequence[Looked], paths: Sequence[Path]) -> list[tuple[Looked, str]]:
    return list(zip(files, distinct_names(paths), strict=True))


def _at_once(source: str, paths: Sequence[Path], files: list[RawFile], control: Manifests) -> Assigned:
    control.check([Countable.of(file) for file in files])
    found = assign(source, files)
    digests = tuple(file.sha256 for file in files)
    sources = tuple(each for each, _ in found)

    def read() -> Slices:
        arrivals = [Arrival(each.name, table) for each, table in mapped(found)]
        kept = tuple(sorted((file.without_rows() for file in files), key=lambda file: paths.index(file.path)))
        files.clear()
        found.clear()
        return Slices(iter([Slice(arrivals, kept)]), 1)

    return Assigned(sources, digests, read)


def _parts(source: str, opened: Sequence[OpenFile]) -> list[_Part]:
    by_path = {file.head.path: file for file in opened}
    groups = assign(source, [file.head for file in opened])
    return [_Part(each, [by_path[head.path] for head in heads]) for each, heads in groups]


@dataclass(frozen=True, slots=True)
class _Part:
    """The files of one source."""

    source: Source
    files: list[OpenFile]

    def tables(self, file: OpenFile) -> list[tuple[OpenTable, Cut]]:
        """The tables of a file and how each may be cut."""
        return [(table, self.source.cut(file.head, table.head)) for table in file.tables]


def _slices(parts: Sequence[_Part], slice_rows: int, spool: Spool) -> Iterator[Slice]:
    rows = max(1, slice_rows // _REGISTER_WEIGHT)
    registers = _packed(_registers(parts, rows), rows)
    yield from _but_the_last_unresolved(map(_made, registers))
    for part in parts:
        yield from _grouped(part, slice_rows, spool)
    yield from map(_made, _packed(_rows(parts, slice_rows), slice_rows))


def _but_the_last_unresolved(registers: Iterator[Slice]) -> Iterator[Slice]:
    before = next(registers, None)
    while before is not None:
        following = next(registers, None)
        yield before if following is None else replace(before, resolves=False)
        before = following


def _registers(parts: Sequence[_Part], rows: int) -> Iterator[tuple[Source, RawFile]]:
    """What describes taxpayers, and behind it what refers to them."""
    for wanted in _REGISTERS:
        for part in parts:
            for file in part.files:
                found = [(table, cut) for table, cut in part.tables(file) if cut.register is wanted]
                if any(cut.whole for _, cut in found):
                    yield part.source, replace(file.head, tables=tuple(all_rows(table) for table, _ in found))
                    continue
                for table, _ in found:
                    yield from _in_pieces(part.source, file, table, rows)


def _in_pieces(source: Source, file: OpenFile, table: OpenTable, rows: int) -> Iterator[tuple[Source, RawFile]]:
    cursor = Cursor(table)
    while (piece := cursor.take(rows)) is not None:
        yield source, _with(file, piece)


def _grouped(part: _Part, slice_rows: int, spool: Spool) -> Iterator[Slice]:
    """Slices of the tables whose rows belong together, group by group of their keys."""
    shared, groups = _shared(part, slice_rows, spool)
    for group in range(groups):
        yield _made([(part.source, _with(file, rows)) for file, each in shared if (rows := each.of(group))])
    rest = [(part.source, _with(file, rows)) for file, each in shared if (rows := each.rest())]
    if rest:
        yield _made(rest)


def _shared(part: _Part, slice_rows: int, spool: Spool) -> tuple[list[tuple[OpenFile, Shared]], int]:
    """The tables whose rows belong together, and into how many groups; the keys are let go of here."""
    found = [
        (file, table, cut) for file in part.files for table, cut in part.tables(file) if cut.together and not cut.whole
    ]
    shares = Shares(keys=max(1, slice_rows // _ROWS_A_KEY))
    shared = []
    for file, table, cut in sorted(found, key=lambda each: not each[2].first):
        keyed = Keyed(table, cut.together)
        shared.append((file, Shared(keyed, shares.groups_of(keyed), spool)))
    return shared, shares.count


def _rows(parts: Sequence[_Part], slice_rows: int) -> Iterator[tuple[Source, RawFile]]:
    """Everything else in pieces of at most a slice; files that are mapped as one come whole."""
    for part in parts:
        for file in part.files:
            cuts = part.tables(file)
            if any(cut.whole for _, cut in cuts):
                if not any(cut.register for _, cut in cuts):
                    yield part.source, replace(file.head, tables=tuple(all_rows(table) for table, _ in cuts))
                continue
            for table in _left(cuts):
                yield from _in_pieces(part.source, file, table, slice_rows)


def _left(cuts: Sequence[tuple[OpenTable, Cut]]) -> list[OpenTable]:
    """The tables that no other step takes. One that the source cannot use is told, unless it stands beside others."""
    used = any(not cut.unused for _, cut in cuts)
    return [table for table, cut in cuts if not (cut.register or cut.together) and not (cut.unused and used)]


_Pieces = list[tuple[Source, RawFile]]


def _packed(pieces: Iterator[tuple[Source, RawFile]], slice_rows: int) -> Iterator[_Pieces]:
    """Pieces put together until they are about so many rows."""
    held: _Pieces = []
    count = 0
    for source, file in pieces:
        rows = sum(table.rows.num_rows for table in file.tables)
        if held and count + rows > slice_rows:
            yield held
            held, count = [], 0
        held.append((source, file))
        count += rows
    if held:
        yield held


def _with(file: OpenFile, table: RawTable) -> RawFile:
    return replace(file.head, tables=(table,))


def _made(pieces: _Pieces) -> Slice:
    by_source: dict[str, tuple[Source, list[RawFile]]] = {}
    for source, file in pieces:
        by_source.setdefault(source.name, (source, []))[1].append(file)
    arrivals = [Arrival(each.name, table) for each, table in mapped(list(by_source.values()))]
    return Slice(arrivals, tuple(file.without_rows() for _, file in pieces))
