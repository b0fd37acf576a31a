"""Invoices as documents: EInvoice and its XBRL form, UBL and CII by business terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import DataError
from loaders.readers import read_file
from loaders.readers.cii_paths import CII_HEADER, CII_LINE, CII_VAT_TERMS
from loaders.readers.markup import Element
from loaders.readers.paths import values_at
from loaders.readers.terms import HEADER_TERMS, LINE_TERMS, VAT_TERMS
from loaders.readers.ubl_paths import UBL_HEADER, UBL_LINE, UBL_VAT_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loaders.readers import RawFile
    from loaders.readers.terms import Term

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"


def read(folder: Path, content: str) -> RawFile:
    file = folder / "invoice.xml"
    file.write_text(content, encoding="utf-8")
    return read_file(file)


def rows(file: RawFile, table: str) -> list[dict[str, str | None]]:
    return file.table(table).rows.drop_columns(["_row"]).to_pylist()


def ubl(body: str, *, kind: str = "Invoice") -> str:
    return f'<{kind} xmlns="{_UBL}:{kind}-2"><ID>7</ID><DocumentCurrencyCode>EUR</DocumentCurrencyCode>{body}</{kind}>'


def cii(*, document: str = "", lines: str = "", settlement: str = "") -> str:
    return (
        f'<r:CrossIndustryInvoice xmlns:r="{_CII}"><ExchangedDocument><ID>7</ID>{document}</ExchangedDocument>'
        f"<SupplyChainTradeTransaction>{lines}<ApplicableHeaderTradeSettlement>"
        f"<InvoiceCurrencyCode>EUR</InvoiceCurrencyCode>{settlement}</ApplicableHeaderTradeSettlement>"
        "</SupplyChainTradeTransaction></r:CrossIndustryInvoice>"
    )


def test_an_einvoice_has_one_row_and_its_lines_carry_its_number(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        "<EInvoice><Header><EIid>23440000000000000001</EIid><InherentLabel><InIssuType><LabelCode>N</LabelCode>"
        "</InIssuType></InherentLabel></Header><EInvoiceData><SellerInformation><SellerName>示例</SellerName>"
        "</SellerInformation><IssuItemInformation><ItemName>a</ItemName></IssuItemInformation><IssuItemInformation>"
        "<ItemName>b</ItemName></IssuItemInformation></EInvoiceData></EInvoice>",
    )
    (header,) = rows(file, "einvoice")
    assert (header["InvoiceNumber"], header["InIssuType.LabelCode"], header["SellerName"]) == (
        "23440000000000000001",
        "N",
        "示例",
    )
    lines = rows(file, "einvoice_lines")
    assert [(line["InvoiceNumber"], line["ItemName"]) for line in lines] == [
        ("23440000000000000001", "a"),
        ("23440000000000000001", "b"),
    ]


def test_labels_that_repeat_stand_one_a_line(tmp_path: Path) -> None:
    label = "<Label><LabelCode>{}</LabelCode></Label>"
    labels = "".join(label.format(code) for code in ("01", "02"))
    file = read(tmp_path, f"<EInvoice><EIid>1</EIid><UndefinedLabel>{labels}</UndefinedLabel></EInvoice>")
    assert rows(file, "einvoice")[0]["UndefinedLabel.Label.LabelCode"] == "01\n02"


def test_a_document_without_an_invoice_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "<EInvoice><Header/></EInvoice>")
    assert caught.value.code == "data.einvoice.number"


def test_the_xbrl_form_names_its_accounting_entity_and_its_bookings(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        '<xbrl xmlns:e="http://example.org/taxonomy/einv"><context id="c0"><identifier>other</identifier></context>'
        '<context id="c1"><entity><identifier>buyer</identifier></entity></context><unit><measure>iso4217:CNY</measure>'
        '</unit><e:InvoiceNumber contextRef="c1">9</e:InvoiceNumber><e:InformationOfAccountingDocumentsTuple>'
        "<e:PostingDate>2023-12-31</e:PostingDate><e:InformationOfDebitAndCreditEntryTuple><e:RecordedAmount>1.00"
        "</e:RecordedAmount></e:InformationOfDebitAndCreditEntryTuple></e:InformationOfAccountingDocumentsTuple></xbrl>",
    )
    (header,) = rows(file, "einvoice")
    assert (header["InvoiceNumber"], header["entity"], header["currency"]) == ("9", "buyer", "CNY")
    (entry,) = rows(file, "einvoice_entries")
    assert (entry["InvoiceNumber"], entry["PostingDate"], entry["RecordedAmount"]) == ("9", "2023-12-31", "1.00")


@pytest.mark.parametrize(
    ("terms", "ubl_paths", "cii_paths"),
    [
        (HEADER_TERMS, UBL_HEADER, CII_HEADER),
        (LINE_TERMS, UBL_LINE, CII_LINE),
        (VAT_TERMS, UBL_VAT_TERMS, CII_VAT_TERMS),
    ],
)
def test_every_business_term_has_a_path_that_can_be_read_in_both_syntaxes(
    terms: Mapping[str, Term], ubl_paths: Mapping[str, str], cii_paths: Mapping[str, str]
) -> None:
    assert set(terms) == set(ubl_paths) == set(cii_paths)
    nothing = Element(name="nothing", attributes={}, line=1)
    assert [values_at(nothing, path, {}) for paths in (ubl_paths, cii_paths) for path in paths.values()] == [
        []
    ] * 2 * len(terms)


def test_a_credit_note_is_read_by_the_same_terms(tmp_path: Path) -> None:
    line = '<CreditNoteLine><ID>1</ID><CreditedQuantity unitCode="C62">2.0</CreditedQuantity></CreditNoteLine>'
    file = read(tmp_path, ubl(f"<CreditNoteTypeCode>381</CreditNoteTypeCode>{line}", kind="CreditNote"))
    assert rows(file, "en16931")[0]["BT-3"] == "381"
    assert (rows(file, "en16931_lines")[0]["BT-129"], rows(file, "en16931_lines")[0]["BT-130"]) == ("2", "C62")


def test_nested_lines_are_rows_behind_their_parent_in_ubl(tmp_path: Path) -> None:
    nested = "<SubInvoiceLine><ID>1.1</ID><SubInvoiceLine><ID>1.1.1</ID></SubInvoiceLine></SubInvoiceLine>"
    body = f"<InvoiceLine><ID>1</ID>{nested}<SubInvoiceLine><ID>1.2</ID></SubInvoiceLine></InvoiceLine>"
    file = read(tmp_path, ubl(f"{body}<InvoiceLine><ID>2</ID></InvoiceLine>"))
    found = [(line["BT-126"], line["parent_line"], line["depth"]) for line in rows(file, "en16931_lines")]
    assert found == [("1", None, "1"), ("1.1", "1", "2"), ("1.1.1", "1.1", "3"), ("1.2", "1", "2"), ("2", None, "1")]


def test_nested_lines_name_their_parent_in_cii(tmp_path: Path) -> None:
    place = "<AssociatedDocumentLineDocument><LineID>{}</LineID>{}</AssociatedDocumentLineDocument>"
    item = f"<IncludedSupplyChainTradeLineItem>{place}</IncludedSupplyChainTradeLineItem>"
    lines = item.format("1", "") + item.format("1.1", "<ParentLineID>1</ParentLineID>")
    file = read(tmp_path, cii(lines=lines))
    found = [(line["BT-126"], line["parent_line"], line["depth"]) for line in rows(file, "en16931_lines")]
    assert found == [("1", None, "1"), ("1.1", "1", "2")]


def test_decimals_dates_and_notes_are_canonical_in_both(tmp_path: Path) -> None:
    ubl_file = read(
        tmp_path,
        ubl(
            "<IssueDate>2016-04-04</IssueDate><Note>#AAC#a  note</Note>"
            "<LegalMonetaryTotal><PayableAmount>100.00</PayableAmount></LegalMonetaryTotal>"
        ),
    )
    cii_file = read(
        tmp_path,
        cii(
            document="<IssueDateTime><DateTimeString>20160404</DateTimeString></IssueDateTime><IncludedNote>"
            "<Content>a note</Content><SubjectCode>AAC</SubjectCode></IncludedNote>",
            settlement="<SpecifiedTradeSettlementHeaderMonetarySummation><RoundingAmount>0.00</RoundingAmount>"
            "<DuePayableAmount>100.0</DuePayableAmount></SpecifiedTradeSettlementHeaderMonetarySummation>",
        ),
    )
    assert rows(ubl_file, "en16931") == rows(cii_file, "en16931")
    assert rows(ubl_file, "en16931")[0]["BT-115"] == "100"


def test_the_tax_total_is_the_one_in_the_invoice_currency(tmp_path: Path) -> None:
    amount = '<TaxTotal><TaxAmount currencyID="{}">{}</TaxAmount></TaxTotal>'
    body = "<TaxCurrencyCode>GBP</TaxCurrencyCode>" + amount.format("GBP", 17) + amount.format("EUR", 19)
    (header,) = rows(read(tmp_path, ubl(body)), "en16931")
    assert (header["BT-110"], header["BT-111"]) == ("19", "17")


def test_preceding_invoices_keep_their_dates_beside_them(tmp_path: Path) -> None:
    reference = (
        "<BillingReference><InvoiceDocumentReference><ID>{}</ID>{}</InvoiceDocumentReference></BillingReference>"
    )
    body = reference.format("5", "") + reference.format("6", "<IssueDate>2016-01-02</IssueDate>")
    (header,) = rows(read(tmp_path, ubl(body)), "en16931")
    assert (header["BT-25"], header["BT-26"]) == ("5\n6", "\n2016-01-02")


def test_vat_and_tax_registration_and_the_banks_identifier_are_told_apart(tmp_path: Path) -> None:
    scheme = "<PartyTaxScheme><CompanyID>{}</CompanyID><TaxScheme><ID>{}</ID></TaxScheme></PartyTaxScheme>"
    party = (
        '<PartyIdentification><ID schemeID="SEPA">bank</ID></PartyIdentification>'
        '<PartyIdentification><ID schemeID="0088">own</ID></PartyIdentification>'
    )
    schemes = scheme.format("DE1", "VAT") + scheme.format("123/456", "FC")
    body = f"<AccountingSupplierParty><Party>{party}{schemes}</Party></AccountingSupplierParty>"
    (header,) = rows(read(tmp_path, ubl(body)), "en16931")
    assert [header[term] for term in ("BT-29", "BT-29-1", "BT-31", "BT-32")] == ["own", "0088", "DE1", "123/456"]
