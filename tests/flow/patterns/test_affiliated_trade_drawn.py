"""Interest-affiliated trade on drawn firms: which influence counts, and what is measured of the trade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft, day

NAME = "affiliated_trade"


def trade() -> Draft:
    """A sells to B twice, C to B and A to C once; person x represents A, y and z nobody."""
    drawn = Draft().firm("A").firm("B").firm("C").firm("H").person("x", represents="A").person("y").person("z")
    drawn.invoice("1", seller="A", buyer="B", net_cents=300, on="2026-03-01")
    drawn.invoice("2", seller="A", buyer="B", net_cents=100, on="2026-03-09")
    drawn.invoice("3", seller="C", buyer="B", net_cents=1_200, on="2026-03-05")
    return drawn.invoice("4", seller="A", buyer="C", net_cents=400, on="2026-03-05")


@pytest.mark.parametrize(
    ("links", "trails"),
    [
        ([("LEGAL_REPRESENTATIVE_OF", "x", "no:B", {})], ("represents", "represents")),
        ([("HOLDS_SHARE", "Person:x", "no:B", {"ratio": 250_000})], ("represents", "holds")),
        ([("HOLDS_SHARE", "Person:x", "no:B", {})], ("represents", "holds")),
        ([("HOLDS_SHARE", "Person:x", "no:B", {"ratio_min": 0, "ratio_max": 300_000})], ("represents", "holds")),
        ([("CONTROLS", "Person:x", "no:B", {})], ("represents", "controls")),
        ([("CONTROLS", "Person:x", "no:H", {}), ("BRANCH_OF", "no:B", "no:H", {})], ("represents", "controls,heads")),
        ([("RELATED_TO", "x", "y", {}), ("CONTROLS", "Person:y", "no:B", {})], ("represents", "controls")),
        ([("HOLDS_SHARE", "no:A", "no:B", {})], ("", "holds")),
    ],
)
def test_an_antecedent_stands_behind_both(tmp_path: Path, links: list[Any], trails: tuple[str, str]) -> None:
    drawn = trade()
    for relationship, source, target, own in links:
        drawn.link(relationship, source, target, **own)
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert (finding.measures["seller_trail"], finding.measures["buyer_trail"]) == trails
    assert finding.anchor == f"{'A' if not trails[0] else 'x'} A B CNY"
    assert (finding.measures["trades"], finding.measures["net_cents"]) == (2, 400)
    assert (finding.measures["sold_share"], finding.measures["bought_share"], finding.score) == (
        500_000,
        250_000,
        500_000,
    )
    assert (finding.first_on, finding.last_on) == (day("2026-03-01"), day("2026-03-09"))
    assert dict(finding.evidence) == {"trades": ("1", "2")}


@pytest.mark.parametrize(
    ("relationship", "source", "own"),
    [
        ("FINANCE_OFFICER_OF", "x", {}),
        ("TAX_HANDLER_OF", "x", {}),
        ("AGENT_OF", "Person:x", {}),
        ("HOLDS_SHARE", "Person:x", {"ratio": 249_999}),
        ("CONTROLS", "Person:x", {"valid_to": day("2026-03-09")}),  # ended by the day of the newest invoice
        ("CONTROLS", "Person:y", {}),
        ("HOLDS_SHARE", "no:H", {}),
    ],
)
def test_nobody_stands_behind_both(tmp_path: Path, relationship: str, source: str, own: dict[str, Any]) -> None:
    drawn = trade().link(relationship, source, "no:B", **own)
    assert found_by(drawn_facts(tmp_path, drawn), NAME) == ()


def test_who_stands_between_is_a_member_of_that_trail_alone(tmp_path: Path) -> None:
    drawn = trade().link("CONTROLS", "Person:x", "no:H").link("CONTROLS", "no:H", "no:B")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    members = {member.role: (member.type, member.id) for member in finding.members}
    assert members == {
        "seller": ("Taxpayer", "A"),
        "buyer": ("Taxpayer", "B"),
        "antecedent": ("Person", "x"),
        "above_buyer": ("Taxpayer", "H"),
    }
    assert len(finding.members) == 4
    assert found_by(drawn_facts_again(finding.anchor, drawn, tmp_path), NAME, trail=1) == ()


def drawn_facts_again(name: str, drawn: Draft, folder: Path) -> Any:
    place = folder / name.replace(" ", "-")
    place.mkdir()
    return drawn_facts(place, drawn)


def test_reversed_and_void_trade_is_no_trade(tmp_path: Path) -> None:
    drawn = Draft().firm("A").firm("B").person("x", represents="A").link("CONTROLS", "Person:x", "no:B")
    drawn.invoice("1", seller="A", buyer="B", status="void")
    drawn.invoice("2", seller="A", buyer="B").invoice("r", seller="A", buyer="B", red=True, net_cents=-10_000)
    drawn.link("REVERSES", "r", "2")
    assert found_by(drawn_facts(tmp_path, drawn), NAME) == ()
