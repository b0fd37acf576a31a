"""The cache of jars, against a stand-in ``mvn`` that counts how often it ran."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.neo4j.errors import MissingToolError, Neo4jSupportError
from tests.support.neo4j.jars import cache_folder, jars_of
from tests.support.neo4j.releases import RELEASES, release_named

RELEASE = RELEASES["5.26"]
# Writes one jar where -DoutputDirectory says and a line where RUNS says.
COPIES = """
for word in "$@"; do case $word in -DoutputDirectory=*) lib=${word#*=} ;; esac; done
echo run >> "$RUNS"
sleep 0.2
mkdir -p "$lib" && touch "$lib/neo4j-5.26.31.jar"
"""


def machine_with_maven(folder: Path, script: str) -> dict[str, str]:
    """The environment of a machine whose ``mvn`` runs ``script`` and whose cache lies in ``folder``."""
    maven = folder / "tools" / "mvn"
    maven.parent.mkdir()
    maven.write_text(f"#!/bin/sh\n{script}\n")
    maven.chmod(0o755)
    return {
        "PATH": f"{maven.parent}:/usr/bin:/bin",
        "TAXGRAPH_CACHE": str(folder / "cache"),
        "RUNS": str(folder / "runs"),
    }


def test_the_jars_are_fetched_once_and_then_taken_from_the_cache(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    machine = machine_with_maven(tmp_path, COPIES)

    first = jars_of(RELEASE, environment=machine)
    second = jars_of(RELEASE, environment=machine)

    assert first == second == tmp_path / "cache" / "taxgraph" / "neo4j-5.26.31" / "lib"
    assert [jar.name for jar in first.iterdir()] == ["neo4j-5.26.31.jar"]
    assert (tmp_path / "runs").read_text() == "run\n"
    assert capfd.readouterr().err.count("fetching Neo4j 5.26.31 with Maven") == 1


def test_two_runs_at_once_fetch_once_and_leave_nothing_half_done(tmp_path: Path) -> None:
    machine = machine_with_maven(tmp_path, COPIES)

    with ThreadPoolExecutor(2) as runs:
        folders = list(runs.map(lambda _: jars_of(RELEASE, environment=machine), range(2)))

    assert folders[0] == folders[1]
    assert (tmp_path / "runs").read_text() == "run\n"
    left = sorted(entry.name for entry in (tmp_path / "cache" / "taxgraph").iterdir())
    assert left == ["neo4j-5.26.31", "neo4j.lock"]


def test_a_failed_fetch_leaves_no_cache_and_shows_the_last_words_of_maven(tmp_path: Path) -> None:
    machine = machine_with_maven(tmp_path, "echo 'Could not transfer artifact'; exit 1")

    with pytest.raises(Neo4jSupportError, match="Could not transfer artifact"):
        jars_of(RELEASE, environment=machine)

    assert [entry.name for entry in (tmp_path / "cache" / "taxgraph").iterdir()] == ["neo4j.lock"]


def test_without_maven_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="apt-get install maven"):
        jars_of(RELEASE, environment={"PATH": str(tmp_path), "TAXGRAPH_CACHE": str(tmp_path)})


def test_the_cache_is_where_the_environment_says_and_else_in_the_home() -> None:
    chosen = {"TAXGRAPH_CACHE": "/one", "XDG_CACHE_HOME": "/two"}

    assert cache_folder(chosen) == Path("/one/taxgraph")
    assert cache_folder({"XDG_CACHE_HOME": "/two"}) == Path("/two/taxgraph")
    assert cache_folder({}) == Path.home() / ".cache" / "taxgraph"


def test_an_unknown_release_is_refused_with_the_known_names() -> None:
    with pytest.raises(Neo4jSupportError, match=r"choose one of 5\.26, latest"):
        release_named("4.4")
