"""The household view from stored facts."""

from datetime import datetime

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Scope
from queries.limits import Limits
from queries.results import plain
from queries.views.household import household
from queries.views.trading import trading
from tests.support.small_graph import Draft, day
from tests.support.stores import written

CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")


def firm() -> Draft:
    graph = Draft().firm("A", bureau="11", name="New name", status="normal").firm("B", bureau="11")
    graph.firm("Z", bureau="22", region="220200", name="Far away")
    graph.invoice("1", seller="A", buyer="B", on="2026-01-10", net_cents=10_000, tax_cents=1_300)
    graph.invoice("2", seller="B", buyer="A", on="2026-01-20", net_cents=4_000, tax_cents=520)
    graph.invoice("3", seller="A", buyer="Z", on="2026-02-05", net_cents=7_000, tax_cents=910)
    graph.invoice("v", seller="A", buyer="B", on="2026-01-11", net_cents=99_000, status="void")
    graph.invoice("r", seller="A", buyer="B", on="2026-02-01", net_cents=-10_000, tax_cents=-1_300, red=True)
    return graph.link("REVERSES", "r", "1", basis="declared")


def test_a_red_invoice_counts_in_its_own_month_and_a_void_one_nowhere(store: GraphStore) -> None:
    months = trading(written(store, firm().batch()), "A").months
    assert [(m.month, m.output_cents, m.intake_cents, m.balance_cents, m.tax_balance_cents) for m in months] == [
        ("2026-01", 10_000, 4_000, 6_000, 780),
        ("2026-02", -3_000, 0, -3_000, -390),
    ]


def test_a_question_as_of_a_day_ignores_what_came_later(store: GraphStore) -> None:
    written(store, firm().batch())
    months = trading(store, "A", as_of=AsOf(valid=day("2026-01-31"))).months
    assert [month.month for month in months] == ["2026-01"]


def test_partners_and_biggest_invoices_are_ranked_and_bounded(store: GraphStore) -> None:
    written(store, firm().batch())
    found = trading(store, "A", scope=CITY)
    assert [item.id for item in found.biggest] == ["1", "3", "2"]
    assert [(p.party.name, p.party.hidden, p.sold_cents, p.bought_cents) for p in found.partners] == [
        (None, True, 7_000, 0),
        ("Firm B", False, 0, 4_000),
    ]
    assert found.partners[0].party.id == CITY.opaque("Z")
    cut = trading(store, "A", limits=Limits(per_node=1), top=1)
    assert plain(cut.cut) == [
        {"part": "partner_invoices", "limit": "per_node", "dropped": 2},
        {"part": "partners", "limit": "top", "dropped": 1},
    ]


def test_the_header_as_of_a_day_undoes_later_changes(store: GraphStore) -> None:
    graph = firm()
    for number, (old, new, on) in enumerate(
        (("First name", "Second name", "2026-01-15"), ("Second name", "New name", "2026-02-15"))
    ):
        graph.node("RegistrationChange", f"c{number}", item="name", old_value=old, new_value=new, changed_on=day(on))
        graph.link("CHANGED", f"c{number}", "no:A")
    graph.node("RegistrationChange", "other", item="name", old_value="X", new_value="Y", changed_on=day("2026-03-01"))
    graph.link("CHANGED", "other", "no:A")
    written(store, graph.batch())
    names = [
        household(store, "A", as_of=AsOf(valid=day(text))).header.name
        for text in ("2026-01-14", "2026-01-15", "2026-02-15")
    ]
    assert names == ["First name", "Second name", "New name"]


def test_the_whole_view_puts_a_life_on_one_time_line(store: GraphStore) -> None:
    graph = firm().person("p", represents="A", valid_from=day("2025-01-01"), valid_to=day("2026-02-01"))
    graph.node("Registration", "src:1", source="src", source_id="77", name="New name", registered_on=day("2024-05-01"))
    graph.link("REGISTERS", "src:1", "A").node("Grid", "g1", name="Grid 1")
    graph.link("IN_GRID", "no:A", "g1", role="institution", valid_from=day("2024-06-01"))
    graph.node("Task", "t", title="Look", status="in_work", opened_at=datetime(2026, 1, 5))  # noqa: DTZ001
    graph.link("CONCERNS", "t", "no:A")
    graph.node("Filing", "f1", tax_kind="VAT", filed_on=day("2026-02-10"), sales_cents=5).link(
        "ABOUT", "Filing:f1", "no:A"
    )
    graph.node("CreditGrade", "g2025", year=2025, grade="A").link("ABOUT", "CreditGrade:g2025", "no:A")
    written(store, graph.batch())
    view = household(store, "77")
    assert (view.header.id, view.header.stub) == ("A", False)
    assert [(moment.on.isoformat(), moment.kind) for moment in view.timeline] == [
        ("2024-05-01", "registered"),
        ("2024-06-01", "grid_entered"),
        ("2025-01-01", "legal_representative_of_began"),
        ("2026-01-05", "task_opened"),
        ("2026-02-01", "legal_representative_of_ended"),
    ]
    assert [(fact.type, fact.id) for fact in view.facts] == [("Filing", "f1"), ("CreditGrade", "g2025")]
    assert [officer.subject for officer in view.officers] == ["p"]
    assert household(store, "A", as_of=AsOf(valid=day("2026-02-01"))).officers == ()
    past = household(store, "A", as_of=AsOf(valid=day("2025-12-31")))
    assert [moment.kind for moment in past.timeline][-1] == "legal_representative_of_began"
    assert past.tasks == ()


def test_a_household_out_of_scope_is_not_there(store: GraphStore) -> None:
    written(store, firm().batch())
    with pytest.raises(NotFoundError):
        household(store, "Z", scope=CITY)
