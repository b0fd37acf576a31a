"""Indicators and dispatch at the command line on a generated country: shown, opened, drawn, delivered twice alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine

PERIOD = ("--period", "2026")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A generated country; appeals are written to it."""
    line = CommandLine(tmp_path_factory.mktemp("work"))
    size = ("--taxpayers", "300", "--invoices", "1500", "--days", "90", "--seed", "5")
    assert line.run("generate", *size, "--out", "country").returncode == 0
    assert line.answer("load", "auto", "country")["state"] == "committed"
    return line


def test_a_bureau_has_the_sums_of_its_grids_and_a_number_opens_into_its_events(country: CommandLine) -> None:
    grids = country.answer("indicators", "show", *PERIOD, "--level", "grid", "--indicator", "volume", "--limit", "1000")
    top = country.answer("indicators", "show", *PERIOD, "--level", "bureau", "--subject", "10000000000")
    volume = next(one for one in top["measures"] if one["indicator"] == "volume")
    assert volume["counted"] == sum(one["counted"] for one in grids["measures"]) > 0
    officer = country.answer("indicators", "show", *PERIOD, "--indicator", "lateness")["measures"][0]
    named = ("--indicator", "lateness", "--subject", officer["subject"])
    opened = country.answer("indicators", "behind", *PERIOD, *named)
    assert opened["total"] == officer["base"]
    assert sum(one["counted"] for one in opened["facts"]) == officer["counted"]
    assert officer["subject"] in country.run("indicators", "behind", *PERIOD, *named).stdout
    inside = ("--within", f"officer={officer['subject']}")
    firms = country.answer("indicators", "show", *PERIOD, "--level", "taxpayer", "--indicator", "lateness", *inside)
    one = firms["measures"][0]
    of_firm = ("--indicator", "lateness", "--level", "taxpayer", "--subject", one["subject"], *inside)
    assert country.answer("indicators", "behind", *PERIOD, *of_firm)["total"] == one["base"] > 0


def test_a_delivery_is_the_same_bytes_when_it_is_repeated(country: CommandLine) -> None:
    first = country.answer("export", "indicators", *PERIOD, "--out", "first.json")
    fact = country.answer("indicators", "show", *PERIOD, "--indicator", "volume", "--limit", "1")["measures"][0][
        "subject"
    ]
    named = ("--indicator", "volume", "--subject", fact)
    one = country.answer("indicators", "behind", *PERIOD, *named)["facts"][0]
    contested = ("--indicator", "volume", "--task", one["task"], "--event", one["event"], "--officer", fact)
    raised = country.answer("indicators", "appeal", *contested, "--reason", "counted twice")["appeal"]
    assert [each["id"] for each in country.answer("indicators", "appeals", "--state", "open")["appeals"]] == [
        raised["id"]
    ]
    again = country.answer("export", "indicators", *PERIOD, "--recorded", first["recorded"], "--out", "again.json")
    assert again["digest"] == first["digest"]
    assert (country.folder / "again.json").read_bytes() == (country.folder / "first.json").read_bytes()
    told = json.loads((country.folder / "first.json").read_text(encoding="utf-8"))
    assert len(told["measures"]) == first["measures"] > 0


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("heat", ()),
        ("bar", ("--indicator", "rework")),
        ("scatter", ("--indicator", "volume", "--indicator", "overdue")),
    ],
)
def test_pictures_are_drawn_the_same_way_twice(country: CommandLine, kind: str, words: tuple[str, ...]) -> None:
    for ending, head in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        drawn = []
        for name in ("one", "two"):
            path = f"{kind}-{name}.{ending}"
            country.answer("indicators", "draw", *PERIOD, "--kind", kind, *words, "--out", path)
            drawn.append(Path(country.folder / path).read_bytes())
        assert drawn[0] == drawn[1]
        assert drawn[0].startswith(head)


def test_a_process_map_is_shown_written_and_drawn(country: CommandLine) -> None:
    found = country.answer("process-map", "--kind", "inspection")
    assert found["events"] == sum(each["count"] for each in found["activities"]) > 0
    assert found["cases"] == sum(each["starts"] for each in found["activities"])
    shown = country.run("process-map", "--kind", "inspection").stdout
    assert f"{found['cases']:,} cases" in shown
    country.answer("process-map", "--kind", "inspection", "--out", "map.json")
    assert json.loads((country.folder / "map.json").read_text(encoding="utf-8")) == found
    country.answer("process-map", "--kind", "inspection", "--out", "map.svg")
    assert found["activities"][0]["name"] in (country.folder / "map.svg").read_text(encoding="utf-8")
    assert country.error("process-map", "--out", "map.gif")[1]["code"] == "query.chart"


def test_wrong_words_say_what_to_do(country: CommandLine) -> None:
    for words, code in (
        (("indicators", "show", "--period", "spring"), "query.period"),
        (("indicators", "show", *PERIOD, "--indicator", "speed"), "query.indicator"),
        (("indicators", "show", *PERIOD, "--level", "planet"), "query.level"),
        (("indicators", "draw", *PERIOD, "--kind", "bar", "--out", "x.gif"), "query.chart"),
        (("export", "indicators", "--out", "x.json"), "query.period"),
        (("dispatch", "compare", "--from", "2026-02-01", "--to", "2026-01-01"), "query.days"),
    ):
        assert country.error(*words)[1]["code"] == code


def test_a_task_is_dispatched_with_its_reason_and_policies_are_compared(country: CommandLine) -> None:
    found = country.answer("dispatch", "suggest", "tasks:RW000000001", "--on", "2026-02-01")
    assert found["officer"] in {each["officer"] for each in found["candidates"]}
    assert found["officer"] in found["why"]["en"]
    assert found["officer"] in found["why"]["zh"]
    shown = country.run("dispatch", "suggest", "tasks:RW000000001", "--on", "2026-02-01").stdout
    assert found["officer"] in shown
    scores = country.answer("dispatch", "compare", "--from", "2026-01-01", "--to", "2026-05-01")["policies"]
    by_policy = {each["policy"]: each for each in scores}
    assert by_policy["least_loaded"]["unqualified"] <= by_policy["round_robin"]["unqualified"]
    assert all(0 < each["fairness"] <= 1 for each in scores)
