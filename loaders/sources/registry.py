"""Every source mapping by its name on the command line; `auto` asks each whether a file is its own."""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import DataError
from loaders.readers.tables import RawFile
from loaders.sources import (
    einvoice,
    en16931,
    event_log,
    invoice_workbook,
    organisation,
    registrations,
    shareholdings,
    tasks,
    tax_records,
)
from loaders.sources.base import CanonicalTable, Source
from loaders.sources.canonical import CanonicalSource

AUTO = "auto"
# Asked in this order; the canonical source, which goes by file names alone, comes last.
SOURCES: tuple[Source, ...] = (
    invoice_workbook.SOURCE,
    registrations.SOURCE,
    organisation.SOURCE,
    tasks.SOURCE,
    shareholdings.SOURCE,
    tax_records.SOURCE,
    einvoice.SOURCE,
    en16931.SOURCE,
    event_log.SOURCE,
    CanonicalSource(),
)


def source_names() -> tuple[str, ...]:
    """What may be written for SOURCE."""
    return (AUTO, *(source.name for source in SOURCES))


def assign(name: str, files: Sequence[RawFile]) -> list[tuple[Source, list[RawFile]]]:
    """Which source maps which files: all of them for a named one, each by itself for `auto`.

    Raises:
        DataError: `data.source.unknown` for a name that is none, or a file that `auto` does not recognise.
    """
    if name != AUTO:
        return [(source_named(name), list(files))]
    groups: dict[str, tuple[Source, list[RawFile]]] = {}
    strangers = []
    for file in files:
        source = next((each for each in SOURCES if each.matches(file)), None)
        if source is None:
            strangers.append(file.path.name)
        else:
            groups.setdefault(source.name, (source, []))[1].append(file)
    if strangers:
        raise DataError(
            f"No source recognises: {', '.join(strangers)}.",
            code="data.source.unknown",
            next_step=f"Name the source: {', '.join(source_names()[1:])}.",
            files=len(strangers),
        )
    return list(groups.values())


def source_named(name: str) -> Source:
    """The source of this name; DataError `data.source.unknown` with the known names."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise DataError(
        f"There is no source {name!r}.",
        code="data.source.unknown",
        next_step=f"Use one of: {', '.join(source_names())}.",
    )


def mapped(assigned: Sequence[tuple[Source, list[RawFile]]]) -> list[tuple[Source, CanonicalTable]]:
    """Canonical tables of every source, in order."""
    return [(source, table) for source, files in assigned for table in source.tables(files)]
