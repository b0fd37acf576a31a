"""European invoices (EN 16931: UBL 2.1 Invoice and CreditNote, CII) → raw tables. Called by `loaders.readers.files`.

    en16931        one row; columns are the business terms (`BT-1` …), all of them, null where absent
    en16931_lines  a row a line: `BT-1`, `parent_line`, `depth`, then the line's terms
    en16931_vat    a row a VAT category: `BT-1`, then `BT-116` … `BT-121`

Nested sub-lines are rows of their own behind their parent (`depth` 2 and more): a sum over lines takes depth 1 only,
because a parent's amount includes its sub-lines'. Values of a term that repeats stand one a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.readers.cii_paths import CII_HEADER, CII_LINE, CII_LINES, CII_PARENT_LINE, CII_VAT, CII_VAT_TERMS
from loaders.readers.limits import DEFAULT_LIMITS
from loaders.readers.markup import read_document
from loaders.readers.paths import elements_at, values_at
from loaders.readers.tables import RawTable, RowCollector
from loaders.readers.terms import HEADER_TERMS, LINE_TERMS, VAT_TERMS, Term, write_value
from loaders.readers.ubl_paths import (
    UBL_HEADER,
    UBL_LINE,
    UBL_LINES,
    UBL_SUB_LINES,
    UBL_VAT,
    UBL_VAT_TERMS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from loaders.readers.limits import ReadLimits
    from loaders.readers.markup import Element

NUMBER = "BT-1"
PARENT_LINE = "parent_line"
DEPTH = "depth"


@dataclass(frozen=True, slots=True)
class _Line:
    element: Element
    parent: str | None
    depth: int


def read_ubl(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, ...]:
    """A UBL Invoice or CreditNote.

    Raises:
        DataError: `data.xml.*`, `data.file.*`.
    """
    root = read_document(path, limits=limits)
    header = _header(root, UBL_HEADER)
    subtotals = elements_at(root, UBL_VAT)
    collect = _Collect(file=path.name, limits=limits, number=header[NUMBER])
    return (
        collect.header(header),
        collect.lines(_ubl_lines(root), UBL_LINE),
        collect.vat(subtotals, UBL_VAT_TERMS),
    )


def read_cii(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, ...]:
    """A Cross Industry Invoice.

    Raises:
        DataError: `data.xml.*`, `data.file.*`.
    """
    root = read_document(path, limits=limits)
    header = _header(root, CII_HEADER)
    collect = _Collect(file=path.name, limits=limits, number=header[NUMBER])
    return (
        collect.header(header),
        collect.lines(_cii_lines(root), CII_LINE),
        collect.vat(elements_at(root, CII_VAT), CII_VAT_TERMS),
    )


def _terms(element: Element, paths: Mapping[str, str], terms: Mapping[str, Term]) -> dict[str, str | None]:
    """Every term's value below the element, in the order of `terms`; earlier ones are known to later paths."""
    result: dict[str, str | None] = {}
    known: dict[str, str] = {}
    for name, term in terms.items():
        result[name] = write_value(term, values_at(element, paths[name], known))
        # A term that is absent must not match attributes that are absent.
        known[name] = result[name] or "\0"
    return result


def _header(root: Element, paths: Mapping[str, str]) -> dict[str, str | None]:
    """The document's terms; a trading name is one *other than* the name (EN 16931-1, BT-28 and BT-45)."""
    values = _terms(root, paths, HEADER_TERMS)
    for name, trading_name in (("BT-27", "BT-28"), ("BT-44", "BT-45")):
        if values[trading_name] == values[name]:
            values[trading_name] = None
    return values


@dataclass(frozen=True, slots=True)
class _Collect:
    file: str
    limits: ReadLimits
    number: str | None

    def header(self, values: Mapping[str, str | None]) -> RawTable:
        collector = RowCollector("en16931", file=self.file, limits=self.limits, columns=HEADER_TERMS)
        collector.add(1, values)
        return collector.finish()

    def lines(self, lines: Iterator[_Line], paths: Mapping[str, str]) -> RawTable:
        columns = (NUMBER, PARENT_LINE, DEPTH, *LINE_TERMS)
        collector = RowCollector("en16931_lines", file=self.file, limits=self.limits, columns=columns)
        for place, line in enumerate(lines, start=1):
            own = {NUMBER: self.number, PARENT_LINE: line.parent, DEPTH: str(line.depth)}
            collector.add(place, {**own, **_terms(line.element, paths, LINE_TERMS)})
        return collector.finish()

    def vat(self, categories: list[Element], paths: Mapping[str, str]) -> RawTable:
        collector = RowCollector("en16931_vat", file=self.file, limits=self.limits, columns=(NUMBER, *VAT_TERMS))
        for place, category in enumerate(categories, start=1):
            collector.add(place, {NUMBER: self.number, **_terms(category, paths, VAT_TERMS)})
        return collector.finish()


def _ubl_lines(root: Element) -> Iterator[_Line]:
    """Lines and, behind each, its nested ones."""
    pending = [_Line(element, None, 1) for element in reversed(root.children) if element.name in UBL_LINES]
    while pending:
        line = pending.pop()
        yield line
        own = write_value(LINE_TERMS["BT-126"], values_at(line.element, UBL_LINE["BT-126"], {}))
        below = [child for child in line.element.children if child.name in UBL_SUB_LINES]
        pending.extend(_Line(child, own, line.depth + 1) for child in reversed(below))


def _cii_lines(root: Element) -> Iterator[_Line]:
    """Lines in document order; a line names its parent, which stands before it."""
    depths: dict[str, int] = {}
    for element in elements_at(root, CII_LINES):
        own = next(iter(values_at(element, CII_LINE["BT-126"], {})), "")
        parent = next(iter(values_at(element, CII_PARENT_LINE, {})), "") or None
        depth = 1 if parent is None else depths.get(parent, 1) + 1
        depths.setdefault(own, depth)
        yield _Line(element, parent, depth)
