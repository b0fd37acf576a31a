"""Detection at the command line: find, list, explain, take away, decide, join; thresholds of one's own."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine

PATTERN = ("--pattern", "ring_invoicing")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A generated country of its own: these tests write findings."""
    line = CommandLine(tmp_path_factory.mktemp("country"))
    size = ("--taxpayers", "1500", "--invoices", "6000", "--days", "120", "--seed", "7", "--planted", "2")
    assert line.run("generate", *size, "--out", "country").returncode == 0
    assert line.answer("load", "auto", "country")["state"] == "committed"
    return line


@pytest.fixture(scope="module")
def found(country: CommandLine) -> list[dict[str, Any]]:
    """The rings of the country, as findings."""
    first = country.answer("detect", *PATTERN)
    assert first["findings"] > 0
    assert first["counts"] == {"new": first["findings"]}
    findings: list[dict[str, Any]] = country.answer("findings", "--limit", "1000")["findings"]
    return findings


def test_a_second_run_says_that_nothing_changed(country: CommandLine, found: list[dict[str, Any]]) -> None:
    again = country.answer("detect", *PATTERN)
    assert [each["how"] for each in again["searched"]] == ["skipped"]
    assert [each["how"] for each in country.answer("detect", *PATTERN, "--full")["searched"]] == ["whole"]
    assert (again["counts"], again["batch"]) == ({"unchanged": len(found)}, None)
    assert "nothing changed" in country.run("detect", *PATTERN).stdout


def test_the_list_shows_the_worst_first_and_says_what_it_cut(country: CommandLine, found: list[dict[str, Any]]) -> None:
    worst = [(each["severity"] != "high", -each["score"]) for each in found]
    assert worst == sorted(worst)
    cut = country.answer("findings", "--limit", "1")
    assert (len(cut["findings"]), cut["total"], cut["truncated"]) == (1, len(found), True)
    shown = country.run("findings", "--limit", "1").stdout
    assert "环开与对开" in shown
    assert f"{len(found) - 1} left out" in shown


def test_why_tells_it_in_two_languages(country: CommandLine, found: list[dict[str, Any]]) -> None:
    told = country.run("why", found[0]["id"])
    assert told.returncode == 0, told.stderr
    assert "Why: ring and mutual invoicing" in told.stdout
    assert "原因" in told.stdout
    assert country.error("why", "finding-none")[1]["code"] == "not_found.finding"


def test_evidence_goes_into_files_of_every_format(
    country: CommandLine, found: list[dict[str, Any]], tmp_path: Path
) -> None:
    why = country.answer("why", found[0]["id"])
    invoices = {each["invoice"] for each in why["evidence"]}
    for ending in ("graphml", "json", "csv", "parquet"):
        country.answer("evidence", found[0]["id"], "--out", str(tmp_path / f"evidence.{ending}"))
    graph = ET.parse(tmp_path / "evidence.graphml").getroot()  # noqa: S314 - as above
    edges = graph.findall(".//{http://graphml.graphdrawing.org/xmlns}edge")
    assert {edge.get("id") for edge in edges} == invoices
    document = json.loads((tmp_path / "evidence.json").read_text(encoding="utf-8"))
    assert {edge["id"] for edge in document["edges"]} == invoices
    with (tmp_path / "evidence.edges.csv").open(encoding="utf-8", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == invoices
    assert (tmp_path / "evidence.nodes.parquet").exists()
    assert (
        country.error("evidence", found[0]["id"], "--out", str(tmp_path / "evidence.doc"))[1]["code"] == "query.format"
    )


def test_a_decision_leaves_the_list_and_its_label_can_be_learnt_from(
    country: CommandLine, found: list[dict[str, Any]], tmp_path: Path
) -> None:
    key = found[-1]["id"]
    words = ("--label", "refuted", "--reason", "goods came back")
    assert country.answer("decide", key, *words)["finding"]["state"] == "closed"
    assert key not in {each["id"] for each in country.answer("findings", "--limit", "1000")["findings"]}
    closed = country.answer("findings", "--state", "closed")["findings"]
    assert [(each["id"], each["label"]) for each in closed] == [(key, "refuted")]
    country.answer("labels", "--out", str(tmp_path / "labels.csv"))
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["id"], row["label"], int(row["length"])) == (key, "refuted", found[-1]["measures"]["length"])
    assert country.error("labels", "--out", str(tmp_path / "labels.csv"))[1]["code"] == "query.exists"


def test_cases_hold_every_standing_finding_once(country: CommandLine, found: list[dict[str, Any]]) -> None:
    del found
    standing = {each["id"] for each in country.answer("findings", "--limit", "1000")["findings"]}
    cases = country.answer("cases", "--limit", "1000")["cases"]
    joined = [key for case in cases for key in case["findings"]]
    assert sorted(joined) == sorted(standing)
    assert [case["rank"] for case in cases] == list(range(1, len(cases) + 1))


def test_thresholds_of_ones_own_change_what_is_found_and_its_version(
    country: CommandLine, found: list[dict[str, Any]], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[ring_invoicing]\ngap = 0\n", encoding="utf-8")
    answer = country.answer("detect", *PATTERN, "--rules", str(rules))
    assert answer["counts"].get("gone", 0) > 0
    shown = country.answer("patterns", "--rules", "--rules-file", str(rules))["patterns"][0]
    assert {"gap": 0}.items() <= {rule["name"]: rule["value"] for rule in shown["rules"]}.items()
    back = country.answer("detect", *PATTERN)
    assert back["counts"].get("back", 0) == answer["counts"]["gone"]
    rules.write_text("[ring_invoicing]\ngaps = 0\n", encoding="utf-8")
    code, error = country.error("detect", "--rules", str(rules))
    assert (error["code"], code > 0) == ("settings.rules", True)
    assert country.error("detect", "--pattern", "no_such")[1]["code"] == "query.pattern"
