"""Which Neo4j releases the tests run against, and what each needs. Read by jars, java and server."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tests.support.neo4j.errors import Neo4jSupportError


@dataclass(frozen=True, slots=True)
class Neo4jRelease:
    """One release line: its exact Maven version, its main class and the Java it needs."""

    name: str
    maven_version: str
    main_class: str
    minimum_java: int


RELEASES: Final = MappingProxyType(
    {
        release.name: release
        for release in (
            Neo4jRelease("5.26", "5.26.31", "org.neo4j.server.CommunityEntryPoint", 17),
            Neo4jRelease("latest", "2026.09.0", "org.neo4j.server.Neo4jCommunity", 21),
        )
    }
)
DEFAULT_VERSION: Final = "5.26"


def release_named(name: str) -> Neo4jRelease:
    """The release called ``name``; raises Neo4jSupportError listing the known names."""
    if name not in RELEASES:
        known = ", ".join(RELEASES)
        raise Neo4jSupportError(f"no Neo4j release is called {name!r}: choose one of {known}")
    return RELEASES[name]
