"""Chinese fully digital invoices, EInvoice XML and its XBRL form → raw tables. Called by `loaders.readers.files`.

    einvoice          one row; columns are the elements' own names (`InvoiceNumber`, `SellerIdNum` …)
    einvoice_lines    a row a line (`IssuItemInformation`): `InvoiceNumber`, then `ItemName`, `Quantity`, `Amount` …
    einvoice_entries  XBRL only, a row a booking entry: `InvoiceNumber`, `PostingDate`, `RecordedAmount` …

The XBRL form is the booking firm's copy: it names no buyer and no lines; the accounting entity is the buyer, and its
identifier stands in the column `entity`, the unit of its amounts in `currency`. Where a name stands for a group
(`InIssuType/LabelCode`), it is kept with a dot; values that repeat stand one a line.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from graph.errors import DataError
from loaders.readers.limits import DEFAULT_LIMITS
from loaders.readers.markup import read_document
from loaders.readers.tables import RawTable, RowCollector

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from loaders.readers.limits import ReadLimits
    from loaders.readers.markup import Element

NUMBER = "InvoiceNumber"
ENTITY = "entity"
CURRENCY = "currency"
LINE = "IssuItemInformation"
# Groups whose name adds nothing, because the names below them are unique in the standard.
_TRANSPARENT = frozenset(
    {
        "Header",
        "InherentLabel",
        "EInvoiceData",
        "SellerInformation",
        "BuyerInformation",
        "BasicInformation",
        "SpecificInformation",
        "AdditionalInformation",
        "SellerAuthentication",
        "TaxSupervisionInfo",
        "TaxBureauSignature",
    }
)
# Always there, so that a source may rely on them; others appear when a document has them.
_HEADER_COLUMNS = (
    NUMBER,
    "EIid",
    "IssueTime",
    "RequestTime",
    "SellerIdNum",
    "SellerName",
    "BuyerIdNum",
    "BuyerName",
    "TotalAmWithoutTax",
    "TotalTaxAm",
    "TotalTax-includedAmount",
    "InIssuType.LabelCode",
    "EInvoiceType.LabelCode",
    "GeneralOrSpecialVAT.LabelCode",
    "TaxBureauCode",
    "Remark",
    ENTITY,
    CURRENCY,
)
_LINE_COLUMNS = (
    NUMBER,
    "ItemName",
    "SpecMod",
    "MeaUnits",
    "Quantity",
    "UnPrice",
    "Amount",
    "TaxRate",
    "ComTaxAm",
    "TotaltaxIncludedAmount",
    "TaxClassificationCode",
)
_TUPLE = "InformationOfAccountingDocumentsTuple"
_ENTRY = "InformationOfDebitAndCreditEntryTuple"
_ENTRY_COLUMNS = (
    NUMBER,
    "NumberOfAccountingDocuments",
    "PostingDate",
    "AccountingPeriod",
    "DebitOrCredit",
    "NameOfGeneralLedgerSubject",
    "NameOfSubsidiaryLedgerSubject",
    "RecordedAmount",
)
_XBRL_MACHINERY = frozenset({"context", "unit", "schemaRef", _TUPLE})


def read_einvoice(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, ...]:
    """An EInvoice document.

    Raises:
        DataError: `data.xml.*`, `data.file.*`; `data.einvoice.number` when no invoice number is found.
    """
    root = read_document(path, limits=limits)
    values = flattened(root.children, apart={LINE})
    number = _number(values.get(NUMBER) or values.get("EIid"), path)
    lines = (element for element in root.walk() if element.name == LINE)
    return (
        _table("einvoice", _HEADER_COLUMNS, [{**values, NUMBER: number}], path, limits),
        _table("einvoice_lines", _LINE_COLUMNS, _numbered(number, map(_leaves, lines)), path, limits),
    )


def read_einvoice_xbrl(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[RawTable, ...]:
    """The XBRL form of an e-invoice.

    Raises:
        DataError: `data.xml.*`, `data.file.*`; `data.einvoice.number` when no invoice number is found.
    """
    root = read_document(path, limits=limits)
    values = flattened(root.children, apart=_XBRL_MACHINERY)
    number = _number(values.get(NUMBER), path)
    header = {**values, ENTITY: _entity(root), CURRENCY: _currency(root)}
    return (
        _table("einvoice", _HEADER_COLUMNS, [header], path, limits),
        _table("einvoice_lines", _LINE_COLUMNS, [], path, limits),
        _table("einvoice_entries", _ENTRY_COLUMNS, _numbered(number, _entries(root)), path, limits),
    )


def flattened(elements: Iterable[Element], *, apart: Collection[str] = ()) -> dict[str, str]:
    """The leaves' texts by name, groups dotted unless transparent; names in `apart` are passed over."""
    found: dict[str, list[str]] = {}
    pending = deque((element, "") for element in elements)
    while pending:
        element, above = pending.popleft()
        if element.name in apart:
            continue
        if not element.children:
            found.setdefault(above + element.name, []).append(element.text)
            continue
        below = above if element.name in _TRANSPARENT else f"{above}{element.name}."
        pending.extendleft((child, below) for child in reversed(element.children))
    return {name: "\n".join(texts) for name, texts in found.items()}


def _leaves(element: Element) -> dict[str, str]:
    return flattened(element.children)


def _numbered(number: str, rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    return ({**row, NUMBER: number} for row in rows)


def _number(found: str | None, path: Path) -> str:
    if found:
        return found
    raise DataError(
        f"{path.name} has no invoice number",
        code="data.einvoice.number",
        next_step="check that this is a whole e-invoice document",
        file=path.name,
    )


def _entity(root: Element) -> str | None:
    """The identifier of the accounting entity: of the context that the invoice number is stated in."""
    stated_in = next((element.attributes.get("contextRef") for element in root.named(NUMBER)), None)
    for context in root.named("context"):
        if context.attributes.get("id") == stated_in:
            return next((element.text for element in context.walk() if element.name == "identifier"), None)
    return None


def _currency(root: Element) -> str | None:
    """The currency of the units, if they are one: `iso4217:CNY` → CNY."""
    measures = {element.text for unit in root.named("unit") for element in unit.named("measure")}
    currencies = sorted(measure.removeprefix("iso4217:") for measure in measures if measure.startswith("iso4217:"))
    return currencies[0] if len(currencies) == 1 else None


def _entries(root: Element) -> Iterator[dict[str, str]]:
    """A row a booking entry, each with the values of its accounting document."""
    for document in root.named(_TUPLE):
        shared = flattened(document.children, apart={_ENTRY})
        for entry in document.named(_ENTRY):
            yield {**shared, **_leaves(entry)}


def _table(
    name: str,
    columns: tuple[str, ...],
    rows: Iterable[dict[str, str | None] | dict[str, str]],
    path: Path,
    limits: ReadLimits,
) -> RawTable:
    collector = RowCollector(name, file=path.name, limits=limits, columns=columns)
    for place, row in enumerate(rows, start=1):
        collector.add(place, row)
    return collector.finish()
