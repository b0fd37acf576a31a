"""Every test belongs to exactly one of the processes of `make test`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.side_by_side import PARTS, Part

TREE = {
    "tests/flow/test_a.py": "",
    "tests/unit/test_b.py": "",
    "tests/unit/test_c.py": "neo4j",
    "tests/test_d.py": "own_server",
}
INI = "[pytest]\nmarkers =\n    neo4j\n    own_server\n"


def test_the_parts_share_the_tests_out_and_leave_none(tmp_path: Path) -> None:
    for path, marker in TREE.items():
        mark = f"import pytest\n\n@pytest.mark.{marker}\n" if marker else ""
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{mark}def test_one(): pass\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(INI, encoding="utf-8")
    assert sorted(path for part in PARTS for path in collected(part, tmp_path)) == sorted(TREE)


def collected(part: Part, folder: Path) -> list[str]:
    """The files of which this part runs a test."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        *part.chosen(["tests"]),
    ]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own command
    return [line.partition("::")[0] for line in told.splitlines() if "::" in line]
