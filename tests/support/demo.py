"""`make demo`: a small country generated, loaded and asked the three questions, by the real command line.

Every line it prints is what a user would see for the command shown above it. `--store from-environment` takes the
Neo4j server that `python -m tests.support.neo4j run` offers.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "demo"
COUNTRY = FOLDER / "country"
EMBEDDED = f"duckdb:///{FOLDER / 'country.duckdb'}"
SIZE = ("--taxpayers", "400", "--invoices", "6000", "--days", "120", "--seed", "7")
RING_OPTIONS = ("--window", "30d", "--max-length", "6", "--min-length", "3", "--band", "0.1", "--limit", "3")


def main() -> int:
    """Run the demo; the exit code is that of the first command that fails."""
    asked = _arguments()
    environment = _environment(asked.store)
    _start_afresh()
    _run(environment, "generate", *SIZE, "--out", str(COUNTRY))
    _run(environment, "load", "auto", str(COUNTRY))
    if not asked.only_load:
        _ask(environment)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="", help="store URL, or from-environment; default: demo/country.duckdb")
    parser.add_argument("--only-load", action="store_true", help="generate and load, ask nothing")
    return parser.parse_args()


def _environment(store: str) -> dict[str, str]:
    made = {**os.environ, "TAXGRAPH_STORE": store or EMBEDDED, "COLUMNS": os.environ.get("COLUMNS", "140")}
    made["TAXGRAPH_HMAC_KEY_FILE"] = str(FOLDER / "demo.key")
    made["TAXGRAPH_PROJECTION_DIR"] = str(FOLDER / "projection")
    if store == "from-environment":
        made["TAXGRAPH_STORE"] = os.environ["TAXGRAPH_TEST_NEO4J_URI"]
        made["NEO4J_USERNAME"] = os.environ["TAXGRAPH_TEST_NEO4J_USER"]
        made["TAXGRAPH_NEO4J_PASSWORD"] = os.environ["TAXGRAPH_TEST_NEO4J_PASSWORD"]
    return made


def _start_afresh() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    key = FOLDER / "demo.key"
    key.touch(mode=0o600)
    key.write_text(os.urandom(32).hex(), encoding="ascii")


def _ask(environment: dict[str, str]) -> None:
    rings = _answer(environment, "rings", *RING_OPTIONS)["rings"]
    if not rings:
        sys.exit("The generated country has planted rings, and none was found.")
    ring = rings[0]
    member = ring["members"][0]
    taxpayer = member["id"] if isinstance(member, dict) else member
    _run(environment, "rings", *RING_OPTIONS)
    _run(environment, "why", ring["id"])
    _run(environment, "trace", taxpayer, "--direction", "down", "--hops", "3", "--span", "30d")
    _run(environment, "who", taxpayer, "--on", "2026-03-01")
    responsible = _answer(environment, "who", taxpayer, "--on", "2026-03-01")["responsible"]
    if not responsible:
        sys.exit("Nobody was responsible for a taxpayer that the generator placed in a grid.")


def _run(environment: dict[str, str], *words: str) -> None:
    print(f"\n$ taxgraph {shlex.join(_short(words))}", flush=True)  # noqa: T201  # a demo prints
    done = subprocess.run([str(_command()), *words], env=environment, check=False)  # noqa: S603  # our own command
    if done.returncode:
        sys.exit(done.returncode)


def _answer(environment: dict[str, str], *words: str) -> Any:
    done = subprocess.run(  # noqa: S603  # our own command
        [str(_command()), *words, "--json"], env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def _command() -> Path:
    return Path(sys.executable).parent / "taxgraph"


def _short(words: tuple[str, ...]) -> list[str]:
    return [word.replace(f"{ROOT}/", "") for word in words]


if __name__ == "__main__":
    sys.exit(main())
