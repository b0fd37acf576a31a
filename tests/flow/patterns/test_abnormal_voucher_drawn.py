"""Abnormal vouchers on drawn invoices: what counts as claimed, as special, as transferred out, and as a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from queries.detection.episodes import Finding
from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft, day

NAME = "abnormal_voucher"
BAD = 7_000_000
CLEAN = 3_000_000


@dataclass(frozen=True)
class Drawn:
    """Firm C claims a flagged voucher of S and a clean one in March, exactly seventy per cent; each part may differ."""

    voucher: dict[str, Any] = field(default_factory=dict)
    claim: dict[str, Any] = field(default_factory=dict)
    flag: dict[str, Any] = field(default_factory=dict)
    out: dict[str, Any] | None = None

    def draft(self) -> Draft:
        """The facts."""
        drawn = Draft().firm("S").firm("C").firm("B").node("Bureau", "11")
        own = {"kind": "digital_special", "tax_cents": BAD, "on": "2026-03-02", **self.voucher}
        drawn.invoice("bad", seller="S", buyer="C", **own)
        drawn.invoice("clean", seller="S", buyer="C", kind="special", tax_cents=CLEAN, on="2026-03-03")
        for number, on in (("before", "2026-02-27"), ("same", "2026-03-01"), ("later", "2026-05-05")):
            drawn.invoice(number, seller="C", buyer="B", kind="special", tax_cents=100, on=on)
        claim = {"period": day("2026-03-01"), "effective_tax_cents": BAD, "kind": "deduction", **self.claim}
        drawn.link("DEDUCTED", "no:C", "bad", **claim)
        drawn.link("DEDUCTED", "no:C", "clean", **{**claim, "effective_tax_cents": CLEAN, "kind": None, **_when(claim)})
        drawn.link("FLAGGED_ABNORMAL", "11", "bad", **{"seed_class": "3", **self.flag})
        if self.out is not None:
            drawn.node("InputTransferOut", "o", **{"reason": "异常凭证", "amount_cents": 1, **self.out})
            drawn.link("ABOUT", "InputTransferOut:o", "no:C")
        return drawn


def _when(claim: dict[str, Any]) -> dict[str, Any]:
    return {name: claim[name] for name in ("period", "claimed_on") if name in claim}


def found(folder: Path, drawn: Drawn) -> tuple[Finding, ...]:
    return found_by(drawn_facts(folder, drawn.draft()), NAME)


MARCH = {"period_from": day("2026-03-01")}


@pytest.mark.parametrize(
    "drawn",
    [
        Drawn(),
        Drawn(voucher={"kind": "paper_form_special"}),
        Drawn(voucher={"status": "reversed"}),  # it was claimed all the same
        Drawn(claim={"kind": "export_rebate"}),
        Drawn(claim={"kind": None}),
        Drawn(claim={"effective_tax_cents": None}),  # then the invoice's own tax counts
        Drawn(claim={"period": None, "claimed_on": day("2026-03-31")}),
        Drawn(flag={"valid_from": day("2026-05-01")}),
        Drawn(flag={"valid_to": day("2026-05-06")}),
        Drawn(out={**MARCH, "reason": "红字发票"}),
        Drawn(out={"period_from": day("2026-04-01")}),
        Drawn(out={"booked_on": day("2026-02-28")}),
        Drawn(out={**MARCH, "currency": "EUR"}),
    ],
)
def test_the_claimant_is_a_carrier(tmp_path: Path, drawn: Drawn) -> None:
    (finding,) = found(tmp_path, drawn)
    assert finding.anchor == "C 2026-03 CNY"
    assert (finding.first_on, finding.last_on) == (day("2026-03-01"), day("2026-03-31"))
    assert (finding.measures["abnormal_tax_cents"], finding.measures["whole_tax_cents"]) == (BAD, BAD + CLEAN)
    assert dict(finding.evidence) == {"vouchers": ("bad",), "outputs": ("same", "later")}


@pytest.mark.parametrize(
    "drawn",
    [
        Drawn(voucher={"kind": "digital_ordinary"}),
        Drawn(voucher={"kind": None}),
        Drawn(voucher={"status": "void"}),
        Drawn(voucher={"red": True}),
        Drawn(claim={"effective_tax_cents": BAD - 1}),
        Drawn(claim={"kind": "not_deducted"}),
        Drawn(claim={"period": None}),
        Drawn(flag={"valid_to": day("2026-05-05")}),  # lifted by the day of the newest invoice
        Drawn(out={**MARCH}),
        Drawn(out={"booked_on": day("2026-03-31")}),
        Drawn(out={**MARCH, "currency": "CNY", "reason": "异常增值税扣税凭证"}),
    ],
)
def test_the_claimant_is_no_carrier(tmp_path: Path, drawn: Drawn) -> None:
    assert found(tmp_path, drawn) == ()


def test_what_is_withdrawn_with_a_lifted_seed_is_all_that_hung_on_it(tmp_path: Path) -> None:
    drafts = {}
    for name, flag in (("standing", {}), ("lifted", {"valid_to": day("2026-05-05")})):
        drawn = Drawn(flag=flag).draft()
        drawn.invoice("next", seller="C", buyer="B", kind="special", tax_cents=9_000_000, on="2026-03-20")
        drawn.link("DEDUCTED", "no:B", "next", period=day("2026-04-01"), effective_tax_cents=9_000_000)
        folder = tmp_path / name
        folder.mkdir()
        found_here = found_by(drawn_facts(folder, drawn), NAME)
        drafts[name] = [(each.anchor, each.measures["round"]) for each in found_here]
    assert drafts == {"standing": [("B 2026-04 CNY", 2), ("C 2026-03 CNY", 1)], "lifted": []}


def test_all_classes_of_a_voucher_are_kept(tmp_path: Path) -> None:
    drawn = Drawn().draft().link("FLAGGED_ABNORMAL", "11", "bad", seed_class="1")
    drawn.link("FLAGGED_ABNORMAL", "11", "clean")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert finding.measures["seed_classes"] == "1,3,unknown"
    assert finding.measures["seeds"] == 2


def test_the_newest_grade_is_told(tmp_path: Path) -> None:
    drawn = Drawn().draft()
    for year, grade in ((2024, "A"), (2025, "B")):
        drawn.node("CreditGrade", f"g{year}", year=year, grade=grade).link("ABOUT", f"CreditGrade:g{year}", "no:C")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME, verification_stops=True)
    assert (finding.measures["grade"], finding.measures["outputs"]) == ("B", 2)
