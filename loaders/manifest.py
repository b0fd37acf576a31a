"""The manifest that may come with files: which there are, and their control totals. Called by `loaders.run`.

`manifest.json` beside or above the files:

    {"files": {"invoices/2026-03.csv": {"rows": 1000, "sha256": "…", "sums": {"金额": "1234.50"}}, "notes.csv": {}}}

Names are paths from the manifest's folder. Every total may be missing; `files` may also be a list of names. `rows` and
`sums` go over all tables of a file; `tables` gives them for one sheet by its name. Sums are exact decimals over the
cells of a column of the file that hold a number. A `manifest.json` without `files` is somebody else's, and passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, localcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DataError
from loaders.contracts.columns import Form
from loaders.readers.tables import RawFile, RawTable, header_name
from loaders.readers.values import parse_decimal

MANIFEST: Final = "manifest.json"
_TOTALS: Final = frozenset({"rows", "sha256", "sums", "tables", "bytes"})
_LEVELS_ABOVE: Final = 3
_DIGITS: Final = 200  # sums are exact: no account book is longer
# Digits before and after the point of a sum that Arrow keeps exactly; longer cells are added one by one.
_HALF: Final = 32
_LOWER: Final = (1 << _HALF) - 1
_EXACT: Final = pa.decimal256(60, 12)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a manifest says of a file, or of one of its tables. None: nothing."""

    rows: int | None = None
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    sha256: str | None = None
    bytes: int | None = None
    tables: Mapping[str, Totals] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest: its folder, and totals by the path of a file from there."""

    folder: Path
    files: Mapping[str, Totals]

    def name_of(self, path: Path) -> str | None:
        """The path of a file from the manifest's folder; None if it lies elsewhere."""
        place, folder = path.resolve(), self.folder.resolve()
        return place.relative_to(folder).as_posix() if place.is_relative_to(folder) else None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a manifest expected, and what was found."""

    file: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} {self.found} instead of {self.expected}"


@dataclass(frozen=True, slots=True)
class Countable:
    """A file and, for each of its tables, how to count the rows and sum these columns."""

    head: RawFile
    counted: tuple[Callable[[frozenset[str]], Totals], ...]

    @classmethod
    def of(cls, file: RawFile) -> Countable:
        """A file that was read whole."""
        return cls(file, tuple(partial(counted, (table,)) for table in file.tables))


def counted(pieces: Iterable[RawTable], wanted: frozenset[str]) -> Totals:
    """Rows of a table, refused ones too, and the sums of those of the columns that it has."""
    tally = Tally(lambda: iter(pieces), wanted)
    return tally.totals(wanted)


class Tally:
    """Counts a table while its rows pass by, so that no row is read for its manifest alone.

    Args:
        pieces: reads the table, each time anew.
        wanted: columns to sum.
    """

    def __init__(self, pieces: Callable[[], Iterator[RawTable]], wanted: frozenset[str]) -> None:
        self._pieces = pieces
        self._wanted = wanted
        self._rows = 0
        self._sums: dict[str, Decimal] = {}
        self._complete = False

    def pieces(self) -> Iterator[RawTable]:
        """The table's pieces, counted; a second reading counts anew."""
        self._rows, self._sums, self._complete = 0, {}, False
        for piece in self._pieces():
            self._add(piece)
            yield piece
        self._complete = True

    def _add(self, piece: RawTable) -> None:
        self._rows += piece.rows.num_rows + len(piece.bad)
        with localcontext() as exact:
            exact.prec = _DIGITS
            for column in self._wanted & set(piece.columns):
                self._sums[column] = self._sums.get(column, Decimal(0)) + sum_of(piece.rows.column(column))

    def totals(self, _wanted: frozenset[str]) -> Totals:
        """What passed by; a table that nobody read to its end is read for this."""
        if not self._complete:
            for _ in self.pieces():
                pass
        return Totals(rows=self._rows, sums=self._sums)


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests that speak of the files of a load. `paths`: what was asked to be loaded."""

    read: tuple[Manifest, ...]
    paths: tuple[Path, ...]

    def rows_of(self, found: Sequence[Path]) -> int | None:
        """Rows of these files together, if the manifests tell them all."""
        told: dict[Path, int] = {}
        for manifest in self.read:
            for path in found:
                rows = manifest.files.get(manifest.name_of(path) or "", Totals()).rows
                if rows is not None:
                    told[path] = rows
        return sum(told.values()) if told and set(told) == set(found) else None

    def columns_of(self, path: Path) -> frozenset[str]:
        """Columns of this file whose sums the manifests tell."""
        told = [manifest.files.get(manifest.name_of(path) or "", Totals()) for manifest in self.read]
        return frozenset(column for totals in told for column in _summed(totals))

    def check(self, files: Sequence[Countable], *, counts: bool = True) -> None:
        """Compare every file with the manifests that speak of it.

        Without `counts` rows and sums come later, unless something else is wrong: all differences are told together.

        Raises:
            DataError: `data.manifest.totals` with every difference, files that are not listed and files that are
                missing.
        """
        with localcontext() as exact:
            exact.prec = _DIGITS
            found = [each for manifest in self.read for each in _differences(manifest, files, self.paths, counts)]
        if not found:
            return
        if not counts:
            self.check(files)
        raise DataError(
            f"The files are not those of their manifest; nothing was written. {'; '.join(map(str, found))}.",
            code="data.manifest.totals",
            next_step="Fetch the files again, or have their sender correct the manifest.",
            differences=[
                {"file": each.file, "what": each.what, "expected": each.expected, "found": each.found} for each in found
            ],
        )


def manifests_of(paths: Sequence[Path], found: Sequence[Path]) -> Manifests:
    """The manifests that speak of any of these files: in the folders given, beside a file, or a few levels above.

    Args:
        paths: what was asked to be loaded.
        found: the files in it.

    Raises:
        DataError: `data.manifest.form` if one cannot be read.
    """
    places: dict[Path, None] = {}
    for path in paths:
        folder = path if path.is_dir() else path.parent
        inside = sorted(folder.rglob(MANIFEST)) if path.is_dir() else []
        above = [each / MANIFEST for each in (folder, *list(folder.resolve().parents)[:_LEVELS_ABOVE])]
        places |= dict.fromkeys(each.resolve() for each in (*inside, *above) if each.is_file())
    read = [manifest for place in places if (manifest := read_manifest(place)) is not None]
    folders = [path.resolve() for path in paths]
    return Manifests(tuple(each for each in read if _speaks_of(each, folders, found)), tuple(paths))


def _speaks_of(manifest: Manifest, given: Sequence[Path], found: Sequence[Path]) -> bool:
    """One in a folder that is loaded, or beside a file, always does; one above only if it names a file."""
    place = manifest.folder.resolve()
    if any(place == each or place.is_relative_to(each) or place == each.parent for each in given):
        return True
    return any(manifest.name_of(path) in manifest.files for path in found)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest; None if this file is another kind of manifest.

    Raises:
        DataError: `data.manifest.form` with every fault.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise _malformed(path, ["it is no JSON"]) from None
    if not isinstance(said, dict) or "files" not in said:
        return None
    listed = said["files"]
    if isinstance(listed, list):
        listed = {each.get("name") if isinstance(each, dict) else each: each for each in listed}
        listed = {name: each if isinstance(each, dict) else {} for name, each in listed.items()}
    faults: list[str] = []
    files = {}
    for name, totals in listed.items() if isinstance(listed, dict) else ():
        if not isinstance(name, str) or not name:
            faults.append("a file has no name")
        else:
            files[Path(name).as_posix()] = _totals(totals, name, faults)
    if not isinstance(listed, dict):
        faults.append("`files` is neither an object nor a list")
    if faults:
        raise _malformed(path, faults)
    return Manifest(path.parent, files)


def _totals(said: Any, name: str, faults: list[str]) -> Totals:
    if not isinstance(said, dict):
        faults.append(f"{name}: its totals are no object")
        return Totals()
    faults.extend(f"{name}: there is no total {each!r}" for each in sorted(set(said) - _TOTALS - {"name"}))
    sums, tables = said.get("sums", {}), said.get("tables", {})
    if not isinstance(sums, dict) or not isinstance(tables, dict):
        faults.append(f"{name}: `sums` and `tables` are objects")
        return Totals()
    faults.extend(
        f"{name}: {total} is no whole number" for total in ("rows", "bytes") if type(said.get(total, 0)) is not int
    )
    exact = {column: _decimal(text) for column, text in sums.items()}
    faults.extend(f"{name}: the sum of {column} is no decimal text" for column, sum_ in exact.items() if sum_ is None)
    digest = said.get("sha256")
    return Totals(
        rows=said.get("rows"),
        sums={header_name(column): sum_ for column, sum_ in exact.items() if sum_ is not None},
        sha256=digest.lower() if isinstance(digest, str) else None,
        bytes=said.get("bytes"),
        tables={header_name(table): _totals(each, f"{name}, {table}", faults) for table, each in tables.items()},
    )


def _decimal(text: Any) -> Decimal | None:
    """Text, or a whole number; a JSON number with a point has passed through binary and is not exact."""
    if not isinstance(text, str | int) or isinstance(text, bool):
        return None
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    return exact if exact.is_finite() else None


def _malformed(path: Path, faults: Sequence[str]) -> DataError:
    return DataError(
        f"{path.name} is no manifest of files: {'; '.join(faults)}.",
        code="data.manifest.form",
        next_step="Correct it as docs/loading.md says, or take it away.",
        file=path.name,
    )


# --- the check


def _differences(
    manifest: Manifest, files: Sequence[Countable], paths: Sequence[Path], counts: bool
) -> Iterator[Difference]:
    own = {name: file for file in files if (name := manifest.name_of(file.head.path)) is not None}
    for name, file in own.items():
        if name not in manifest.files:
            yield Difference(name, "the file", "no such file", "there")
        else:
            yield from _of_file(name, manifest.files[name], file, counts)
    folders = [path.resolve() for path in paths if path.is_dir() or path.name == MANIFEST]
    for name in manifest.files:
        place = manifest.folder / name  # what is there and not read is of no source: notes, truth
        if name not in own and not place.is_file() and _is_wanted(place, folders):
            yield Difference(name, "the file", "there", "missing")


def _is_wanted(place: Path, folders: Sequence[Path]) -> bool:
    """Whether a listed file should have been among what is loaded: its folder is, or its manifest was named."""
    path = place.resolve()
    return any(path.is_relative_to(each.parent if each.name == MANIFEST else each) for each in folders)


def _summed(expected: Totals) -> set[str]:
    return {*expected.sums, *(column for table in expected.tables.values() for column in table.sums)}


def _of_file(name: str, expected: Totals, file: Countable, counts: bool) -> Iterator[Difference]:
    if expected.sha256 is not None and expected.sha256 != file.head.sha256:
        yield Difference(name, "sha256", expected.sha256, file.head.sha256)
    if expected.bytes is not None and expected.bytes != file.head.bytes:
        yield Difference(name, "bytes", str(expected.bytes), str(file.head.bytes))
    if not counts or (expected.rows is None and not expected.sums and not expected.tables):
        return
    wanted = frozenset(_summed(expected))
    found = {
        header_name(table.name): count(wanted) for table, count in zip(file.head.tables, file.counted, strict=True)
    }
    yield from _compared(name, expected, found.values())
    for table, totals in expected.tables.items():
        if table in found:
            yield from _compared(f"{name}, {table}", totals, [found[table]])
        else:
            yield Difference(f"{name}, {table}", "the table", "there", "missing")


def _compared(name: str, expected: Totals, found: Iterable[Totals]) -> Iterator[Difference]:
    counted = list(found)
    rows = sum(each.rows or 0 for each in counted)
    if expected.rows is not None and expected.rows != rows:
        yield Difference(name, "rows", str(expected.rows), str(rows))
    for column, wanted in expected.sums.items():
        sums = [each.sums[column] for each in counted if column in each.sums]
        if not sums:
            yield Difference(name, f"the column {column}", "there", "missing")
        elif (total := sum(sums, Decimal(0))) != wanted:
            yield Difference(name, f"sum of {column}", plain(wanted), plain(total))


def sum_of(column: Any) -> Decimal:
    """The exact sum of a text column's cells that hold a number, in any usual writing."""
    from loaders.staging.quick import parse  # noqa: PLC0415 - compiled kernels, which only a load needs

    usual = parse("sum", _chunks(column), Form.MONEY)
    if usual is not None:  # hundredths; in halves, because ten million amounts may leave 64 bits
        values = pc.fill_null(usual["sum"], 0).to_numpy()
        return Decimal((int((values >> _HALF).sum()) << _HALF) + int((values & _LOWER).sum())).scaleb(-2)
    try:
        total: Any = pc.sum(column.cast(pa.string()).cast(_EXACT)).as_py()
    except pa.ArrowInvalid:  # thousands separators, blanks, words, or more digits than fit
        texts = parse_decimal(column).text
        return sum((Decimal(str(text)) for text in texts.drop_null().to_pylist()), Decimal(0))
    return Decimal(0) if total is None else Decimal(str(total))


def _chunks(column: Any) -> Any:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def plain(number: Decimal) -> str:
    """`-1234.5`: without exponent and useless zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
