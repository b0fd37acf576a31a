"""By what identities stand, read from the lines of a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from graph.store.port import BatchHeader, BatchRecord
from loaders.resolve.versions import UNTOLD, InForce, in_force

AT = datetime(2026, 1, 1, tzinfo=UTC)
Line = tuple[str | None, str]


def ledger(*lines: Line, brought: Mapping[str, int] | None = None) -> list[BatchRecord]:
    """Lines from 1 on, each what it resolved by and its state."""
    return [
        BatchRecord(BatchHeader(f"b{n}", "s", f"d{n}", "w", AT, by_type=brought or {}, resolved_by=said), n, state, AT)
        for n, (said, state) in enumerate(lines, start=1)
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), InForce()),
        (((None, "committed"),), InForce()),
        ((("a", "committed"), (None, "committed")), InForce("a")),
        ((("a", "committed"), ("b", "committed"), ("b", "committed")), InForce("b", 2)),
        ((("a", "committed"), ("b", "committed"), ("a", "committed")), InForce("a", 3)),
        ((("a", "committed"), ("b", "withdrawn")), InForce("a")),
        ((("a", "committed"), ("b", "pending")), InForce("a")),
    ],
)
def test_the_last_load_that_resolved_says_it_and_the_first_of_its_kind_changed_it(
    lines: tuple[Line, ...], expected: InForce
) -> None:
    assert in_force(reversed(ledger(*lines))) == expected


def test_a_register_loaded_by_a_release_that_did_not_say_is_another_version() -> None:
    told = ledger((None, "committed"), brought={"Registration": 3})
    assert in_force(told) == InForce(UNTOLD)
    assert in_force(ledger((None, "committed"), brought={"Invoice": 3})) == InForce()
