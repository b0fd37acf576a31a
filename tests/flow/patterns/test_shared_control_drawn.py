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
CROSSING = ("legal", "x", "A", "B"), ("finance", "x", "C")
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
        (CROSSING, ["ABC"]),  # alone
        ((*CROSSING, FINANCE), ["ABC"]),
        ((("finance", "x", "A", "B"), ("handler", "x", "C"), FINANCE), []),  # bookkeepers' roles do not cross
        ((("legal", "x", "A"), ("finance", "x", "B")), []),  # crossed, but only two
        ((("Phone", "p", "A", "B"), ("Address", "a", "A", "B")), []),
        ((("Phone", "p", "A", "B"), ("Address", "a", "B", "C")), ["ABC"]),  # a chain by two kinds
        ((("Phone", "p", "A", "B"), ("Phone", "q", "B", "C")), []),  # a chain by one kind
        ((("Phone", "p", "A", "B"), ("Address", "a", "C", "D")), []),  # two chains
        ((("legal", "x", "A"), ("finance", "x", "B"), ("handler", "y", "B", "C")), ["ABC"]),  # crossed once
        ((PHONE, ("Address", "a", "A", "B")), ["ABC"]),
        ((PHONE, ADDRESS, ("Address", "b", "C", "D"), ("Phone", "q", "C", "D")), ["ABCD"]),
    ],
)
def test_two_kinds_of_link_or_a_crossing_make_a_group(
    tmp_path: Path, links: tuple[Link, ...], expected: list[str]
) -> None:
    assert members(tmp_path, *links) == expected


@pytest.mark.parametrize(("least_weight", "expected"), [(721_348, ["ABC"]), (721_349, [])])
def test_a_weak_tie_joins_nobody(tmp_path: Path, least_weight: int, expected: list[str]) -> None:
    assert members(tmp_path, PHONE, ADDRESS, least_weight=least_weight) == expected  # 1 / ln 4


def test_a_weak_tie_is_listed_and_weighs(tmp_path: Path) -> None:
    links = (("Phone", "p", *FIRMS), ADDRESS, ("Device", "d", "A", "B"))
    (finding,) = found_by(drawn_facts(tmp_path, draft(links)), NAME, least_weight=700_000)
    assert (finding.measures["firms"], finding.measures["phones"]) == (3, 1)
    assert finding.score == 621_335 + 721_348 + 910_239  # 1 / ln 5, 1 / ln 4, 1 / ln 3


BOUND = ("Phone", "p", "A", "B", "C"), ("Address", "a", "A", "B", "C")
CHAIN = ("finance", "y", "C", "D")


def test_what_is_too_large_is_parted_where_firms_share_one_tie_only(tmp_path: Path) -> None:
    facts = drawn_facts(tmp_path, draft((*BOUND, CHAIN)))
    for most, firms, beyond in ((4, 4, 0), (3, 3, 1)):
        (finding,) = found_by(facts, NAME, most_firms=most)
        assert (finding.measures["firms"], finding.measures["beyond"]) == (firms, beyond)


def test_two_light_ties_hold_where_one_heavy_tie_does_not(tmp_path: Path) -> None:
    nine = "ABCDEFGHI"
    drawn = draft((("Phone", "p", *FIRMS), ("Address", "a", *FIRMS), ("Device", "d", "A")))
    for firm in nine[len(FIRMS) :]:
        drawn.firm(firm).link("USES", f"no:{firm}", "Phone:p").link("USES", f"no:{firm}", "Address:a")
    drawn.firm("AA").link("USES", "no:AA", "Device:d")
    (finding,) = found_by(drawn_facts(tmp_path, drawn), NAME, most_firms=9)  # 2 / ln 10 is less than 1 / ln 3
    assert [member.id for member in finding.members if member.role == "firm"] == list(nine)
    assert (finding.measures["devices"], finding.measures["beyond"]) == (0, 1)


def test_parts_that_are_too_large_lose_the_pairs_that_share_least(tmp_path: Path) -> None:
    light = ("Phone", "q", *FIRMS), ("Address", "b", *FIRMS)
    assert members(tmp_path, *light, ("Device", "d", "A", "B", "D"), most_firms=3) == ["ABD"]


def test_a_part_needs_evidence_of_its_own(tmp_path: Path) -> None:
    persons = ("finance", "x", "A", "B", "C"), ("finance", "y", "A", "B", "C"), ("Phone", "p", "C", "D")
    (finding,) = found_by(drawn_facts(tmp_path, draft(persons)), NAME, most_firms=3)
    assert (finding.measures["beyond"], finding.measures["phones"]) == (1, 0)  # not a part: the nearest three
    assert [member.id for member in finding.members if member.role == "firm"] == ["A", "B", "C"]


def test_what_falls_apart_is_one_finding_with_the_nearest_firms(tmp_path: Path) -> None:
    chain = (("Phone", "p", "A", "B"), ("Address", "a", "B", "C"), ("Phone", "q", "C", "D"))
    (finding,) = found_by(drawn_facts(tmp_path, draft(chain)), NAME, most_firms=3)
    assert [member.id for member in finding.members if member.role == "firm"] == ["A", "B", "C"]  # B is heaviest
    assert (finding.measures["firms"], finding.measures["beyond"]) == (3, 1)


def test_groups_with_one_controller_are_findings_of_their_own(tmp_path: Path) -> None:
    drawn = draft(()).firm("Z")
    for firm in "EFGHIJ":
        drawn.firm(firm)
    for one, other in (*zip("ABCD", "BCDE", strict=True), *zip("FGHI", "GHIJ", strict=True)):
        kind = "Phone" if one in "ABFG" else "Address"
        drawn.node(kind, one).link("USES", f"no:{one}", f"{kind}:{one}").link("USES", f"no:{other}", f"{kind}:{one}")
    for firm in "ABCDEFGHIJ":
        drawn.link("AGENT_OF", "no:Z", f"no:{firm}")
    findings = found_by(drawn_facts(tmp_path, drawn), NAME)
    assert [(finding.anchor, finding.measures["firms"]) for finding in findings] == [
        ("Taxpayer Z", 5),
        ("Taxpayer Z F", 5),
    ]


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
