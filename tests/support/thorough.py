"""How much is tried: a part by `make test`, so that CI stays short, everything by `make proofs`.

`TAXGRAPH_TESTS` is `thorough` for everything, `quick` for what CI runs, `glance` for every third test. Every test runs
on the embedded store; a quick run asks Neo4j the store suite (tests/contract) and the first test of each whole path
(tests/flow).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import pytest

THOROUGH: Final = os.environ.get("TAXGRAPH_TESTS") == "thorough"
QUICK: Final = os.environ.get("TAXGRAPH_TESTS") == "quick"
GLANCE: Final = os.environ.get("TAXGRAPH_TESTS") == "glance"
EVERY: Final = 3
T = TypeVar("T")


def tried(every: Sequence[T], part: int) -> Sequence[T]:
    """The first `part` of them, or every one."""
    return every if THOROUGH else every[:part]


def examples(every: int, part: int) -> int:
    """How many a property is tried on."""
    return every if THOROUGH else part


def left_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Of marked tests those that a short run leaves to `make proofs`."""
    if GLANCE:
        return [item for place, item in enumerate(items) if place % EVERY]
    if not QUICK:
        return []
    marked = [(item, {mark.name for mark in item.iter_markers()}) for item in items]
    on_server = [item for item, marks in marked if {"flow", "neo4j"} <= marks and "own_server" not in marks]
    first = {item.path: item for item in reversed(on_server)}
    return [item for item in on_server if first[item.path] is not item]
