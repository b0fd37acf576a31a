"""The command line as a user runs it: a process of its own, real files, real output. Builders of canonical tables."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.forked_commands import forker

COMMAND = Path(sys.executable).parent / "taxgraph"
SERVING = re.compile(r"GraphQL at (http://\S+)/graphql")
OF_THE_INTERPRETER = {"LC_ALL", "PYTHONIOENCODING", "PYTHONUTF8"}  # read before any module
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs `taxgraph` in a folder on one store."""

    folder: Path
    store: str = "duckdb:///graph.duckdb"
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """One command; output as UTF-8 text."""
        with forker().free() as free:
            if free and not settings.keys() & OF_THE_INTERPRETER:
                return forker().run(words, folder=self.folder, environment=self._environment(settings))
        return self.run_afresh(*words, **settings)

    def run_afresh(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """As `run`, by a process that begins with the interpreter."""
        return subprocess.run(  # noqa: S603 - our own command with words of the test
            [str(COMMAND), *words],
            cwd=self.folder,
            env=self._environment(settings),
            check=False,
            capture_output=True,
            encoding="utf-8",
        )

    def answer(self, *words: str) -> Any:
        """The JSON answer of a command that must succeed."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def error(self, *words: str) -> tuple[int, Any]:
        """Exit code and JSON error of a command that must fail."""
        done = self.run(*words, "--json")
        assert done.returncode != 0, done.stdout
        assert done.stdout == ""
        return done.returncode, json.loads(done.stderr)["error"]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that runs beside the test, which ends it."""
        return subprocess.Popen(  # noqa: S603 - our own command with words of the test
            [str(COMMAND), *words],
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def start_server(self) -> subprocess.Popen[str]:
        """`taxgraph serve` on a free port; the caller ends it."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [str(COMMAND), "serve", "--port", "0"],
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("TAXGRAPH_", "NEO4J_"))}
        return {**own, "TAXGRAPH_STORE": self.store, "COLUMNS": "160", **self.environment, **settings}


def write_tables(folder: Path, tables: Mapping[str, Rows]) -> Path:
    """Canonical tables as CSV files, one a record."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def invoice(number: str, seller: str, buyer: str, at: str, net: str = "100.00") -> dict[str, object]:
    """A canonical invoice at a second of 2026."""
    return {"number": number, "seller": seller, "buyer": buyer, "issued_at": at, "net": net, "tax": "0.00"}


def small_country() -> dict[str, Rows]:
    """Three firms that invoice each other in a circle, a fourth outside it, and an officer in charge of the first."""
    firms = {"A": "甲地商贸有限公司", "B": "乙地[bold]贸易", "C": "丙地物流有限公司", "D": "=cmd()有限公司"}
    return {
        "taxpayers": [
            {"id": key, "tax_number": f"91440300MA5F0K1X2{key}", "name": name, "bureau": "14403"}
            for key, name in firms.items()
        ],
        "invoices": [
            invoice("00000001", "A", "B", "2026-01-05 09:00:00", "1000.00"),
            invoice("00000002", "B", "C", "2026-01-06 09:00:00", "990.00"),
            invoice("00000003", "C", "A", "2026-01-07 09:00:00", "1010.00"),
            invoice("00000004", "C", "D", "2026-01-08 09:00:00", "50.00"),
        ],
        "bureaus": [{"id": "14403", "name": "深圳市税务局", "level": 3}],
        "grids": [{"id": "G1", "name": "第一网格", "bureau": "14403"}],
        "officers": [{"id": "O1", "name": "韩世峰"}],
        "works_in": [{"officer": "O1", "grid": "G1", "role": "网格长", "valid_from": "2026-01-01"}],
        "in_grid": [{"taxpayer": "A", "grid": "G1", "valid_from": "2026-02-01"}],
        "tasks": [
            {"id": "T1", "title": "核查", "taxpayer": "A", "status": "closed", "opened_at": "2026-02-01 08:00:00"}
        ],
        "task_events": [
            {"task": "T1", "action": "created", "at": "2026-02-01T08:00:00+08:00", "officer": "O1"},
            {"task": "T1", "action": "closed & <done>", "at": "2026-02-02T08:00:00+08:00", "officer": "O1"},
        ],
    }
