"""Findings as they stand in the graph, whole columns: what a run of detection is compared with. Unscoped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf

Ends = tuple[tuple[str, str, str], ...]  # (type, id, role) in their order
OPEN, REOPENED, CLOSED, GONE, SUPERSEDED = "open", "reopened", "closed", "gone", "superseded"
IN_FORCE = frozenset({OPEN, REOPENED, CLOSED})


@dataclass(frozen=True, slots=True)
class Stored:
    """One finding: its row of the vocabulary, its members and its evidence, both with their stored ends in order."""

    row: Mapping[str, Any]
    members: Ends
    evidence: Ends

    @property
    def id(self) -> str:
        """Its identity."""
        return str(self.row["id"])

    @property
    def anchor(self) -> tuple[str, str]:
        """Pattern and anchor."""
        return str(self.row["pattern"]), str(self.row["anchor"])

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.row["state"] or OPEN)

    @property
    def span(self) -> tuple[date, date]:
        """First and last day."""
        first = self.row["first_on"]
        return first, self.row["last_on"] or first


def stored_findings(store: GraphStore, patterns: Iterable[str], *, as_of: AsOf = NOW) -> dict[str, Stored]:
    """Findings of these patterns by id."""
    wanted = set(patterns)
    rows = [row for row in store.export("Finding", as_of=as_of).to_pylist() if row["pattern"] in wanted]
    if not rows:
        return {}
    members, evidence = (_ends(store, name, as_of) for name in ("INVOLVES", "EVIDENCE"))
    return {
        str(row["id"]): Stored(row, members.get(str(row["id"]), ()), evidence.get(str(row["id"]), ()))
        for row in sorted(rows, key=lambda row: str(row["id"]))
    }


def _ends(store: GraphStore, relationship: str, as_of: AsOf) -> dict[str, Ends]:
    found: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
    for row in store.export(relationship, as_of=as_of).to_pylist():
        end = (int(row["place"] or 0), str(row["to_type"]), str(row["to_id"]), str(row["role"] or ""))
        found[str(row["from_id"])].append(end)
    return {key: tuple(end[1:] for end in sorted(ends)) for key, ends in found.items()}
