"""The mappings of documents on samples that nobody here wrote; they skip, aloud, where the folder is absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders.readers import read_file
from loaders.sources import einvoice, en16931, event_log
from loaders.sources.base import CanonicalTable
from loaders.sources.en16931 import invoice_of, negated, unit_price

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared/samples beside the project")


def rows(tables: list[CanonicalTable], record: str) -> list[dict[str, Any]]:
    return [row for table in tables if table.record == record for row in table.rows.to_pylist()]


def european(name: str) -> list[CanonicalTable]:
    return en16931.SOURCE.tables([read_file(SAMPLES / name)])


@samples
def test_the_official_special_invoice_has_its_totals() -> None:
    tables = einvoice.SOURCE.tables([read_file(SAMPLES / "einvoice-china" / "official-gd-special.xml")])
    (invoice,) = rows(tables, "invoices")
    assert (invoice["number"], invoice["issued_at"]) == ("23440000000000100001", "2023-02-23 10:08:05")
    assert (invoice["net"], invoice["tax"], invoice["total"]) == ("2.00", "0.12", "2.12")
    assert (invoice["kind"], invoice["red"]) == ("digital_special", "false")
    (line,) = rows(tables, "invoice_lines")
    assert (line["code"], line["line"], line["rate"]) == ("3040803010000000000", "1", "0.060000")


@samples
def test_the_accounting_entity_of_the_xbrl_form_is_the_buyer() -> None:
    tables = einvoice.SOURCE.tables([read_file(SAMPLES / "einvoice-china" / "official-einv-xbrl-special.xml")])
    (invoice,) = rows(tables, "invoices")
    assert (invoice["net"], invoice["tax"], invoice["total"]) == ("9000.00", "1170.00", "10170.00")
    assert (invoice["seller"], invoice["buyer"]) == ("91442000MAXXXXXX3J", "91440101MAXXXXXX1R")
    assert rows(tables, "invoice_lines") == []


@samples
def test_a_credit_note_is_red_and_negative_with_its_lines() -> None:
    tables = european("einvoice-en16931/ubl-examples/ubl-tc434-creditnote1.xml")
    (invoice,), (line,) = rows(tables, "invoices"), rows(tables, "invoice_lines")
    assert (invoice["red"], invoice["net"], invoice["tax"]) == ("true", "-100.11", "0")
    assert (line["red"], line["amount"], line["quantity"], line["price"]) == ("true", "-100.11", "-1", "100.11")


@samples
def test_an_invoice_with_a_negative_total_is_red_and_keeps_its_signs() -> None:
    tables = european("einvoice-en16931/ubl-examples/BIS3_Invoice_negativ.XML")
    (invoice,), (line,) = rows(tables, "invoices"), rows(tables, "invoice_lines")
    assert (invoice["red"], invoice["net"], invoice["tax"]) == ("true", "-625743.54", "-156435.89")
    assert line["amount"] == "-625743.54"


@samples
@pytest.mark.parametrize("number", ["01.01a", "01.02a", "02.01a", "03.01a"])
def test_twins_in_both_syntaxes_give_the_same_rows(number: str) -> None:
    ubl, cii = (european(f"einvoice-xrechnung/{number}-INVOICE_{syntax}.xml") for syntax in ("ubl", "uncefact"))
    assert [table.record for table in ubl] == [table.record for table in cii] == ["invoices", "invoice_lines"]
    for one, other in zip(ubl, cii, strict=True):
        assert one.rows.drop_columns(["_file"]).equals(other.rows.drop_columns(["_file"]))


@samples
def test_the_help_desk_log_gives_tasks_events_and_officers() -> None:
    tables = event_log.SOURCE.tables([read_file(SAMPLES / "event-log" / "helpdesk.xes.gz")])
    cases, events = rows(tables, "tasks"), rows(tables, "task_events")
    assert (len(cases), len(events)) == (4580, 21348)
    assert len({event["officer"] for event in events}) == 22
    assert {event["task"] for event in events} <= {case["id"] for case in cases}
    assert {case["source"] for case in cases} == {"event-log"}
    assert events[0]["attributes"].startswith('{"customer":"Value 1","product":')


@pytest.mark.parametrize(
    ("terms", "number"),
    [
        ({"BT-31": "DE 1", "BT-32": "2", "BT-30": "3", "BT-29": "4"}, "DE 1"),
        ({"BT-32": "2", "BT-30": "3"}, "2"),
        ({"BT-30": "3", "BT-29": "4"}, "3"),
        ({"BT-29": "4"}, None),
    ],
)
def test_a_sellers_number_is_vat_number_then_tax_registration_then_legal_id(
    terms: dict[str, str], number: str | None
) -> None:
    assert invoice_of({**terms, "BT-27": "Seller"})["seller"] == number


@pytest.mark.parametrize(
    ("kind", "total", "red", "net"),
    [
        ("380", "12", "false", "10"),
        ("381", "12", "true", "-10"),
        ("384", "12", "false", "10"),
        ("381", "-12", "true", "10"),
    ],
)
def test_type_and_total_decide_what_is_red(kind: str, total: str, red: str, net: str) -> None:
    invoice = invoice_of({"BT-3": kind, "BT-109": "10", "BT-112": total})
    assert (invoice["red"], invoice["net"], invoice["tax"]) == (red, net, "0")


def test_a_price_for_several_units_becomes_the_price_of_one() -> None:
    assert unit_price("36109", "100") == "361.09"
    assert unit_price("10", "3") == "3.333333333333"
    assert unit_price("9.5", None) == unit_price("9.5", "1") == "9.5"


def test_turning_a_sign_twice_changes_nothing() -> None:
    assert [negated(negated(amount)) for amount in ("1.5", "-1.5", "0", None)] == ["1.5", "-1.5", "0", None]
