"""What a run of detection changes in the graph: a pure comparison of stored findings with those of the run.

* The same id with the same content: nothing. Other content: a new version; a decided finding whose facts changed is
  reopened. One that was gone comes back.
* An id that the run does not have is *superseded* where an episode of the same anchor covers its days (episodes were
  joined, or split), else *gone*: the data no longer show it. A decided finding stays as it was decided.
* A search that ended early proves nothing about what it did not find: its patterns lose nothing.

History is the recorded clock's: each change is a version of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import BatchHeader, WriteBatch
from queries.detection.episodes import Finding
from queries.findings.stored import CLOSED, GONE, IN_FORCE, OPEN, REOPENED, SUPERSEDED, Ends, Stored

SOURCE = "detection"
CONTENT = (
    "pattern",
    "anchor",
    "first_on",
    "last_on",
    "score",
    "severity",
    "rule_version",
    "parameters",
    "measures",
    "left_out",
)
DECIDED = ("label", "tax_recovered_cents", "currency", "task", "decided_by", "decided_at", "reason")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows to write and relationships to end, and how many findings went which way."""

    findings: list[Row] = field(default_factory=list)
    links: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def empty(self) -> bool:
        """Nothing changed."""
        return not self.findings

    def tables(self) -> tuple[dict[str, pa.Table], dict[str, pa.Table], dict[str, pa.Table]]:
        """Nodes, relationships and ended relationships as `WriteBatch` wants them."""
        schema = node_type("Finding").schema()
        nodes = {"Finding": pa.Table.from_pylist(sorted(self.findings, key=lambda row: row["id"]), schema=schema)}
        links = {n: pa.Table.from_pylist(rows, schema=relationship_type(n).schema()) for n, rows in self.links.items()}
        ended = {name: pa.Table.from_pylist(rows, schema=_key_schema(name)) for name, rows in self.ended.items()}
        return nodes, links, ended

    def batch(self, header: BatchHeader) -> WriteBatch:
        """The batch that writes this."""
        nodes, links, ended = self.tables()
        return WriteBatch(header, nodes=nodes, relationships=links, ended=ended)


def _key_schema(name: str) -> pa.Schema:
    kind = relationship_type(name)
    ends = [pa.field(end, pa.string()) for end in ("from_type", "from_id", "to_type", "to_id")]
    return pa.schema([*ends, *(pa.field(p.name, p.kind.arrow) for p in kind.identity)])


def changes(
    stored: Mapping[str, Stored],
    found: Iterable[Finding],
    *,
    parties: Mapping[str, str],
    cut: Collection[str],
    snapshot: int,
) -> Changes:
    """What to write.

    Args:
        stored: findings in the graph of the patterns that were searched.
        found: what the run says.
        parties: a party of each taxpayer, at which its findings hang.
        cut: patterns whose search ended early.
        snapshot: ledger number of the newest batch that was searched.
    """
    made = Changes()
    known = {finding.id: finding for finding in found}
    for finding in sorted(known.values(), key=lambda each: each.id):
        _found(made, stored.get(finding.id), finding, parties, snapshot)
    by_anchor: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in known.values():
        by_anchor[finding.pattern, finding.anchor].append(finding)
    for each in stored.values():
        if each.id not in known and each.state in IN_FORCE and each.anchor[0] not in cut:
            _lost(made, each, by_anchor[each.anchor], snapshot)
    return made


def _found(made: Changes, before: Stored | None, finding: Finding, parties: Mapping[str, str], snapshot: int) -> None:
    row = _row(finding) | {"snapshot": snapshot}
    members = tuple((_stored_type(m.type), parties.get(m.id, m.id), m.role) for m in finding.members)
    evidence = tuple(("Invoice", key, role) for role, keys in finding.evidence.items() for key in keys)
    if before is None:
        made.findings.append(row | {"state": OPEN})
        made.counts["new"] += 1
    else:
        same = _same(before, row, members, evidence)
        if same and before.state in IN_FORCE:
            made.counts["unchanged"] += 1
            return
        made.findings.append(row | {name: before.row[name] for name in DECIDED} | {"state": _state(before, same=same)})
        made.counts["updated" if before.state in IN_FORCE else "back"] += 1
    _relink(made, finding.id, "INVOLVES", before.members if before else (), members)
    _relink(made, finding.id, "EVIDENCE", before.evidence if before else (), evidence)


def _state(before: Stored, *, same: bool) -> str:
    """A decision was about other facts: it has to be looked at again."""
    decided = before.row["label"] is not None
    if before.state == CLOSED or (decided and not same):
        return REOPENED
    return before.state if before.state in IN_FORCE else OPEN


def _stored_type(name: str) -> str:
    return "Party" if name == "Taxpayer" else name


def _row(finding: Finding) -> Row:
    return {
        "id": finding.id,
        "pattern": finding.pattern,
        "anchor": finding.anchor,
        "first_on": finding.first_on,
        "last_on": finding.last_on,
        "score": finding.score,
        "severity": finding.severity,
        "rule_version": finding.rule_version,
        "parameters": finding.parameters,
        "measures": finding.told(),
        "truncated": finding.truncated,
        "left_out": finding.left_out,
        "prov_source": SOURCE,
        "claims": 1,
    }


def _same(before: Stored, row: Row, members: Ends, evidence: Ends) -> bool:
    content = all(before.row[name] == row[name] for name in CONTENT)
    return content and set(before.members) == set(members) and set(before.evidence) == set(evidence)


def _relink(made: Changes, key: str, relationship: str, before: Ends, after: Ends) -> None:
    """Write the ends that are new (or moved), end those that are gone."""
    for end in sorted(set(before) - set(after)):
        made.ended[relationship].append(_link(key, end))
    places = {end: place for place, end in enumerate(before)}
    for place, end in enumerate(dict.fromkeys(after)):
        if places.get(end) != place:
            made.links[relationship].append(_link(key, end) | {"place": place, "prov_source": SOURCE, "claims": 1})


def _link(key: str, end: tuple[str, str, str]) -> Row:
    return {"from_type": "Finding", "from_id": key, "to_type": end[0], "to_id": end[1], "role": end[2]}


def _lost(made: Changes, before: Stored, present: Iterable[Finding], snapshot: int) -> None:
    heirs = sorted(finding.id for finding in _covering(before, present))
    if before.state == CLOSED and not heirs:
        made.counts["unchanged"] += 1
        return
    state = SUPERSEDED if heirs else GONE
    made.findings.append(dict(before.row) | {"state": state, "snapshot": snapshot})
    made.counts[state] += 1
    for heir in heirs:
        link = {"from_type": "Finding", "from_id": before.id, "to_type": "Finding", "to_id": heir}
        made.links["SUPERSEDED_BY"].append(link | {"prov_source": SOURCE, "claims": 1})


def _covering(before: Stored, present: Iterable[Finding]) -> Iterator[Finding]:
    """Episodes of the same anchor that share a day with it."""
    first, last = before.span
    return (finding for finding in present if finding.first_on <= last and first <= finding.last_on)
