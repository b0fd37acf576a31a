"""Kinds of tasks as data: what the catalogue promises, and what a deployment's own file changes or gets wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import SettingsError, WorkError
from queries.work.catalogue import DEFAULT
from queries.work.configured import read_kinds
from queries.work.kinds import ENDS, NOTHING, RISKS, STATES

OWN = """
chief_roles = ["head"]
[service]
due_days = 4
remove = ["transfer"]
[service.steps.close]
other_than = ["submit", "review"]
[service.high.steps.submit]
evidence = ["attendance"]
[appeal]
due_days = 30
[appeal.steps.hear]
from = ["in_work"]
by = ["chief"]
needs = ["reason"]
"""
BROKEN = """
colour = "red"
[service]
due_days = 0
dues = 1
[service.steps.close]
from = ["somewhere"]
by = ["everybody"]
to = "nowhere"
[service.steps.dance]
needs = ["music"]
[inquiry.steps.review]
other_than = ["dance"]
[confirmation]
remove = ["create"]
[review]
remove = ["cancel", "close", "merge"]
"""


def own(folder: Path, text: str, name: str = "kinds.toml") -> Path:
    """A file of kinds."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("kind", sorted(DEFAULT.kinds))
@pytest.mark.parametrize("risk", [None, *RISKS])
def test_every_state_of_every_kind_is_reached_and_leads_to_an_end(kind: str, risk: str | None) -> None:
    machine = DEFAULT.machine(kind, risk)
    for state in STATES:
        assert machine.path(NOTHING, [state]) is not None
        assert machine.path(state, ENDS) is not None


def test_a_low_risk_service_closes_on_confirmation_and_a_high_one_needs_attendance_and_a_signed_notice() -> None:
    low, plain, high = (DEFAULT.machine("service", risk) for risk in ("low", None, "high"))
    assert low.actions["confirm"].evidence == ("confirmation",)
    assert {"confirm"}.isdisjoint(set(plain.actions) | set(high.actions))
    assert high.actions["close"].evidence == ("attendance", "signed_notice")
    assert (low.due_days, plain.due_days, high.due_days) == (10, 5, 3)


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    kinds = read_kinds(own(tmp_path, OWN))
    service, high = kinds.machine("service", None), kinds.machine("service", "high")
    assert kinds.chief_roles == {"head"}
    assert (service.due_days, high.due_days) == (4, 3)
    assert "transfer" not in service.actions
    assert service.actions["close"].other_than == ("submit", "review")
    assert service.actions["close"].sources == ("reviewed",)
    assert high.actions["close"].evidence == ("attendance", "signed_notice")
    assert high.actions["submit"].evidence == ("attendance",)
    assert kinds.machine("appeal", None).actions["hear"].target is None
    assert kinds.machine("inquiry", None) == DEFAULT.machine("inquiry", None)
    assert kinds.version != DEFAULT.version


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_kinds(own(tmp_path, BROKEN))
    told = str(refused.value)
    assert refused.value.code == "settings.kinds"
    for part in (
        "[colour] is no table",
        "[service] due_days is no number of days",
        "[service] dues is not known",
        "from has 'somewhere'",
        "by has 'everybody'",
        "to is none of",
        "[service.steps.dance] is a new step",
        "[inquiry] other_than names 'dance'",
        "[confirmation] has no step create",
        "[review] created has no way to an end",
    ):
        assert part in told


@pytest.mark.parametrize(("name", "text"), [("kinds.toml", "= ="), ("kinds.json", "[1]"), ("kinds.json", "{")])
def test_a_file_that_cannot_be_read_is_a_setting_at_fault(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError, match="does not fit"):
        read_kinds(own(tmp_path, text, name))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_kinds(tmp_path / "none.toml")


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    text = '{"service": {"due_days": 4}}'
    assert read_kinds(own(tmp_path, text, "kinds.json")).machine("service", None).due_days == 4


def test_an_unknown_kind_works_like_any_other_but_is_not_opened() -> None:
    assert DEFAULT.machine("taken over", "high").step("closed", "reviewed") is not None
    with pytest.raises(WorkError) as refused:
        DEFAULT.declared("taken over")
    assert refused.value.code == "work.kind"
