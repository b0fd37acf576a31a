"""Fragments that every statement is made of: which version of a node counts, which relationship, which value.

Statements are composed from the vocabulary's names; values travel as parameters only. Used by all parts that write
or ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import QueryError
from graph.store.ledger import Snapshot
from graph.store.neo4j_parts.values import parameter, quoted

_INT64 = 1 << 63


@dataclass(slots=True)
class Parameters:
    """Values of one statement: `add` gives the expression to write in their place."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        """Keep a value and return its placeholder."""
        if isinstance(value, int) and not -_INT64 <= value < _INT64:
            raise QueryError(
                "A number is too large for the store.", code="query.value", next_step="Give a 64-bit integer."
            )
        name = f"p{len(self.values)}"
        self.values[name] = parameter(value)
        return f"${name}"

    @classmethod
    def seen_by(cls, snapshot: Snapshot) -> Parameters:
        """Parameters that hold the snapshot that `visible` reads."""
        return cls(dict(snapshot_values(snapshot)))


def snapshot_values(snapshot: Snapshot) -> Mapping[str, Any]:
    """The parameters of `visible`."""
    return {"ceiling": snapshot.ceiling, "excluded": sorted(snapshot.excluded)}


def visible(name: str) -> str:
    """Condition: this version (a node or a relationship) counts in the snapshot. A reserved key never does."""
    return (
        f"({name}.batch_from <= $ceiling AND NOT {name}.batch_from IN $excluded AND "
        f"({name}.batch_to IS NULL OR {name}.batch_to > $ceiling OR {name}.batch_to IN $excluded))"
    )


def current(name: str) -> str:
    """Expression: the version of the key node `name` that counts, or null. Most keys have one version, on the key."""
    later = f"head([({name})-[:VERSION]->(later) WHERE {visible('later')} | later])"
    return f"CASE WHEN {visible(name)} THEN {name} ELSE {later} END"


def property_of(name: str, key: str) -> str:
    """`name.key`, quoted."""
    return f"{name}.{quoted(key)}"


def same(left: str, right: str) -> str:
    """Condition: equal, or both null."""
    return f"({left} = {right} OR ({left} IS NULL AND {right} IS NULL))"
