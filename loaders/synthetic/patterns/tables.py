"""Tables that follow from what the patterns planted: exports of other authorities, and the truth. Called by `generate`.

The exports are canonical tables (columns as in the vocabulary), because no bureau's form of them is mapped yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loaders.synthetic.holdings import Shares
from loaders.synthetic.invoices import numbers_of
from loaders.synthetic.patterns.book import NONE, Book, Truth
from loaders.synthetic.patterns.cases import PLANTED
from loaders.synthetic.patterns.goods import bill_rows
from loaders.synthetic.places import counties
from loaders.synthetic.returns import GivenBack, Orders, Quotas
from loaders.synthetic.text import cents_text, day_text, join, padded, pick, text_table, time_text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loaders.synthetic.documents import Documents
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers, Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """The country's documents as the book's rows refer to them: `place` leads from a sale to its document."""

    book: Book
    population: Population
    documents: Documents
    place: Integers

    def references(self, sales: Integers) -> dict[str, Text]:
        """Columns that name the invoices of these sales; `NONE` names no invoice."""
        places = np.where(sales < 0, NONE, self.place[sales])
        numbers = numbers_of(self.documents, self.population, places)
        return {"invoice_code": numbers.code, "invoice_number": numbers.number, "digital_number": numbers.digital}

    def firms(self, places: Integers) -> Text:
        """Tax numbers."""
        return pick(self.population.number, places)


def evidence_of(book: Book, population: Population, documents: Documents, *, first: int) -> Evidence:
    """Evidence for the book whose sales lie in the trade from place `first` on."""
    order = np.argsort(documents.origin, kind="stable")
    reds = int((documents.origin < 0).sum())
    return Evidence(book, population, documents, order[reds + first : reds + first + book.sold])


def _column(book: Book, table: str, name: str) -> Integers:
    rows = book.records.get(table, [])
    columns = [np.atleast_1d(dict(zip(row, np.broadcast_arrays(*row.values()), strict=True))[name]) for row in rows]
    return np.concatenate([np.zeros(0, np.int64), *columns]).astype(np.int64)


def _words(book: Book, table: str, name: str) -> Text:
    return pa.array([word for row in book.records.get(table, []) for word in row[name]], pa.string())


def shares_of(book: Book) -> Shares:
    """Planted shares of firms in firms."""
    return Shares(*(_column(book, "shares", name) for name in ("holder", "firm", "percent")))


def given_back_of(book: Book) -> GivenBack:
    """Planted transfers out."""
    firm, cents, month, day = (_column(book, "transfers_out", name) for name in ("firm", "cents", "month", "day"))
    return GivenBack(firm=firm, cents=cents, month=month, day=day, reason=_words(book, "transfers_out", "reason"))


def orders_of(book: Book, *, first: int) -> Orders:
    """How the credits of planted sales are claimed."""
    return Orders(first, book.column("claimed"), book.column("use"), book.column("kept"))


def quotas_of(book: Book) -> Quotas:
    """Quotas of reserved firms."""
    return Quotas(book.firms.quota, book.firms.quota_count, book.firms.face_cap)


def record_tables(evidence: Evidence) -> dict[str, pa.Table]:
    """Canonical tables by file name; empty ones are left out."""
    tables = {
        "flagged_abnormal": _flags(evidence),
        "customs_declarations": _about(evidence, "customs_declarations", "BG", "declared_on", direction="export"),
        "rebate_claims": _about(evidence, "rebate_claims", "TS", "claimed_on"),
        "fund_transfers": _transfers(evidence),
        "bills_of_materials": _bills(),
    }
    return {name: table for name, table in tables.items() if table.num_rows}


def grade_table(evidence: Evidence) -> pa.Table:
    """The export of credit grades, the latest before the span: of the firms for which a pattern asks it."""
    book, name = evidence.book, "credit_grades"
    firm = _column(book, name, "firm")
    same = np.zeros(len(firm), np.int64)
    year = book.plan.start.year
    return text_table(
        {
            "纳税人识别号": evidence.firms(firm),
            "评价年度": whole(same + year - 2),
            "纳税信用等级": _words(book, name, "grade"),
            "评定日期": pick([f"{year - 1}-04-30"], same),
        }
    )


def _flags(evidence: Evidence) -> pa.Table:
    book, name = evidence.book, "flagged_abnormal"
    bureaus = [place.bureau for place in counties()]
    return text_table(
        {
            "bureau": pick(bureaus, _column(book, name, "county")),
            **evidence.references(_column(book, name, "sale")),
            "seed_class": _words(book, name, "seed_class"),
            "round": whole(np.zeros(len(_column(book, name, "sale")), np.int64)),
            "valid_from": day_text(_column(book, name, "day")),
        }
    )


def _about(evidence: Evidence, name: str, prefix: str, day: str, **words: str) -> pa.Table:
    """A document about one firm that refers to one invoice."""
    firm = _column(evidence.book, name, "firm")
    return text_table(
        {
            "id": join(prefix, padded(np.arange(len(firm)) + 1, 10)),
            "taxpayer": evidence.firms(firm),
            **{column: pick([word], np.zeros(len(firm), np.int64)) for column, word in words.items()},
            "amount": cents_text(_column(evidence.book, name, "cents")),
            day: day_text(_column(evidence.book, name, "day")),
            **evidence.references(_column(evidence.book, name, "sale")),
        }
    )


def _transfers(evidence: Evidence) -> pa.Table:
    book, name = evidence.book, "fund_transfers"
    payer = _column(book, name, "payer")
    return text_table(
        {
            "id": join("HZ", padded(np.arange(len(payer)) + 1, 10)),
            "payer": evidence.firms(payer),
            "payee": evidence.firms(_column(book, name, "payee")),
            "amount": cents_text(_column(book, name, "cents")),
            "transferred_at": time_text(_column(book, name, "at")),
            **evidence.references(_column(book, name, "sale")),
        }
    )


def _bills() -> pa.Table:
    columns = zip(*bill_rows(), strict=True)
    return pa.table(
        dict(zip(("industry", "product", "inputs"), (pa.array(list(each)) for each in columns), strict=True))
    )


def truth_tables(evidence: Evidence) -> Iterator[tuple[str, pa.Table]]:
    """Name of each pattern and the rows of its truth, planted cases first."""
    invoices = _invoices_by_case(evidence)
    for truth in evidence.book.truths:
        yield truth.cases.pattern.name, _truth_table(evidence, truth, invoices)


def _invoices_by_case(evidence: Evidence) -> dict[int, list[str]]:
    book = evidence.book
    sale = np.flatnonzero(book.column("evidence") == 1)
    case = book.column("case")[sale]
    numbers = numbers_of(evidence.documents, evidence.population, evidence.place[sale]).shown().to_pylist()
    found: dict[int, list[str]] = {}
    for number, key in zip(numbers, case.tolist(), strict=True):
        found.setdefault(key, []).append(str(number))
    return found


def _truth_table(evidence: Evidence, truth: Truth, invoices: dict[int, list[str]]) -> pa.Table:
    cases = truth.cases
    planted = cases.broken == PLANTED
    members = _members(evidence, truth)
    anchors = [row[0] for row in members] if truth.ring else evidence.firms(truth.anchor)
    order = np.where(planted, np.cumsum(planted), np.cumsum(~planted))
    return pa.table(
        {
            "case": join(pick(["N", "P"], planted.astype(np.int64)), padded(order, 5)),
            "kind": pick(["near", "planted"], planted.astype(np.int64)),
            "anchor": anchors,
            "members": pa.array([";".join(row) for row in members], pa.string()),
            "invoices": pa.array([";".join(invoices.get(key, ())) for key in cases.number.tolist()], pa.string()),
            "broken": pick(list(cases.pattern.preconditions), cases.broken),
            **{name: _told(evidence, values) for name, values in truth.more.items()},
        }
    )


def _told(evidence: Evidence, values: Any) -> Text:
    return evidence.firms(values) if isinstance(values, np.ndarray) else values


def _members(evidence: Evidence, truth: Truth) -> list[list[str]]:
    width = truth.members.shape[1]
    flat = evidence.firms(truth.members.reshape(-1)).to_pylist()
    rows = [[str(number) for number in flat[at : at + width] if number] for at in range(0, len(flat), width)]
    return [_turned(row) for row in rows] if truth.ring else rows


def _turned(ring: list[str]) -> list[str]:
    """The rotation that starts at the smallest member."""
    first = ring.index(min(ring))
    return ring[first:] + ring[:first]
