"""The files that are mutated: every public sample, and small exports in each source's form. Called by `__main__`."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.contracts.columns import Column, Form, Record
from loaders.contracts.records import RECORDS
from loaders.synthetic.generate import generate
from tests.support.fuzzing.packages import without_clock
from tests.support.fuzzing.plain import DOCUMENTS
from tests.support.fuzzing.tables import decoded
from tests.support.samples import SAMPLES

_ROWS = 8
_TRACES = 12
_SOURCES = {
    "einvoice-china": "einvoice",
    "einvoice-en16931": "en16931",
    "einvoice-xrechnung": "en16931",
    "event-log": "event-log",
    "registrations": "registrations",
    "registration_changes": "registrations",
    "organisation": "organisation",
    "tasks": "tasks",
    "shareholdings.csv": "shareholdings",
    "invoices": "invoice-workbook",
    "invoice_lines": "invoice-workbook",
    "neighbours": "canonical",
}
_VALUES = {
    Form.MONEY: "12.50",
    Form.DECIMAL: "1.5",
    Form.RATE: "0.13",
    Form.INTEGER: "2",
    Form.BOOLEAN: "否",
    Form.DATE: "2026-03-01",
    Form.MONTH: "2026-03",
    Form.TIME: "2026-03-01 10:00:00",
    Form.INSTANT: "2026-03-01T10:00:00+08:00",
}
_PRIVATE = re.compile(r"(?=.*[\u4e00-\u9fff]).{4,}|[\w .&-]{12,}")


@dataclass(frozen=True, slots=True)
class Seed:
    """A file that loads as it is: its name, the source that it is of, its bytes."""

    name: str
    source: str
    content: bytes

    def private_values(self) -> frozenset[str]:
        """Contents that no error and no log may repeat: names, numbers, addresses; without the names of columns."""
        if self.name.endswith(".csv") and (found := decoded(self.content)) is not None:
            rows = list(csv.reader(io.StringIO(found[0], newline="")))
            cells = {cell for row in rows[1:] for cell in row} - set(rows[0])
        else:
            cells = set(re.findall(r">([^<>]+)<", self.content.decode(errors="ignore")))
        return frozenset(text for cell in cells if _PRIVATE.fullmatch(text := cell.strip()))


def all_seeds() -> tuple[Seed, ...]:
    """All seeds in order of name; the same in every run."""
    found = [*_samples(), *_exports(), *_canonical(), *DOCUMENTS_AS_SEEDS]
    return tuple(sorted(found, key=lambda seed: (seed.name, seed.source, seed.content)))


def _samples() -> Iterator[Seed]:
    """Every public sample; the long log by its first traces."""
    for path in sorted(SAMPLES.glob("*/**/*.*")):
        source = _SOURCES.get(path.relative_to(SAMPLES).parts[0], "auto")
        name, content = path.name.replace(".XML", ".xml"), path.read_bytes()
        yield Seed(name, source, _first_traces(content) if name.endswith(".xes.gz") else content)


def _first_traces(packed: bytes) -> bytes:
    text = gzip.decompress(packed).decode()
    head, *traces = text.split("<trace>")
    kept = "".join(f"<trace>{trace}" for trace in traces[:_TRACES])
    return gzip.compress(f"{head}{kept.rpartition('</trace>')[0]}</trace></log>".encode(), mtime=0)


def _exports() -> Iterator[Seed]:
    """The first rows of every table that the generator writes, and its invoices as workbook and Parquet too."""
    with TemporaryDirectory() as folder:
        generate(Path(folder), taxpayers=60, invoices=200, days=90, seed=1, format="csv")
        tables = sorted(path for path in Path(folder).rglob("*.csv") if "truth" not in path.parts)
        seeds = {path.relative_to(folder).as_posix(): _first_rows(path) for path in tables}
    for place, content in seeds.items():
        folder_name, _, name = place.rpartition("/")
        yield Seed(name, _SOURCES.get(folder_name or name, "tax-records"), content)
    invoices = {place: seeds[place] for place in seeds if place.startswith("invoice")}
    yield Seed("全量发票查询.xlsx", "invoice-workbook", _workbook(invoices))
    for place, content in invoices.items():
        yield Seed(f"{place.rpartition('/')[2].partition('.')[0]}.parquet", "invoice-workbook", _parquet(content))


def _first_rows(path: Path) -> bytes:
    found = decoded(path.read_bytes())
    if found is None:
        raise ValueError(path.name)
    return "".join(found[0].splitlines(keepends=True)[: _ROWS + 1]).encode(found[1])


def _rows_of(content: bytes) -> list[list[str]]:
    found = decoded(content)
    return [] if found is None else list(csv.reader(io.StringIO(found[0], newline="")))


def _workbook(tables: dict[str, bytes]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for place, content in tables.items():
        sheet = book.create_sheet(place.partition("/")[0])
        for row in _rows_of(content):
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return without_clock(stream.getvalue())


def _parquet(content: bytes) -> bytes:
    header, *rows = _rows_of(content)
    stream = io.BytesIO()
    pq.write_table(
        pa.table([pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)], header), stream
    )
    return stream.getvalue()


def _canonical() -> Iterator[Seed]:
    """A table of two rows for every canonical record, with a plain value in every column."""
    for record in RECORDS:
        rows = [plain_row(record, number) for number in range(2)]
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="\n").writerows([list(rows[0]), *(row.values() for row in rows)])
        yield Seed(f"{record.name}.csv", "canonical", stream.getvalue().encode())


def plain_row(record: Record, number: int = 0) -> dict[str, str]:
    """A row of a record with a plain value in every column."""
    return {column.name: _value(column, number) for column in record.all_columns()}


def _value(column: Column, number: int) -> str:
    if column.order:
        return column.order[0]
    return _VALUES.get(column.form, f"{column.name} {number} 某某")


DOCUMENTS_AS_SEEDS = tuple(Seed(name, source, text.encode()) for name, source, text in DOCUMENTS)
