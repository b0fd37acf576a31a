"""Fund return on drawn transfers: who counts as home, which transfers count, limits to the second and the cent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft

NAME = "fund_return"


def paid() -> Draft:
    """X pays S 10,000 cents for an invoice on 1 March at noon."""
    drawn = Draft().firm("X").firm("S").firm("M").firm("H").person("x", represents="X").person("k")
    drawn.invoice("i", seller="S", buyer="X", on="2026-02-20")
    return transfer(drawn, "p", "no:X", "no:S", at="2026-03-01 12:00:00").link("REFERS_TO", "FundTransfer:p", "i")


def transfer(drawn: Draft, name: str, payer: str, payee: str, *, at: str, **own: Any) -> Draft:
    """One transfer."""
    values = {"amount_cents": 10_000, "currency": "CNY", "transferred_at": datetime.fromisoformat(at), **own}
    drawn.node("FundTransfer", name, **values)
    return drawn.link("PAID_BY", name, payer).link("PAID_TO", name, payee)


@pytest.mark.parametrize(
    ("payee", "own"),
    [
        ("no:X", {}),
        ("no:X", {"at": "2026-03-31 12:00:00"}),  # thirty days to the second
        ("no:X", {"at": "2026-03-01 12:00:00"}),
        ("no:X", {"amount_cents": 8_000}),
        ("no:X", {"amount_cents": 12_500}),
        ("no:X", {"currency": None}),
        ("Person:x", {}),
        ("Person:k", {}),  # kin of the representative
        ("no:H", {}),
    ],
)
def test_the_money_is_back(tmp_path: Path, payee: str, own: dict[str, Any]) -> None:
    drawn = paid().link("RELATED_TO", "x", "k").link("HOLDS_SHARE", "no:H", "no:X", ratio=250_000)
    transfer(drawn, "r", "no:S", payee, **{"at": "2026-03-02 12:00:00", **own})
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert finding.anchor == "X S CNY"
    home = [member.id for member in finding.members if member.role == "controller"]
    assert home == ([] if payee == "no:X" else [payee.partition(":")[2]])
    assert dict(finding.evidence) == {"invoices": ("i",)}


@pytest.mark.parametrize(
    ("payee", "own"),
    [
        ("no:M", {}),
        ("no:X", {"at": "2026-03-31 12:00:01"}),
        ("no:X", {"at": "2026-03-01 11:59:59"}),
        ("no:X", {"amount_cents": 7_999}),
        ("no:X", {"amount_cents": 12_501}),
        ("no:X", {"currency": "EUR"}),
        ("Person:k", {}),
        ("no:H", {}),
    ],
)
def test_the_money_is_not_back(tmp_path: Path, payee: str, own: dict[str, Any]) -> None:
    drawn = paid().link("HOLDS_SHARE", "no:H", "no:X", ratio=249_999)
    transfer(drawn, "r", "no:S", payee, **{"at": "2026-03-02 12:00:00", **own})
    assert found_by(drawn_facts(tmp_path, drawn), NAME) == ()


def test_payments_of_one_pair_within_the_days_are_one_finding(tmp_path: Path) -> None:
    drawn = transfer(paid(), "r", "no:S", "no:X", at="2026-03-05 12:00:00")
    transfer(drawn, "p2", "no:X", "no:S", at="2026-03-20 12:00:00").link("REFERS_TO", "FundTransfer:p2", "i")
    transfer(drawn, "m", "no:S", "no:M", at="2026-03-21 12:00:00")
    transfer(drawn, "r2", "no:M", "no:X", at="2026-03-22 12:00:00")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert finding.measures["hits"] == 2
    assert (finding.first_on.isoformat(), finding.last_on.isoformat()) == ("2026-03-01", "2026-03-22")
    assert [member.id for member in finding.members if member.role == "between"] == ["M"]


def test_a_payment_without_a_known_invoice_is_none(tmp_path: Path) -> None:
    drawn = transfer(
        Draft().firm("X").firm("S").invoice("i", seller="S", buyer="X"), "p", "no:X", "no:S", at="2026-03-01 12:00:00"
    )
    transfer(drawn, "r", "no:S", "no:X", at="2026-03-02 12:00:00")
    assert found_by(drawn_facts(tmp_path, drawn), NAME) == ()
