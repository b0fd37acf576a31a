"""Finds a Java new enough for a Neo4j release. Called by server before it starts one."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.support.neo4j.errors import MissingToolError

# Where Linux distributions and macOS put their JDKs.
_JAVA_FOLDERS: Final = (
    (Path("/usr/lib/jvm"), "*/bin/java"),
    (Path("/Library/Java/JavaVirtualMachines"), "*/Contents/Home/bin/java"),
)
_VERSION: Final = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(*, minimum: int, environment: Mapping[str, str] = os.environ) -> Path:
    """The first ``java`` of major version ``minimum`` or later: JAVA_HOME, then PATH, then the system's JDKs.

    Raises MissingToolError naming what was found instead.
    """
    too_old: list[str] = []
    for java in _candidates(environment):
        major = java_major(java)
        if major is not None and major >= minimum:
            return java
        too_old.append(f"{java} ({'no answer' if major is None else f'Java {major}'})")
    found = "; found only " + ", ".join(too_old) if too_old else "; no java was found"
    raise MissingToolError(
        f"this Neo4j needs Java {minimum} or later{found}. "
        f"Install a JDK (Debian: apt-get install openjdk-{minimum}-jre-headless) or point JAVA_HOME at one"
    )


def java_major(java: Path) -> int | None:
    """The major version ``java -version`` reports, or None when it does not answer."""
    try:
        answer = subprocess.run(  # noqa: S603 - a java found on this machine, fixed arguments
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_java_major(answer.stderr + answer.stdout)


def parse_java_major(report: str) -> int | None:
    """The major version in the text of ``java -version``: 17 of ``"17.0.15"``, 8 of ``"1.8.0_392"``."""
    match = _VERSION.search(report)
    return int(match[1]) if match else None


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    seen: set[Path] = set()
    for java in _places(environment):
        real = java.resolve()
        if java.is_file() and real not in seen:
            seen.add(real)
            yield java


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    if home := environment.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environment.get("PATH", "")):
        yield Path(on_path)
    for folder, pattern in _JAVA_FOLDERS:
        yield from sorted(folder.glob(pattern))
