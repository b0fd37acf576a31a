"""Records about invoices and the documents that go with them. Data only; listed in `records`."""

from __future__ import annotations

from collections.abc import Iterable

from graph.model.documents import DOCUMENTS, INVOICE_STATUS
from graph.model.fields import Kind
from graph.model.quality import TOLERANCE_CENTS, TOTALS_OF_HEAD
from graph.model.relationships import CONTACT_TYPES, TAXPAYER_FACTS
from graph.model.types import NodeType
from loaders.contracts.columns import FORM_OF_KIND, Check, Column, Fact, Form, LinkFact, NodeFact, Record

_PLAIN = ("InvoiceAlias", "Commodity", "Invoice", *CONTACT_TYPES)


def invoice_reference(prefix: str = "invoice_") -> str:
    """SQL of the key that the columns `<prefix>code`, `<prefix>number` and `digital_number` lead to."""
    number = f'"{prefix}number"'
    return f"CASE WHEN {number} IS NOT NULL THEN coalesce(\"{prefix}code\", '') || {number} ELSE digital_number END"


REFERENCE_COLUMNS = (
    Column("invoice_code", Form.CODE),
    Column("invoice_number", Form.CODE, aliases=("invoice",)),
    Column("digital_number", Form.CODE),
)
# Ministry of Finance's and bureaus' forms of naming the blue invoice inside a red one's remark.
_BLUE_DIGITAL = r"被红冲蓝字(?:数电票|全电票|数电发票)?号码\s*[:：]\s*(\d{20})"
_BLUE_PAPER = r"对应正数发票代码\s*[:：]\s*(\d{10,12})\s*,?\s*号码\s*[:：]\s*(\d{8})"

_REMARK_BLUE = (
    f"CASE WHEN is_red AND remark IS NOT NULL THEN coalesce(nullif(regexp_extract(remark, '{_BLUE_DIGITAL}', 1), ''), "
    f"nullif(regexp_extract(remark, '{_BLUE_PAPER}', 1) || regexp_extract(remark, '{_BLUE_PAPER}', 2), '')) END"
)
_BLUE_KEY = (
    'CASE WHEN blue_number IS NULL THEN NULL WHEN "foreign" THEN foreign_key(seller_party, blue_number, false) '
    "ELSE coalesce(blue_code, '') || blue_number END"
)
_COPIED = ("code", "kind", "currency", "status", "blue_code", "blue_number", "business_kind", "risk_level", "channel")

INVOICES = Record(
    "invoices",
    (
        Column("code", Form.CODE),
        Column("number", Form.CODE),
        Column("digital_number", Form.CODE),
        Column("seller", Form.NUMBER),
        Column("buyer", Form.NUMBER),
        Column("issuer", Form.NUMBER),
        Column("issued_at", Form.TIME, required=True, aliases=("issued_on",)),
        Column("net", Form.MONEY, required=True),
        Column("tax", Form.MONEY, required=True),
        Column("total", Form.MONEY),
        Column("currency", Form.NUMBER),
        Column("kind"),
        Column("status", order=INVOICE_STATUS),
        Column("red", Form.BOOLEAN),
        Column("blue_code", Form.CODE),
        Column("blue_number", Form.CODE),
        Column("business_kind"),
        Column("risk_level"),
        Column("channel"),
        Column("issuer_name"),
        Column("remark"),
        Column("scheme", Form.CODE),
    ),
    names=("invoice",),
    parties=("seller", "buyer", "issuer"),
    by_number_only=("issuer",),  # issuer_name is the natural person who made out the invoice
    derived={
        "foreign": "coalesce(scheme = 'foreign', false)",
        "any_number": "coalesce(number, digital_number)",
        "negative": "net < 0 OR coalesce(total < 0, false)",
        "is_red": 'coalesce(red, "foreign" AND negative)',
        # Red invoices are stored negative, whichever way the source writes them.
        "net_value": "CASE WHEN is_red THEN -abs(net) ELSE net END",
        "tax_value": "CASE WHEN is_red THEN -abs(tax) ELSE tax END",
        "total_value": "CASE WHEN total IS NULL THEN net_value + tax_value WHEN is_red THEN -abs(total) ELSE total END",
        "invoice_key": 'CASE WHEN "foreign" THEN foreign_key(seller_party, any_number, is_red) '
        "WHEN number IS NOT NULL THEN coalesce(code, '') || number ELSE digital_number END",
        "declared_blue": _BLUE_KEY,
        "remark_blue": _REMARK_BLUE,
    },
    refused=(
        Check("required", "number", "any_number IS NULL", "has no number"),
        Check("required", "seller", "seller_party IS NULL", "has no seller"),
        Check("required", "buyer", "buyer_party IS NULL", "has no buyer"),
        Check(
            "negative_without_red",
            "net",
            'negative AND NOT is_red AND NOT "foreign"',
            "has a negative amount but no red flag",
        ),
    ),
    warned=(
        Check(
            TOTALS_OF_HEAD.rule,
            TOTALS_OF_HEAD.columns,
            f"total IS NOT NULL AND abs(net_value + tax_value - total_value) > {TOLERANCE_CENTS}",
            TOTALS_OF_HEAD.what,
        ),
    ),
    subject=("Invoice", "invoice_key"),
    facts=(
        NodeFact(
            "Invoice",
            "invoice_key",
            {
                **{name: f'"{name}"' for name in _COPIED},
                "number": "any_number",
                "issued_at": "issued_at",
                "issued_precision": "issued_at_precision",
                "net_cents": "net_value",
                "tax_cents": "tax_value",
                "total_cents": "total_value",
                "red": "is_red",
                "issuer_name": "issuer_name",
                "remark": "remark",
            },
        ),
        LinkFact("SOLD", ("'Party'", "seller_party"), ("'Invoice'", "invoice_key"), {"name": "seller_name"}),
        LinkFact("BOUGHT_BY", ("'Invoice'", "invoice_key"), ("'Party'", "buyer_party"), {"name": "buyer_name"}),
        LinkFact("ISSUED", ("'Party'", "issuer_party"), ("'Invoice'", "invoice_key"), when="issuer_party IS NOT NULL"),
        NodeFact(
            "InvoiceAlias",
            "digital_number",
            {"invoice": "invoice_key"},
            when="digital_number IS NOT NULL AND digital_number <> invoice_key",
        ),
        LinkFact(
            "REVERSES",
            ("'Invoice'", "invoice_key"),
            ("'Invoice'", "coalesce(declared_blue, remark_blue)"),
            {
                "basis": "CASE WHEN declared_blue IS NOT NULL THEN 'declared' ELSE 'inferred' END",
                "confidence": "CASE WHEN declared_blue IS NOT NULL THEN 1000000 ELSE 900000 END",
            },
            when="is_red AND coalesce(declared_blue, remark_blue) IS NOT NULL",
        ),
    ),
    together=("code", "number", "digital_number"),
    leads=True,
)

_COMMODITY = "coalesce(code, 'name:' || normal_name(coalesce(name, '')))"
INVOICE_LINES = Record(
    "invoice_lines",
    (
        *REFERENCE_COLUMNS,
        Column("seller", Form.NUMBER),
        Column("red", Form.BOOLEAN),
        Column("scheme", Form.CODE),
        Column("line", Form.INTEGER),
        Column("code", Form.CODE, aliases=("commodity",)),
        Column("name"),
        Column("specification"),
        Column("unit"),
        Column("quantity", Form.DECIMAL),
        Column("price", Form.DECIMAL),
        Column("amount", Form.MONEY),
        Column("rate", Form.RATE),
        Column("tax", Form.MONEY),
        Column("currency", Form.NUMBER),
    ),
    names=("invoice_line", "lists"),
    parties=("seller",),
    derived={
        "invoice_key": "CASE WHEN scheme = 'foreign' "
        f"THEN foreign_key(seller_party, invoice_number, coalesce(red, false)) ELSE {invoice_reference()} END",
        "line_number": "coalesce(line, row_number() OVER (PARTITION BY invoice_key ORDER BY _rid))",
        "commodity": _COMMODITY,
    },
    fillers={"line_number": "line"},
    refused=(Check("required", "invoice_number", "invoice_key IS NULL", "names no invoice"),),
    subject=("Invoice", "invoice_key"),
    facts=(
        NodeFact("Commodity", "commodity", {"name": "name"}, primary=False),
        LinkFact(
            "LISTS",
            ("'Invoice'", "invoice_key"),
            ("'Commodity'", "commodity"),
            {
                "line": "line_number",
                **{name: f'"{name}"' for name in ("name", "specification", "unit", "quantity", "price", "rate")},
                "amount_cents": "amount",
                "tax_cents": "tax",
            },
        ),
    ),
    together=("invoice_code", "invoice_number", "digital_number"),
)

DEDUCTIONS = Record(
    "deductions",
    (
        Column("taxpayer", Form.NUMBER),
        *REFERENCE_COLUMNS,
        Column("period", Form.MONTH),
        Column("claimed_on", Form.DATE),
        Column("effective_tax", Form.MONEY),
        Column("kind"),
        Column("currency", Form.NUMBER),
    ),
    names=("deduction", "deducted"),
    parties=("taxpayer",),
    derived={"invoice_key": invoice_reference()},
    refused=(
        Check("required", "taxpayer", "taxpayer_party IS NULL", "names no taxpayer"),
        Check("required", "invoice_number", "invoice_key IS NULL", "names no invoice"),
    ),
    subject=("Invoice", "invoice_key"),
    facts=(
        LinkFact(
            "DEDUCTED",
            ("'Party'", "taxpayer_party"),
            ("'Invoice'", "invoice_key"),
            {
                "period": "period",
                "claimed_on": "claimed_on",
                "effective_tax_cents": "effective_tax",
                "kind": "kind",
            },
        ),
    ),
)
FLAGGED = Record(
    "flagged_abnormal",
    (
        Column("bureau", Form.CODE, required=True, aliases=("from",)),
        *REFERENCE_COLUMNS,
        Column("seed_class", Form.CODE),
        Column("round", Form.INTEGER),
        Column("valid_from", Form.DATE),
        Column("valid_to", Form.DATE),
    ),
    derived={"invoice_key": invoice_reference()},
    refused=(Check("required", "invoice_number", "invoice_key IS NULL", "names no invoice"),),
    subject=("Invoice", "invoice_key"),
    facts=(
        LinkFact(
            "FLAGGED_ABNORMAL",
            ("'Bureau'", "bureau"),
            ("'Invoice'", "invoice_key"),
            {name: f'"{name}"' for name in ("seed_class", "round", "valid_from", "valid_to")},
        ),
    ),
)


def _column(name: str, kind: Kind, order: tuple[str, ...]) -> Column:
    return Column(name.removesuffix("_cents") if kind is Kind.CENTS else name, FORM_OF_KIND[kind], order=order)


def property_columns(node: NodeType, *, without: Iterable[str] = ("id",)) -> tuple[Column, ...]:
    """The columns of a type's own properties: amounts without `_cents`."""
    left = frozenset(without)
    return tuple(_column(p.name, p.kind, p.order) for p in node.properties if p.name not in left)


def property_values(node: NodeType, *, without: Iterable[str] = ("id",)) -> dict[str, str]:
    """Property → SQL of the column of `property_columns`."""
    left = frozenset(without)
    return {
        p.name: f'"{p.name.removesuffix("_cents") if p.kind is Kind.CENTS else p.name}"'
        for p in node.properties
        if p.name not in left
    }


def _own_key(node: NodeType) -> str:
    """A document's key; a credit grade may come without an id: then taxpayer and year identify it."""
    if node.name == "CreditGrade":
        return "coalesce(own_id(source, id), 'grade:' || hash_of(taxpayer_party || chr(31) || coalesce(year, 0)))"
    return "own_id(source, id)"


def document(node: NodeType) -> Record:
    """A filing, payment, grant, rating or document of a neighbour: node, ABOUT and REFERS_TO."""
    refers = node.name in {"CustomsDeclaration", "RebateClaim", "FundTransfer", "Waybill"}
    about = node.name in TAXPAYER_FACTS
    ends = ("taxpayer",) if about else ("payer", "payee")
    own = ("'" + node.name + "'", "document_key")
    links = {"taxpayer": "ABOUT", "payer": "PAID_BY", "payee": "PAID_TO"}
    facts: tuple[Fact, ...] = (
        NodeFact(node.name, "document_key", property_values(node)),
        *(LinkFact(links[end], own, ("'Party'", f"{end}_party"), when=f"{end}_party IS NOT NULL") for end in ends),
    )
    if refers:
        facts = (*facts, LinkFact("REFERS_TO", own, ("'Invoice'", "invoice_key"), when="invoice_key IS NOT NULL"))
    return Record(
        node.table + "s",
        (
            Column("id", Form.CODE, required=node.name != "CreditGrade"),
            *(Column(end, Form.NUMBER) for end in ends),
            *property_columns(node),
            *(REFERENCE_COLUMNS if refers else ()),
            *(() if any(p.name == "currency" for p in node.properties) else (Column("currency", Form.NUMBER),)),
        ),
        names=(node.table, "input_transfers_out" if node.name == "InputTransferOut" else node.table),
        parties=ends,
        derived={"document_key": _own_key(node), **({"invoice_key": invoice_reference()} if refers else {})},
        refused=tuple(Check("required", end, f"{end}_party IS NULL", "names no taxpayer") for end in ends if about),
        subject=(node.name, "document_key"),
        facts=facts,
    )


DOCUMENT_RECORDS = (
    INVOICES,
    INVOICE_LINES,
    DEDUCTIONS,
    FLAGGED,
    *(document(cls.__node__) for cls in DOCUMENTS if cls.__node__.name not in _PLAIN),
)
