"""Findings as they stand in the graph, whole columns: what a run of detection is compared with. Unscoped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Export = Callable[[str], pa.Table]
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


def stored_findings(export: Export, patterns: Iterable[str]) -> dict[str, Stored]:
    """Findings of these patterns by id; `export` gives whole types, of a store or of a batch that is open."""
    wanted = set(patterns)
    rows = [row for row in export("Finding").to_pylist() if row["pattern"] in wanted]
    if not rows:
        return {}
    members, evidence = (_ends(export(name)) for name in ("INVOLVES", "EVIDENCE"))
    return {
        str(row["id"]): Stored(row, members.get(str(row["id"]), ()), evidence.get(str(row["id"]), ()))
        for row in sorted(rows, key=lambda row: str(row["id"]))
    }


def _ends(table: pa.Table) -> dict[str, Ends]:
    """Ends of each finding by place. Column by column: there are many more of them than findings."""
    places: Any = table["place"]
    roles: Any = table["role"]
    place: Any = pc.fill_null(places, 0)
    role: Any = pc.fill_null(roles, "")
    told = pa.table([table["from_id"], place, table["to_type"], table["to_id"], role], names=list("fptir"))
    told = told.sort_by([(name, "ascending") for name in "fptir"])
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    columns = (told[name].to_pylist() for name in "ftir")
    for key, kind, end, part in zip(*columns, strict=True):
        found[key].append((kind, end, part))
    return {key: tuple(ends) for key, ends in found.items()}
