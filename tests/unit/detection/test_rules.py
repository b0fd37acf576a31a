"""A deployment's own thresholds: read from a file, in force from a day on, refused with place and next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from graph.errors import SettingsError
from queries.detection.rules import PUBLIC, Rules, meanings, read_rules, rule


@dataclass(frozen=True, slots=True)
class Example(Rules):
    days: int = rule(90, "days", en="window", zh="窗口", most=365)
    mode: str = rule("ordered", "text", en="mode", zh="模式")
    strict: bool = rule(False, "flag", en="strict", zh="严格")


KNOWN = {"example": Example}


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_public_values_apply_without_a_file_and_the_version_is_the_definitions_own() -> None:
    in_force = PUBLIC.in_force("example", Example, date(2026, 1, 1))
    assert in_force.rules == Example()
    assert (in_force.version, in_force.as_json()) == ("1", '{"days":90,"mode":"ordered","strict":false}')
    assert next((each.name, each.default, each.unit, each.zh) for each in meanings(Example)) == (
        "days",
        90,
        "days",
        "窗口",
    )


def test_later_values_apply_from_their_first_day_on_and_change_the_version(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[example]\ndays = 60\n\n[[example.from]]\nsince = 2026-09-01\nmode = 'any'\n\n"
        "[[example.from]]\nsince = 2026-07-01\ndays = 45\n",
    )
    book = read_rules(path, KNOWN)
    found = {
        day: book.in_force("example", Example, date.fromisoformat(day))
        for day in ("2026-06-30", "2026-07-01", "2026-09-01")
    }
    assert [(each.rules.days, each.rules.mode) for each in found.values()] == [
        (60, "ordered"),
        (45, "ordered"),
        (45, "any"),
    ]
    assert len({each.version for each in found.values()}) == 3
    assert all(each.version.startswith("1+") for each in found.values())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[other]\n", "[other] is no pattern"),
        ("[example]\nwindow = 3\n", "[example] window is no rule"),
        ("[example]\ndays = '3'\n", "[example] days is no int"),
        ("[example]\ndays = true\n", "[example] days is no int"),
        ("[example]\ndays = 400\n", "[example] days is out of range"),
        ("[[example.from]]\ndays = 3\n", "has no first day"),
        ("[example]\nfrom = 3\n", "is no list of tables"),
        ("[example\n", "it cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_rules(written(tmp_path, text), KNOWN)
    assert caught.value.code == "settings.rules"
    assert "rules.toml" in str(caught.value)
    assert what in str(caught.value)
    assert caught.value.next_step


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_rules(tmp_path / "none.toml", KNOWN)
