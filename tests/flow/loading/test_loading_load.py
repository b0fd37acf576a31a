"""What one load does: counts, rejects, keys, identities, issues."""

from __future__ import annotations

import pandas as pd
import pytest

from graph.errors import DataError, SettingsError
from graph.store.digest import digest
from graph.store.port import GraphStore
from loaders import LoadOptions, load_frames, rejects_of
from tests.support.batches import KEY
from tests.support.rows import Loading, column, invoice, taxpayer


def test_an_invoice_becomes_a_node_with_its_two_ends(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice()])
    assert (report.state, report.read, report.accepted, report.known) == ("committed", 1, 1, 0)
    assert report.by_type == {"BOUGHT_BY": 1, "Invoice": 1, "Party": 2, "SOLD": 1}
    assert column(store, "Invoice", "net_cents") == [10000]
    assert column(store, "SOLD", "from_id") == ["no:A"]
    assert column(store, "Taxpayer", "stub") == [True, True]


def test_the_same_frames_again_are_a_known_batch(loading: Loading) -> None:
    first = loading(invoices=[invoice()])
    again = loading(invoices=[invoice()])
    assert (again.state, again.batch, again.known) == ("known", first.batch, 1)


def test_rows_that_stand_twice_or_in_the_store_are_known_and_change_nothing(
    store: GraphStore, loading: Loading
) -> None:
    loading(invoices=[invoice()])
    before = digest(store)
    report = loading(invoices=[invoice(), invoice()])
    assert (report.state, report.accepted, report.known) == ("committed", 2, 2)
    assert digest(store) == before


def test_every_fault_of_a_row_is_kept_with_its_place(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice(), invoice(number="2", issued_at="1900-01-01", net="1,2,3")])
    assert (report.read, report.accepted, report.rejected) == (2, 1, 1)
    rejects = rejects_of(store, report.batch).to_pylist()
    assert [(each["row"], each["rule"], each["column"]) for each in rejects] == [
        (2, "money", "net"),
        (2, "range", "issued_at"),
    ]
    assert '"net":"1,2,3"' in rejects[0]["content"]


def test_more_rejects_than_allowed_write_nothing(store: GraphStore, loading: Loading) -> None:
    options = LoadOptions(max_rejects="40%", hmac_key=KEY)
    with pytest.raises(DataError) as caught:
        loading(invoices=[invoice(), invoice(number="2", net="x")], options=options)
    assert caught.value.code == "data.too_many_rejects"
    assert not store.export("Invoice").num_rows


def test_a_check_writes_nothing_and_tells_the_same(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice()], options=LoadOptions(check=True, hmac_key=KEY))
    assert (report.state, report.accepted, report.by_type["Invoice"]) == ("checked", 1, 1)
    assert not [line for line in store.batches() if line.number > 0]


def test_a_negative_chinese_amount_without_the_red_flag_is_refused(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice(net="-1")])
    assert column(store, "Reject", "rule") == ["negative_without_red"]
    assert report.rejected == 1


def test_a_red_invoice_is_negative_and_reverses_the_blue_one_of_its_remark(store: GraphStore, loading: Loading) -> None:
    blue = "26350000000000000001"
    loading(invoices=[invoice(number="2", red="是", remark=f"被红冲蓝字数电票号码：{blue}")])
    assert column(store, "Invoice", "net_cents") == [-10000]
    assert column(store, "REVERSES", "to_id") == [blue]
    assert column(store, "REVERSES", "confidence") == [900_000]


def test_a_foreign_negative_total_is_red_and_its_key_hides_the_seller(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice(net="-1", tax="0", scheme="foreign", currency="EUR")])
    assert column(store, "Invoice", "red") == [True]
    key = str(column(store, "Invoice", "id")[0])
    assert key.startswith("x")
    assert len(key) == 25


def test_amounts_follow_the_minor_unit_of_their_currency(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice(net="1000", tax="0", currency="JPY"), invoice(number="2", net="0.125", tax="0")])
    assert column(store, "Invoice", "net_cents") == [1000, 12]
    assert report.issues["rounded"] == 1


def test_an_individuals_number_is_stored_only_as_hmac_and_mask(store: GraphStore, loading: Loading) -> None:
    number = "11010519491231002X"
    loading(invoices=[invoice(seller=number)], taxpayers=[taxpayer(tax_number=number, id=number)])
    for name in ("Party", "Taxpayer", "Registration", "SOLD", "PARTY_OF", "Invoice"):
        assert number not in str(store.export(name).to_pylist())
    assert "****002X" in column(store, "Taxpayer", "tax_number")
    assert len(column(store, "Taxpayer", "id")) == 2  # the individual and B


def test_a_register_turns_a_stub_into_a_taxpayer_and_keeps_its_invoices(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice()])
    stub = next(row for row in store.export("Taxpayer").to_pylist() if row["tax_number"] == "A")
    loading(taxpayers=[taxpayer()])
    owner = {row["from_id"]: row["to_id"] for row in store.export("PARTY_OF").to_pylist()}
    assert owner["no:A"] == owner["serial:canonical:T1"] != stub["id"]
    found = store.fetch("Taxpayer", [stub["id"]])
    assert found.column("id").to_pylist() == [owner["no:A"]]
    assert found.column("stub").to_pylist() == [False]


def test_a_recorded_change_of_number_joins_two_numbers_to_one_taxpayer(store: GraphStore, loading: Loading) -> None:
    change = {
        "registration": "T1",
        "item": "tax_number",
        "old_value": "OLD",
        "new_value": "A",
        "changed_on": "2026-01-05",
    }
    loading(invoices=[invoice(seller="OLD", buyer="A")], taxpayers=[taxpayer()], registration_changes=[change])
    owners = {row["from_id"]: row["to_id"] for row in store.export("PARTY_OF").to_pylist()}
    assert owners["no:OLD"] == owners["no:A"]
    assert len(set(owners.values())) == 1


def test_a_change_of_a_registration_that_never_came_still_gives_the_number_in_force(
    store: GraphStore, loading: Loading
) -> None:
    change = {
        "registration": "T2",
        "item": "tax_number",
        "old_value": "A",
        "new_value": "NEW",
        "changed_on": "2026-01-05",
    }
    loading(taxpayers=[taxpayer()], registration_changes=[change])
    assert column(store, "Taxpayer", "tax_number") == ["NEW"]


@pytest.mark.parametrize("dates", [("2026-01-05", "2026-02-05"), ("2026-02-05", "2026-01-05")])
def test_of_several_registrations_the_latest_gives_number_and_name(
    store: GraphStore, loading: Loading, dates: tuple[str, str]
) -> None:
    """One number joins them; each has another name, and the later one says what counts."""
    rows = [
        taxpayer(id=f"T{place}", name=name, as_at=day)
        for place, (name, day) in enumerate(zip(("甲公司", "乙公司"), dates, strict=True))
    ]
    loading(taxpayers=rows)
    later = max(zip(dates, ("甲公司", "乙公司"), strict=True))[1]
    assert column(store, "Taxpayer", "name") == [later]
    assert column(store, "Taxpayer", "tax_number") == ["A"]


def test_unknown_parties_can_be_refused(store: GraphStore, loading: Loading) -> None:
    options = LoadOptions(unknown_parties="reject", hmac_key=KEY)
    rows = [invoice(buyer="T1"), invoice(number="2")]
    report = loading(invoices=rows, taxpayers=[taxpayer()], options=options)
    assert report.rejected == 1
    assert column(store, "Reject", "column") == ["buyer"]


def test_another_hmac_key_is_refused(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice()])
    with pytest.raises(SettingsError) as caught:
        load_frames(store, {"invoices": pd.DataFrame([invoice(number="2")])}, options=LoadOptions(hmac_key=b"other"))
    assert caught.value.code == "settings.hmac_key"


def test_totals_and_check_digits_warn_and_never_refuse(loading: Loading) -> None:
    wrong = "91350100M000100Y42"
    lines = [{"invoice_number": "00000001", "name": "小麦", "amount": "99"}]
    report = loading(invoices=[invoice(seller=wrong, total="120")], invoice_lines=lines)
    assert (report.rejected, report.issues) == (0, {"check_digit": 1, "stub": 2, "totals": 2})


def test_who_made_out_an_invoice_is_no_taxpayer(store: GraphStore, loading: Loading) -> None:
    report = loading(invoices=[invoice(issuer_name="张三"), invoice(number="2", issuer="B", issuer_name="李四")])
    assert report.by_type == {"BOUGHT_BY": 2, "ISSUED": 1, "Invoice": 2, "Party": 2, "SOLD": 2}
    assert column(store, "ISSUED", "from_id") == ["no:B"]
    assert column(store, "Party", "name") == [None, None]
