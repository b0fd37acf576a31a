"""Fetches a Neo4j release's jars once and keeps them outside the tree. Called by server and fetch."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.neo4j.errors import MissingToolError, Neo4jSupportError
from tests.support.neo4j.releases import Neo4jRelease

_POM: Final = Path(__file__).with_name("pom.xml")
_FETCH_SECONDS: Final = 900


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """``taxgraph`` under TAXGRAPH_CACHE, else XDG_CACHE_HOME, else ``~/.cache``."""
    chosen = environment.get("TAXGRAPH_CACHE") or environment.get("XDG_CACHE_HOME")
    return (Path(chosen) if chosen else Path.home() / ".cache") / "taxgraph"


def jars_of(release: Neo4jRelease, *, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder with every jar of ``release``; downloads about 125 MB through Maven the first time.

    Raises MissingToolError without ``mvn``, Neo4jSupportError when Maven fails.
    """
    cache = cache_folder(environment)
    library = cache / f"neo4j-{release.maven_version}" / "lib"
    if library.is_dir():
        return library
    cache.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(cache / "neo4j.lock"):
        if not library.is_dir():  # another run may have fetched it while this one waited
            _fetch(release, library.parent, environment)
    return library


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    # Maven's own repository is not safe for two runs at once; the kernel drops this lock if its holder dies.
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch(release: Neo4jRelease, target: Path, environment: Mapping[str, str]) -> None:
    maven = shutil.which("mvn", path=environment.get("PATH", ""))
    if maven is None:
        raise MissingToolError(
            "Neo4j's jars are fetched with Maven and there is no mvn on PATH. "
            "Install it (Debian: apt-get install maven), or set TAXGRAPH_TEST_NEO4J_URI to a server you run"
        )
    _tell(f"fetching Neo4j {release.maven_version} with Maven into {target} (about 125 MB, once)")
    # A half-filled folder never carries the final name: fill a neighbour, then rename.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}-part-") as part:
        whole = Path(part) / "whole"
        _copy_dependencies(maven, release, whole / "lib", environment)
        whole.rename(target)


def _copy_dependencies(maven: str, release: Neo4jRelease, library: Path, environment: Mapping[str, str]) -> None:
    command = [
        *(maven, "-q", "-B", "-f", str(_POM), f"-Dneo4j.version={release.maven_version}"),
        *("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={library}"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - the machine's own mvn, our own pom
            command,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
            env=dict(environment),
        )
    except subprocess.TimeoutExpired as late:
        raise Neo4jSupportError(f"mvn did not finish in {_FETCH_SECONDS} s: is the network up?") from late
    if done.returncode or not any(library.glob("neo4j-*.jar")):
        raise Neo4jSupportError(
            f"mvn could not fetch org.neo4j:neo4j:{release.maven_version} (exit code {done.returncode}). "
            f"Check the network and Maven's settings; its last words:\n{(done.stdout + done.stderr)[-2000:]}"
        )


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
