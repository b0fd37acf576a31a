"""The public samples beside the project, read where they are; skipped, aloud, where the folder is absent."""

from __future__ import annotations

import pytest

from loaders.readers import RawFile, read_file
from tests.support.samples import SAMPLES

TWINS = ("01.01a", "01.02a", "02.01a", "03.01a")
# UBL's OrderReference cannot stand without an ID: where only a sales order is meant, senders fill in a dummy.
FORCED_BY_UBL = {("01.02a", "BT-13"): "Dummywert"}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared/samples beside the project")


def read(*parts: str) -> RawFile:
    return read_file(SAMPLES.joinpath(*parts))


def rows(file: RawFile, table: str) -> list[dict[str, str | None]]:
    return file.table(table).rows.to_pylist()


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("table", ["en16931", "en16931_lines", "en16931_vat"])
def test_the_same_invoice_in_both_syntaxes_gives_the_same_rows(twin: str, table: str) -> None:
    ubl = rows(read("einvoice-xrechnung", f"{twin}-INVOICE_ubl.xml"), table)
    cii = rows(read("einvoice-xrechnung", f"{twin}-INVOICE_uncefact.xml"), table)
    for row in ubl:
        for (name, term), dummy in FORCED_BY_UBL.items():
            if name == twin and row.get(term) == dummy:
                row[term] = None
    assert ubl == cii
    assert ubl


def test_all_european_invoices_have_number_date_type_currency_parties_and_totals() -> None:
    needed = ("BT-1", "BT-2", "BT-3", "BT-5", "BT-27", "BT-44", "BT-106", "BT-109", "BT-112", "BT-115")
    files = sorted(SAMPLES.glob("einvoice-en16931/*/*"))
    missing = {
        (file.name, term)
        for file in files
        for row in rows(read_file(file), "en16931")
        for term in needed
        if not row[term]
    }
    assert len(files) == 33
    assert missing == set()


def test_the_official_einvoice_has_its_number_and_amounts() -> None:
    (header,) = rows(read("einvoice-china", "official-gd-special.xml"), "einvoice")
    found = [header[name] for name in ("InvoiceNumber", "IssueTime", "TotalAmWithoutTax", "TotalTaxAm")]
    assert found == ["23440000000000100001", "2023-02-23 10:08:05", "2.00", "0.12"]
    assert header["TotalTax-includedAmount"] == "2.12"


def test_the_official_xbrl_form_uses_the_same_column_names() -> None:
    file = read("einvoice-china", "official-einv-xbrl-special.xml")
    (header,) = rows(file, "einvoice")
    found = [header[name] for name in ("TotalAmWithoutTax", "TotalTaxAm", "TotalTax-includedAmount", "entity")]
    assert found == ["9000.00", "1170.00", "10170.00", "91440101MAXXXXXX1R"]
    assert len(rows(file, "einvoice_entries")) == 3


def test_the_help_desk_log_has_its_published_counts() -> None:
    file = read("event-log", "helpdesk.xes.gz")
    events = file.table("events").rows
    assert (file.table("cases").rows.num_rows, events.num_rows) == (4580, 21348)
    assert len(set(events["org:resource"].to_pylist())) == 22
