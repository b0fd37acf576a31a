"""What was searched: for each pattern the state of the graph and of its definition at its last complete search.

Kept among the small settings of the store, beside the facts: it says nothing about the world, a backup does not carry
it, and a graph with it has the same digest. Whatever does not fit exactly is a reason to search everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import graph
import queries
from graph.store.port import BatchRecord, GraphStore
from queries.detection.rules import InForce

META = "detection.searched"


@dataclass(frozen=True, slots=True)
class Searched:
    """One complete search.

    Attributes:
        snapshot: ledger number of the newest batch that was there.
        ledger: digest of the ledger's lines up to it: a withdrawal changes it, and so does another store.
        definition: software, version and values of the rules.
        world: what else of the whole graph decided (`queries.detection.reach`).
        parties: the largest dense number of a party.
    """

    snapshot: int
    ledger: str
    definition: str
    world: str
    parties: int


def remembered(store: GraphStore) -> dict[str, Searched]:
    """The last complete search of each pattern; nothing where what is kept cannot be read."""
    try:
        told = json.loads(store.meta(META) or "{}")
        return {str(name): Searched(**values) for name, values in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def remember(store: GraphStore, searched: Mapping[str, Searched]) -> None:
    """Keep them."""
    told = json.dumps({name: asdict(searched[name]) for name in sorted(searched)}, sort_keys=True)
    if told != store.meta(META):
        store.set_meta(META, told)


def ledger_digest(ledger: Iterable[BatchRecord], until: int) -> str:
    """A digest of all lines up to a number, whatever their state."""
    lines = (
        (line.number, line.header.id, line.header.digest, line.state, str(line.committed_at), str(line.withdrawn_at))
        for line in sorted(ledger, key=lambda line: line.number)
        if line.number <= until
    )
    return hashlib.sha256(repr(list(lines)).encode()).hexdigest()


def definition_of(in_force: InForce[Any]) -> str:
    """What a pattern is searched by: the software, the version of its rules, their values today."""
    values = hashlib.sha256(in_force.as_json().encode()).hexdigest()
    return f"{_software()} {in_force.version} {values}"


@cache
def _software() -> str:
    """A digest of the modules that facts, kernels and patterns are made of."""
    found = hashlib.sha256()
    for package in (graph, queries):
        for folder in package.__path__:
            for file in sorted(Path(folder).rglob("*.py")):
                found.update(f"{file.relative_to(folder)}\x00".encode() + file.read_bytes())
    return found.hexdigest()[:16]
