"""Missing trader on drawn firms: every limit on both of its sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft, day

NAME = "missing_trader"
HALF: dict[str, Any] = {"currency": "EUR", "net_cents": -20_000, "tax_cents": -4_000}


@dataclass(frozen=True)
class Drawn:
    """T sells to B with 10,000 cents of tax on 5 January 2026, B sells on to K; the newest invoice is of `newest`."""

    registered: str = "2025-12-01"
    paid: int = 100
    currency: str | None = "EUR"
    filed: tuple[str, str, str] | None = None  # period from, period to, day
    onward: str = "2026-01-05"
    newest: str = "2026-02-15"
    reversed: bool = False

    def draft(self) -> Draft:
        """The facts."""
        drawn = Draft().firm("T", registered_on=day(self.registered)).firm("B").firm("K").firm("Z")
        money = {"currency": "EUR", "net_cents": 50_000, "tax_cents": 10_000}
        drawn.invoice("sale", seller="T", buyer="B", on="2026-01-05", **money)
        drawn.invoice("onward", seller="B", buyer="K", on=self.onward, **money)
        drawn.invoice("other", seller="K", buyer="Z", on=self.newest, **money)
        drawn.node("TaxPayment", "p", amount_cents=self.paid, currency=self.currency)
        drawn.link("ABOUT", "TaxPayment:p", "no:T")
        if self.filed is not None:
            first, last, on = (day(text) for text in self.filed)
            drawn.node("Filing", "f", period_from=first, period_to=last, filed_on=on)
            drawn.link("ABOUT", "Filing:f", "no:T")
        if self.reversed:
            drawn.invoice("red", seller="T", buyer="B", on="2026-01-07", red=True, **{**money, "tax_cents": -10_000})
            drawn.link("REVERSES", "red", "sale")
        return drawn


@pytest.mark.parametrize(
    "drawn",
    [
        Drawn(),
        Drawn(registered="2025-07-10"),  # 179 days before
        Drawn(paid=0),
        Drawn(paid=101, currency="CNY"),  # that is money of another book
        Drawn(filed=("2025-12-01", "2025-12-31", "2026-01-14")),
        Drawn(filed=("2025-10-01", "2025-12-31", "2026-04-05"), newest="2026-04-20"),  # ninety days after
        Drawn(onward="2026-01-20"),
        Drawn(newest="2026-03-01"),
    ],
)
def test_the_trader_is_missing(tmp_path: Path, drawn: Drawn) -> None:
    (finding,) = found_by(drawn_facts(tmp_path, drawn.draft()), NAME)
    assert finding.anchor == "T EUR"
    assert (finding.measures["output_tax_cents"], finding.measures["first_missed"]) == (10_000, "2026-01")
    assert {(member.role, member.id) for member in finding.members} == {
        ("trader", "T"),
        ("buffer", "B"),
        ("broker", "K"),
    }
    assert dict(finding.evidence) == {"sales": ("sale",), "purchases": (), "onward": ("onward",)}


@pytest.mark.parametrize(
    "drawn",
    [
        Drawn(registered="2025-07-09"),  # 180 days before
        Drawn(paid=101),
        Drawn(paid=101, currency=None),
        Drawn(filed=("2026-01-01", "2026-01-31", "2026-02-10")),
        Drawn(filed=("2025-12-01", "2026-02-28", "2026-03-01")),  # a quarter holds the month
        Drawn(filed=("2025-10-01", "2025-12-31", "2026-04-06"), newest="2026-04-20"),  # files still after 91 days
        Drawn(onward="2026-01-04"),
        Drawn(newest="2026-02-14"),  # the month was not due yet
        Drawn(reversed=True),
    ],
)
def test_the_trader_is_not_missing(tmp_path: Path, drawn: Drawn) -> None:
    assert found_by(drawn_facts(tmp_path, drawn.draft()), NAME) == ()


def test_output_tax_is_what_red_invoices_left(tmp_path: Path) -> None:
    drawn = Drawn(paid=60).draft().invoice("red", seller="T", buyer="B", red=True, **HALF)
    drawn.link("REVERSES", "red", "sale")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert (finding.measures["output_tax_cents"], finding.score) == (6_000, 990_000)
