"""The words of the Makefile that `make check` does not call itself: serve, docs, clean."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import httpx

from tests.support.command_line import SERVING

ROOT = Path(__file__).parents[3]


def _environment() -> dict[str, str]:
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "DEMO_STORE", "TAXGRAPH_STORE"}
    own = {name: value for name, value in os.environ.items() if name not in outer}
    return {**own, "TAXGRAPH_PORT": "0", "COLUMNS": "160"}


def test_make_serve_answers_on_loopback_for_the_demo_graph() -> None:
    server = subprocess.Popen(
        ["make", "serve"],  # noqa: S607 - the word that users type
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        assert server.stdout is not None
        address = next(found[1] for line in server.stdout if (found := SERVING.search(line)))
        assert address.startswith("http://127.0.0.1:")
        assert httpx.get(f"{address}/readyz").status_code == httpx.codes.OK
        answer = httpx.post(f"{address}/graphql", json={"query": "{ __typename }"})
        assert answer.status_code == httpx.codes.UNAUTHORIZED
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def test_make_docs_changes_nothing_that_is_fresh() -> None:
    pages = [ROOT / "api" / "schema.graphql", *sorted((ROOT / "docs" / "reference").rglob("*.md"))]
    before = {page: page.read_bytes() for page in pages}
    subprocess.run(["make", "docs"], cwd=ROOT, env=_environment(), check=True, capture_output=True)  # noqa: S607
    assert {page: page.read_bytes() for page in pages} == before


def test_make_fuzz_tries_the_cases_of_a_seed_and_says_what_came_of_them() -> None:
    done = subprocess.run(
        ["make", "fuzz", "SEED=7", "ONLY=3"],  # noqa: S607
        cwd=ROOT,
        env=_environment(),
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert "seed 7" in done.stdout
    assert "1 cases" in done.stdout


def test_make_clean_removes_what_was_made_and_nothing_else(tmp_path: Path) -> None:
    for made in (".venv/bin/python", "demo/country.duckdb", "graph/__pycache__/x.pyc", ".mypy_cache/x", "graph/x.py"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).write_text("made", encoding="utf-8")
    subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "-f", str(ROOT / "Makefile"), "clean"],  # noqa: S607
        cwd=tmp_path,
        env=_environment(),
        check=True,
        capture_output=True,
    )
    assert [path.name for path in sorted(tmp_path.rglob("*")) if path.is_file()] == ["x.py"]
