"""Finding a Java for the test server, against small stand-in programs in a temporary folder."""

from pathlib import Path

import pytest

from tests.support.neo4j.errors import MissingToolError
from tests.support.neo4j.java import find_java, java_major, parse_java_major

# No JDK is this new, so the machine's own never answers in place of the stand-ins.
BEYOND_ANY_JDK = 900


def install_java(folder: Path, version: str) -> Path:
    """A program that reports ``version`` the way ``java -version`` does, on standard error."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    ("report", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ('java version "1.8.0_392"', 8),
        ("command not found", None),
    ],
)
def test_the_major_version_is_read_from_each_way_java_reports_it(report: str, major: int | None) -> None:
    assert parse_java_major(report) == major


def test_java_home_is_asked_before_the_path(tmp_path: Path) -> None:
    at_home = install_java(tmp_path / "home", "901.0.1")
    on_path = install_java(tmp_path / "path", "902.0.1")

    found = find_java(
        minimum=BEYOND_ANY_JDK,
        environment={"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)},
    )

    assert found == at_home


def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    install_java(tmp_path / "home", "17.0.15")
    on_path = install_java(tmp_path / "path", "902.0.1")

    found = find_java(
        minimum=BEYOND_ANY_JDK,
        environment={"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)},
    )

    assert found == on_path


def test_without_a_fitting_java_the_error_names_what_was_found_and_what_to_install(tmp_path: Path) -> None:
    old = install_java(tmp_path / "home", "17.0.15")

    with pytest.raises(MissingToolError) as refusal:
        find_java(minimum=BEYOND_ANY_JDK, environment={"JAVA_HOME": str(tmp_path / "home"), "PATH": ""})

    assert f"{old} (Java 17)" in str(refusal.value)
    assert "openjdk-900-jre-headless" in str(refusal.value)


def test_a_program_that_cannot_run_has_no_java_version(tmp_path: Path) -> None:
    assert java_major(tmp_path / "absent") is None
