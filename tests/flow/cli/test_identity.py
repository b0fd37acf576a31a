"""Identity at the command line: an officer decides that two registrations are one taxpayer, and takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, write_tables

FIRMS = [{"id": f"T{place}", "name": "甲", "tax_number": f"N{place}"} for place in (1, 2)]
SAME = ("canonical:T1", "canonical:T2", "--verdict", "same", "--reason", "同一家")


@pytest.fixture
def own(tmp_path: Path) -> CommandLine:
    """Two firms."""
    line = CommandLine(tmp_path)
    write_tables(tmp_path / "firms", {"taxpayers": FIRMS})
    line.answer("load", "canonical", "firms")
    return line


def firms(line: CommandLine) -> int:
    """How many taxpayers a search for the name finds."""
    return sum(hit["type"] == "Taxpayer" for hit in line.answer("search", "甲")["hits"])


def test_a_decision_joins_two_firms_and_its_withdrawal_parts_them(own: CommandLine) -> None:
    assert firms(own) == 2
    decided = own.answer("decide-identity", *SAME)
    assert (decided["state"], decided["accepted"], firms(own)) == ("committed", 1, 1)
    own.answer("batch", "withdraw", decided["batch"])
    assert firms(own) == 2


def test_what_is_not_there_or_says_nothing_is_refused(own: CommandLine) -> None:
    unknown = own.run("decide-identity", "canonical:T1", "canonical:T8", *SAME[2:])
    assert (unknown.returncode, "not_found.registration" in unknown.stderr + unknown.stdout) == (8, True)
    unclear = own.run("decide-identity", *SAME[:2], "--verdict", "perhaps", "--reason", "x")
    assert (unclear.returncode, "query.verdict" in unclear.stderr + unclear.stdout) == (2, True)
    assert len(own.answer("batches")["batches"]) == 1


def test_the_steps_of_a_taxpayer_are_shown_as_a_table_and_as_data(own: CommandLine) -> None:
    own.answer("decide-identity", *SAME)
    steps = own.answer("formed", "N2")["steps"]
    assert [[each["party"] for each in step["moved"]] for step in steps] == [
        ["no:N1", "no:T1", "serial:canonical:T1"],
        ["no:N2", "no:T2", "serial:canonical:T2"],
    ]
    shown = own.run("formed", "N2").stdout
    assert "decided same: 同一家" in shown
    assert "serial:canonical:T2" in shown
