"""What is remembered of a ledger is what the ledger says, whatever changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from graph.store.ledger import BatchState, FromLedger, SnapshotBook, snapshot_of
from graph.store.port import BatchHeader, BatchRecord

START = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = BatchHeader("b", "s", "d", "who", START)


def ledger(count: int) -> tuple[BatchRecord, ...]:
    """So many committed lines, an hour apart."""
    hours = (START + timedelta(hours=number) for number in range(1, count + 1))
    return tuple(BatchRecord(HEADER, number, BatchState.COMMITTED, at) for number, at in enumerate(hours, start=1))


def withdrawn(lines: Sequence[BatchRecord], number: int) -> tuple[BatchRecord, ...]:
    """The same, where that line was withdrawn after all."""
    gone = START + timedelta(days=9)
    return tuple(
        replace(line, state=BatchState.WITHDRAWN, withdrawn_at=gone) if line.number == number else line
        for line in lines
    )


def test_snapshots_of_several_instants_in_turn_are_those_of_the_ledger() -> None:
    book, instants = SnapshotBook(), [None, *(START + timedelta(hours=hour) for hour in range(150))]
    for lines in (ledger(5), withdrawn(ledger(5), 3), ledger(5)):
        for instant in [*instants, *instants]:
            assert book.at(lines, instant) == snapshot_of(lines, instant)


def test_what_is_made_of_a_ledger_is_made_again_only_when_a_line_changed() -> None:
    made: list[int] = []

    def counted(lines: Sequence[BatchRecord]) -> int:
        made.append(sum(line.state == BatchState.COMMITTED for line in lines))
        return made[-1]

    known, five = FromLedger(counted), ledger(5)
    states = (five, list(five), withdrawn(five, 2), five, five[:4])
    assert [known.of(lines) for lines in states] == [5, 5, 4, 5, 4]
    assert made == [5, 4, 5, 4]
