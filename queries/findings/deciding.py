"""A finding closes with a label: what a decision found, what was recovered, which task decided it, who and why.

Each decision is a batch of its own and a version of the finding: earlier ones stay on the recorded clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from graph.errors import QueryError, StoreBusyError
from graph.model.governance import LABELS
from graph.model.vocabulary import node_type
from graph.store.port import GraphStore, WriteBatch
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.findings.headers import findings_header
from queries.findings.stored import CLOSED, GONE, SUPERSEDED
from queries.reading import missing, node

FEATURES = (
    "id",
    "pattern",
    "label",
    "severity",
    "score",
    "measures",
    "rule_version",
    "tax_recovered_cents",
    "currency",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found out about a finding. `seen`: the version (`batch_from`) that the decider looked at."""

    finding: str
    label: str
    reason: str
    task: str | None = None
    tax_recovered_cents: int | None = None
    currency: str | None = None
    seen: int | None = None

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise QueryError("There is no such label.", code="query.label", next_step=f"Use {', '.join(LABELS)}.")
        if not self.reason.strip():
            raise QueryError("A decision needs a reason.", code="query.reason", next_step="Say why, in a sentence.")
        recovered = self.tax_recovered_cents
        if recovered is not None and (recovered < 0 or self.label != "confirmed"):
            raise QueryError(
                "Tax is recovered of confirmed findings only, and never below zero.",
                code="query.recovered",
                next_step="Leave the amount out, or correct the label.",
            )


def decide(store: GraphStore, decision: Decision, *, who: str, scope: Scope = ROOT) -> dict[str, Any]:
    """Close a finding; its row as it stands then.

    Raises:
        NotFoundError: `not_found.finding`, `not_found.task`.
        StoreBusyError: `store.changed` when the finding is not what the decider saw.
        QueryError: `query.finding.gone` for one that the data no longer show.
    """
    shown = node(store, "Finding", decision.finding, as_of=NOW, scope=scope)
    if decision.task is not None:
        node(store, "Task", decision.task, as_of=NOW, scope=scope)
    _check(decision, shown)
    header = findings_header(store, "decision", who)
    with store.small_batch() as batch:
        # Looked at again where nothing else is written: a run of meanwhile must not be undone.
        found = batch.existing("Finding", pa.table({"id": pa.array([decision.finding], pa.string())})).to_pylist()
        if not found:
            raise missing("Finding")
        _check(decision, found[0])
        row = {name: found[0][name] for name in node_type("Finding").schema().names} | _decided(decision, who)
        table = pa.Table.from_pylist([row], schema=node_type("Finding").schema())
        batch.write(WriteBatch(replace(header, read=1, accepted=1), nodes={"Finding": table}))
    return row


def _check(decision: Decision, row: Mapping[str, Any]) -> None:
    if decision.seen is not None and row["batch_from"] != decision.seen:
        raise StoreBusyError(
            "The finding changed since it was read.",
            code="store.changed",
            next_step="Read it again, and decide about what it says now.",
        )
    if row["state"] in {GONE, SUPERSEDED}:
        raise QueryError(
            "The data no longer show this finding.",
            code="query.finding.gone",
            next_step="Decide about the finding that superseded it, or about none.",
        )


def _decided(decision: Decision, who: str) -> dict[str, Any]:
    return {
        "state": CLOSED,
        "label": decision.label,
        "tax_recovered_cents": decision.tax_recovered_cents,
        "currency": decision.currency,
        "task": decision.task,
        "decided_by": who,
        "decided_at": datetime.now(UTC),
        "reason": decision.reason,
    }


def labelled(store: GraphStore, *, as_of: AsOf = NOW) -> Iterator[dict[str, Any]]:
    """Every decided finding with its features, by id, unscoped: what later models may learn from."""
    rows = (row for row in store.export("Finding", as_of=as_of).to_pylist() if row["label"] is not None)
    for row in sorted(rows, key=lambda row: str(row["id"])):
        yield {name: row[name] for name in FEATURES}
