"""Pages are kept under the ledger that they stand under, and only so many."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.store.port import BatchHeader, BatchRecord
from queries.work.book import Kept
from queries.work.catalogue import DEFAULT
from queries.work.pages import Pages
from queries.work.state import START, Happened

AT = datetime(2026, 5, 4, tzinfo=UTC)


def line(number: int, state: str = "committed") -> BatchRecord:
    return BatchRecord(BatchHeader(f"b{number}", "s", f"d{number}", "w", AT), number, state, AT)


def page(events: int) -> Kept:
    return Kept({}, DEFAULT.machine("inquiry", None), START, {str(n): Happened(str(n)) for n in range(events)})


def test_pages_hold_under_the_ledger_they_were_kept_under_and_under_no_other() -> None:
    pages, ledger = Pages(), (line(1), line(2))
    pages.keep({"t": page(1)}, ledger)
    assert set(pages.under((line(1), line(2)))) == {"t"}
    assert not pages.under((*ledger, line(3)))
    assert not pages.under(ledger)  # what was let go of does not come back
    pages.keep({"t": page(1)}, ledger)
    assert not pages.under((line(1), line(2, "withdrawn")))


def test_what_was_used_longest_ago_goes_first_and_a_page_counts_once() -> None:
    pages, ledger = Pages(most=5), (line(1),)
    pages.keep({"a": page(2), "b": page(2)}, ledger)
    pages.keep({"a": page(2)}, ledger)
    pages.keep({"c": page(1)}, ledger)
    assert set(pages.under(ledger)) == {"a", "b", "c"}
    pages.keep({"d": page(1)}, ledger)
    assert set(pages.under(ledger)) == {"a", "c", "d"}
    pages.keep({"e": page(6)}, ledger)
    assert not pages.under(ledger)
