"""The source `canonical`: files or sheets named after a record, columns named as in the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graph.errors import DataError
from loaders.contracts.records import RECORDS, find_record, record_named
from loaders.readers.tables import RawFile, RawTable
from loaders.sources.base import CanonicalTable, Cut, refuse_twins, together_by, with_place

# `invoices-2026-03.csv` and `invoices_part2.csv` are invoices too.
_TAIL = re.compile(r"[-_. ](part)?[-_ ]?\d[\d\-_]*$")


class CanonicalSource:
    """Maps a table by its name alone."""

    name = "canonical"
    version = 1
    rank = 0

    def matches(self, file: RawFile) -> bool:
        """True if every table of the file is named after a record."""
        return bool(file.tables) and all(record_of(table, file) for table in file.tables)

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """One canonical table for each table; DataError `data.source.table` if one has no known name."""
        return [self._mapped(table, file) for file in files for table in file.tables]

    def cut(self, file: RawFile, table: RawTable) -> Cut:
        """Row by row, as far as the record allows; sheets of one workbook are named together."""
        if len(file.tables) > 1:
            found = (record_named(name).register for each in file.tables if (name := record_of(each, file)))
            return Cut(whole=True, register=next((each for each in found if each), None))
        name = record_of(table, file)
        if name is None:
            return Cut()
        record = record_named(name)
        together = together_by(record.together, record.places(table.columns))
        return Cut(together=together, first=record.leads, register=record.register)

    def _mapped(self, table: RawTable, file: RawFile) -> CanonicalTable:
        record = record_of(table, file)
        if record is None:
            raise DataError(
                f"{table.file} is not named after a canonical table.",
                code="data.source.table",
                next_step=f"Name the file or sheet after one of: {', '.join(r.name for r in RECORDS)}.",
                file=table.file,
            )
        declared = {name for column in record_named(record).all_columns() for name in (column.name, *column.aliases)}
        refuse_twins(table, lambda raw: name if (name := raw.strip().lower()) in declared else None)
        return CanonicalTable(record, with_place(table.rows, table.file), name=table.name)


def record_of(table: RawTable, file: RawFile) -> str | None:
    """The record that a table is named after, by its own name or, if it is the file's only one, the file's."""
    names = [table.name]
    if len(file.tables) == 1:
        names.append(file.path.name.partition(".")[0])
    for name in names:
        record = find_record(name) or find_record(_TAIL.sub("", name))
        if record is not None:
            return record.name
    return None
