"""Shared control on drawn firms: what binds, what does not, and which links hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from graph.store.questions import AsOf
from queries.detection.rules import Value
from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft, day

NAME = "shared_control"
FIRMS = ("A", "B", "C", "D")
Link = tuple[str, ...]
"""Role or contact type, person or contact, then firms."""
ROLES = {"legal": "LEGAL_REPRESENTATIVE_OF", "finance": "FINANCE_OFFICER_OF", "handler": "TAX_HANDLER_OF"}
PHONE, ADDRESS = ("Phone", "p", "A", "B", "C"), ("Address", "a", "A", "B", "C")
LEGAL, FINANCE = ("legal", "x", "A", "B", "C"), ("finance", "y", "A", "B", "C")


def draft(links: Sequence[Link], **dates: object) -> Draft:
    """Firms A to D, all registered and trading with nobody, with these links; `dates` go to the first one."""
    drawn = Draft()
    for firm in FIRMS:
        drawn.firm(firm, registered_on=day("2025-01-01"))
    drawn.invoice("1", seller="A", buyer="B", on="2026-03-31")
    for kind, node in dict.fromkeys((link[0] if link[0] not in ROLES else "Person", link[1]) for link in links):
        drawn.node("Taxpayer" if kind == "agent" else kind, node)
    for place, (kind, node, *firms) in enumerate(links):
        for firm in firms:
            own = dates if place == 0 else {}
            if kind in ROLES:
                drawn.link(ROLES[kind], node, f"no:{firm}", **own)
            else:
                drawn.link("USES", f"no:{firm}", f"{kind}:{node}", **own)
    return drawn


def members(folder: Path, *links: Link, **own: Value) -> list[str]:
    """Firms of every group."""
    findings = found_by(drawn_facts(folder, draft(links)), NAME, **own)
    return ["".join(member.id for member in each.members if member.role == "firm") for each in findings]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((LEGAL, PHONE), ["ABC"]),
        ((PHONE, ADDRESS), ["ABC"]),
        ((FINANCE, ADDRESS), ["ABC"]),
        ((PHONE, ("Device", "d", "A", "B", "C")), ["ABC"]),
        ((PHONE, ("BankAccount", "b", "A", "B", "C")), ["ABC"]),
        ((("Device", "d", "A", "B", "C"), ("NetworkAddress", "n", "A", "B", "C")), []),  # one machine shows twice
        ((PHONE, ("Phone", "q", "A", "B", "C")), []),
        ((LEGAL, FINANCE), []),  # two persons, no crossing: one kind
        ((("legal", "x", "A", "B"), ("finance", "x", "C"), FINANCE), ["ABC"]),  # x crosses roles, y is the second tie
        ((("finance", "x", "A", "B"), ("handler", "x", "C"), FINANCE), []),  # bookkeepers' roles do not cross
        ((("legal", "x", "A", "B"), ("finance", "x", "C")), []),
        ((PHONE, ("Address", "a", "A", "B")), []),  # bound are only two
        ((PHONE, ("Address", "a", "A", "B"), ("Address", "b", "B", "C")), ["ABC"]),  # a chain of bonds
        ((PHONE, ADDRESS, ("Address", "b", "C", "D"), ("Phone", "q", "C", "D")), ["ABCD"]),
    ],
)
def test_two_kinds_of_link_bind(tmp_path: Path, links: tuple[Link, ...], expected: list[str]) -> None:
    assert members(tmp_path, *links) == expected


def test_a_crossing_binds_alone_where_the_rule_says_so(tmp_path: Path) -> None:
    links = (("legal", "x", "A", "B"), ("finance", "x", "C"))
    assert members(tmp_path, *links, crossing_alone=True) == ["ABC"]


@pytest.mark.parametrize(("hub", "expected"), [(2, []), (3, ["ABC"])])
def test_two_hubs_bind_nobody(tmp_path: Path, hub: int, expected: list[str]) -> None:
    assert members(tmp_path, PHONE, ADDRESS, hub=hub) == expected


def test_a_hub_still_binds_beside_another_tie(tmp_path: Path) -> None:
    assert members(tmp_path, ("Phone", "p", *FIRMS), ADDRESS, hub=3) == ["ABC"]


@pytest.mark.parametrize(("high_firms", "severity"), [(3, "high"), (4, "abnormal")])
def test_a_group_is_high_from_so_many_firms_on(tmp_path: Path, high_firms: int, severity: str) -> None:
    (finding,) = found_by(drawn_facts(tmp_path, draft((PHONE, ADDRESS))), NAME, high_firms=high_firms)
    assert finding.severity == severity


def test_the_public_thresholds_are_three_and_five(tmp_path: Path) -> None:
    five = draft((PHONE, ADDRESS)).firm("E")
    for contact in ("Phone:p", "Address:a"):
        five.link("USES", "no:D", contact)
    (four,) = found_by(drawn_facts(tmp_path, five), NAME)
    assert (four.severity, four.measures["firms"]) == ("abnormal", 4)


@pytest.mark.parametrize(
    ("valid_to", "expected"),
    [
        (None, 1),
        ("2026-04-01", 1),
        ("2026-03-31", 0),
    ],  # the newest invoice is of 31 March: valid_to is the first day after
)
def test_a_link_that_ended_by_the_newest_invoice_does_not_count(
    tmp_path: Path, valid_to: str | None, expected: int
) -> None:
    drawn = draft((PHONE, ADDRESS), valid_to=valid_to and day(valid_to))
    assert len(found_by(drawn_facts(tmp_path, drawn), NAME)) == expected


def test_as_of_a_day_only_what_holds_then_counts(tmp_path: Path) -> None:
    drawn = draft((PHONE, ADDRESS), valid_from=day("2026-01-01"), valid_to=day("2026-02-01"))
    for on, expected in (("2025-12-31", 0), ("2026-01-01", 1), ("2026-01-31", 1), ("2026-02-01", 0)):
        folder = tmp_path / on
        folder.mkdir()
        assert len(found_by(drawn_facts(folder, drawn, as_of=AsOf(valid=day(on))), NAME)) == expected


def test_an_agent_is_listed_and_weighed_but_binds_nobody(tmp_path: Path) -> None:
    drawn = draft((PHONE, ADDRESS)).firm("Z")
    for firm in FIRMS:
        drawn.link("AGENT_OF", "no:Z", f"no:{firm}")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert finding.measures["agents"] == 1
    assert [member.id for member in finding.members if member.role == "agent"] == ["Z"]
    assert finding.measures["firms"] == 3
    assert finding.score == 2 * 721_348 + 621_335  # 1 / ln 4 twice, 1 / ln 5 for the agent of four


def test_a_telephone_and_an_agent_bind_nobody(tmp_path: Path) -> None:
    drawn = draft((PHONE,)).firm("Z")
    for firm in FIRMS:
        drawn.link("AGENT_OF", "no:Z", f"no:{firm}")
    assert found_by(drawn_facts(tmp_path, drawn), NAME) == ()


def test_the_controller_is_the_tie_with_most_members_by_weight(tmp_path: Path) -> None:
    links = (PHONE, ("Address", "a", "A", "B"), ("Address", "b", "B", "C"))
    (finding,) = found_by(drawn_facts(tmp_path, draft(links)), NAME)
    assert (finding.anchor, finding.measures["controlled"]) == ("Phone p", 3)
