"""A country of two cities for tests of scope: Ash (bureau 4401) and Birch (bureau 4402) under one province.

Firms A1, A2, A3 belong to Ash, B1, B2 to Birch. They trade inside and across; A1 → A2 → A3 → A1 is a ring. Every name,
number and id of Birch carries the word or the sign of Birch, so that a leak is a plain text search.
"""

from __future__ import annotations

from graph.store.port import WriteBatch
from tests.support.small_graph import Draft, day

PROVINCE, ASH, BIRCH, OFFICE = "4400", "4401", "4402", "440101"
BIRCH_WORDS = ("Birch", "B1", "B2", "person-b")


def organisation(draft: Draft) -> Draft:
    """Bureaus, grids, officers."""
    draft.node("Bureau", PROVINCE, name="Province", level=2, region="440000")
    for bureau, above, level in ((ASH, PROVINCE, 3), (BIRCH, PROVINCE, 3), (OFFICE, ASH, 5)):
        draft.node("Bureau", bureau, name=f"Bureau {bureau}", level=level, region=f"{bureau}00"[:6])
        draft.link("PART_OF", f"Bureau:{bureau}", f"Bureau:{above}")
    for grid, bureau, officer in (("grid-a", ASH, "officer-1"), ("grid-b", BIRCH, "officer-2")):
        draft.node("Grid", grid, kind="region", name=f"Grid {grid}")
        draft.link("UNDER", grid, bureau)
        draft.node("Officer", officer, name=f"Officer {officer}")
        draft.link("WORKS_IN", officer, grid, role="lead", valid_from=day("2025-01-01"))
    return draft


def firms(draft: Draft) -> Draft:
    """Taxpayers, registrations, people."""
    for firm, bureau, city, grid in (
        ("A1", ASH, "Ash", "grid-a"),
        ("A2", OFFICE, "Ash", "grid-a"),
        ("A3", ASH, "Ash", "grid-a"),
        ("B1", BIRCH, "Birch", "grid-b"),
        ("B2", BIRCH, "Birch", "grid-b"),
    ):
        draft.firm(firm, bureau=bureau, name=f"{city} Trading {firm}", region=f"{bureau}00"[:6], status="normal")
        draft.node("Registration", f"reg-{firm}", tax_number=firm, name=f"{city} Trading {firm}", bureau=bureau)
        draft.link("REGISTERS", f"reg-{firm}", firm)
        draft.link("IN_GRID", f"no:{firm}", grid, role="managed", valid_from=day("2025-01-01"))
    draft.person("person-a", represents="A1", valid_from=day("2025-01-01"))
    draft.person("person-b", represents="B1", valid_from=day("2025-01-01"))
    return draft.link("HOLDS_SHARE", "Person:person-a", "no:A2", ratio=250_000)


def trade(draft: Draft) -> Draft:
    """Invoices inside and across the cities."""
    for invoice, seller, buyer, on in (
        ("I1", "A1", "A2", "2026-01-10"),
        ("I2", "A2", "A3", "2026-01-12"),
        ("I3", "A3", "A1", "2026-01-14"),
        ("I4", "A1", "B1", "2026-01-16"),
        ("I5", "B1", "B2", "2026-01-18"),
        ("I6", "B2", "A2", "2026-01-20"),
    ):
        draft.invoice(invoice, seller=seller, buyer=buyer, on=on, total_cents=11_300)
        draft.link("LISTS", invoice, "goods", line=1, name="Goods", amount_cents=10_000, rate=130_000, tax_cents=1_300)
    draft.node("Commodity", "goods", name="Goods")
    return draft.link("DEDUCTED", "no:A2", "I1", period=day("2026-01-01"), effective_tax_cents=1_300, kind="claim")


def work(draft: Draft) -> Draft:
    """Tasks and their events, and facts of taxpayers."""
    for task, firm, officer, grid in (("t-a", "A1", "officer-1", "grid-a"), ("t-b", "B1", "officer-2", "grid-b")):
        draft.node("Task", task, kind="inquiry", title=f"About {firm}", status="in_work")
        draft.link("CONCERNS", task, f"Party:no:{firm}").link("ASSIGNED_TO", task, officer, role="handler")
        draft.link("HELD_BY", task, grid)
        draft.node("TaskEvent", f"{task}-1", task=task, position=1, action="opened", officer=officer)
        draft.link("HAS_EVENT", task, f"{task}-1")
    for firm in ("A1", "B1"):
        draft.node(
            "Filing", f"filing-{firm}", tax_kind="VAT", filed_on=day("2026-02-10"), payable_cents=5, currency="CNY"
        )
        draft.link("ABOUT", f"Filing:filing-{firm}", f"no:{firm}")
    return draft.link("SPAWNED", "t-a", "t-b")


def two_cities() -> WriteBatch:
    """All of it in one batch."""
    return work(trade(firms(organisation(Draft())))).batch("country")
