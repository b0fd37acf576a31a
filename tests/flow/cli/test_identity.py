"""Identity at the command line: an officer decides that two registrations are one taxpayer, and takes it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, write_tables
from tests.support.registrations import country, small_model
from tests.support.reviewed import RENAMED, SHELL

FIRMS = [{"id": f"T{place}", "name": "甲", "tax_number": f"N{place}"} for place in (1, 2)]
TOLD = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")
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


def test_a_register_trains_a_model_that_loads_use_and_that_explains_a_pair(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    told = country(2_000, 11)[0].registrations.to_pylist()
    firms_told = [{"id": f"R{place}", **{name: row[name] for name in TOLD}} for place, row in enumerate(told)]
    write_tables(tmp_path / "firms", {"taxpayers": firms_told})
    line.answer("load", "canonical", "firms")
    made = line.answer("train-identity", "--out", "model.json")
    assert made["registrations"] == len(told)
    again = line.run("train-identity", "--out", "model.json")
    assert (again.returncode, "query.exists" in again.stderr + again.stdout) == (2, True)
    line = replace(line, environment={"TAXGRAPH_IDENTITY_MODEL": str(tmp_path / "model.json")})
    write_tables(tmp_path / "more", {"taxpayers": [{"id": "N", "name": "丁", "tax_number": "N9"}]})
    line.answer("load", "canonical", "more")
    rows = line.answer("formed", "R1")["steps"][-1]["moved"]
    pair = [each["registration"] for each in rows if each["registration"]]
    assert pair
    one, other = "canonical:R1", pair[0] if pair[0] != "canonical:R1" else "canonical:R0"
    why = line.answer("why-same", one, other)
    assert {each["field"] for each in why["fields"]} >= {"name", "phone", "address"}
    assert why["same"] == (len(set(why["taxpayers"].values())) == 1)
    assert why["prior"] + sum(each["weight"] for each in why["fields"]) == why["total"]
    assert why["english"].endswith(".")
    shown = line.run("identity-report", "--sample", "20", "--out", "quality").stdout
    assert made["digest"] in shown
    assert "no labels" in shown
    assert sorted(path.name for path in (tmp_path / "quality").iterdir()) == [
        "report.json",
        "sample.csv",
        "sizes.svg",
        "strata.svg",
    ]


def test_what_waits_for_a_person_is_listed_and_a_decision_about_what_changed_is_refused(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, environment={"TAXGRAPH_IDENTITY_MODEL": str(tmp_path / "model.json")})
    small_model().write(tmp_path / "model.json")
    rows = [{**row, "registered_on": str(row["registered_on"])} for row in (SHELL, RENAMED)]
    write_tables(tmp_path / "firms", {"taxpayers": rows})
    loaded = line.answer("load", "canonical", "firms")
    assert (loaded["resolved_by"], loaded["resolved_anew"]) == (f"kept scores of model {small_model().digest}", False)
    found = line.answer("identity-reviews")
    assert [(each["left"], each["right"], each["reason"]) for each in found["reviews"]] == [
        ("canonical:T4", "canonical:T5", "names differ")
    ]
    assert "names differ" in line.run("identity-reviews").stdout
    said = ("canonical:T4", "canonical:T5", "--verdict", "same", "--reason", "同一家", "--seen")
    code, error = line.error("decide-identity", *said, "b0")
    assert (code != 0, error["code"]) == (True, "store.changed")
    line.answer("decide-identity", *said, loaded["batch"])
    assert line.answer("identity-reviews")["total"] == 0
    assert line.answer("identity-reviews", "--state", "settled")["reviews"][0]["verdict"] == "same"
    assert "A person decided" in line.run("why-same", "canonical:T4", "canonical:T5").stdout
