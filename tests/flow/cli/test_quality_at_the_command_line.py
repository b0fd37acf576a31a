"""`taxgraph quality`: reconcile, raise, list, and what each says when asked again."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import CommandLine, Rows, write_tables


def test_what_is_wrong_is_reconciled_raised_and_listed(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    bad = {"number": "1", "seller": "A", "buyer": "B", "issued_at": "2026-03-01", "net": "100", "tax": "13"}
    tables: dict[str, Rows] = {
        "invoices": [bad | {"total": "99"}],
        "bureaus": [{"id": "11", "name": "City", "level": 3}],
        "grids": [{"id": "g", "name": "Grid", "kind": "institution"}],
        "under": [{"from": "g", "to": "11"}],
        "officers": [{"id": "O1", "name": "Officer"}],
        "works_in": [{"officer": "O1", "grid": "g", "role": "网格员"}],
    }
    write_tables(tmp_path / "tables", tables)
    line.answer("load", "canonical", "tables")
    assert line.answer("quality", "reconcile")["counts"] == {"new": 0, "unchanged": 1, "settled": 0}
    made = line.answer("quality", "raise", "--officer", "O1")
    assert [(each["officer"], each["kind"]) for each in made["raised"]] == [("O1", "data_quality")]
    assert line.answer("quality", "raise", "--officer", "O1")["raised"] == []
    (shown,) = line.answer("quality", "list", "--state", "pushed")["issues"]
    assert (shown["rule"], shown["task"]) == ("totals", made["raised"][0]["task"])
    assert line.answer("quality", "list", "--state", "open")["total"] == 0
    assert line.error("quality", "list", "--state", "lost")[1]["code"] == "query.state"
    assert "totals" in line.run("quality", "list").stdout
