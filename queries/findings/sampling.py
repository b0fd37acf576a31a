"""A seeded random sample of taxpayers without findings, drawn as tasks: what an audit needs to know what is missed.

The draw is a function of the seed and of public ids alone: taxpayers by the hash of seed and id, the smallest first. So
the same seed draws the same ones, and a larger sample contains a smaller one. Stubs are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from graph.errors import QueryError
from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import BatchHeader, GraphStore, WriteBatch
from queries.findings.changes import SOURCE
from queries.findings.parties import party_of, taxpayer_of
from queries.findings.stored import CLOSED, IN_FORCE, stored_findings

MOST = 10_000
KIND = "sample"


def draw(store: GraphStore, patterns: Iterable[str], *, count: int, seed: str) -> list[str]:
    """Public ids of so many registered taxpayers without a finding in force, in the order drawn.

    Raises:
        QueryError: `query.sample` for a count below one or above `MOST`.
    """
    if not 1 <= count <= MOST:
        raise QueryError("A sample has so many taxpayers.", code="query.sample", next_step=f"Ask for 1 to {MOST:,}.")
    table = store.node_columns("Taxpayer", ("id", "stub"))
    pairs = zip(table["id"].to_pylist(), table["stub"].to_pylist(), strict=True)
    known = [str(key) for key, stub in pairs if not stub]
    found = _with_findings(store, patterns)
    return sorted((key for key in known if key not in found), key=lambda key: _place(seed, key))[:count]


def _place(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\x00{key}".encode()).hexdigest()


def _with_findings(store: GraphStore, patterns: Iterable[str]) -> set[str]:
    taxpayer = taxpayer_of(store)
    standing = (each for each in stored_findings(store.export, patterns).values() if each.state in IN_FORCE - {CLOSED})
    members = {key for each in standing for kind, key, _ in each.members if kind == "Party"}
    return {taxpayer.get(key, key) for key in members}


def as_tasks(store: GraphStore, drawn: Sequence[str], *, seed: str, who: str) -> str | None:
    """Open a task about each; the batch that holds them. The same seed and taxpayer are one task, however often."""
    parties = party_of(store)
    tasks = [{"id": f"{KIND}-{_place(seed, key)[:16]}", "taxpayer": key} for key in drawn]
    asked = pa.table({"id": pa.array([task["id"] for task in tasks], pa.string())})
    there = set(store.existing("Task", asked)["id"].to_pylist())
    new = [task for task in tasks if task["id"] not in there]
    if not new:
        return None
    return _write(store, new, parties, seed=seed, who=who)


def _write(
    store: GraphStore, tasks: Sequence[Mapping[str, str]], parties: Mapping[str, str], *, seed: str, who: str
) -> str:
    now, stamp = datetime.now(UTC), {"prov_source": SOURCE, "claims": 1}
    shared = {"kind": KIND, "title": "random sample without a finding", "status": "created", **stamp}
    nodes = [{"id": each["id"], "opened_at": now.replace(tzinfo=None), **shared} for each in tasks]
    links = [
        {"from_type": "Task", "from_id": each["id"], "to_type": "Party", "to_id": parties[each["taxpayer"]], **stamp}
        for each in tasks
    ]
    digest = hashlib.sha256("\x00".join([seed, *(each["id"] for each in tasks)]).encode()).hexdigest()
    header = BatchHeader(
        id=f"{KIND}-{digest[:16]}",
        source=KIND,
        digest=digest,
        who=who,
        started_at=now,
        read=len(tasks),
        accepted=len(tasks),
        by_type={"Task": len(tasks)},
        built_on=(),
    )
    batch = WriteBatch(
        header,
        nodes={"Task": pa.Table.from_pylist(nodes, schema=node_type("Task").schema())},
        relationships={"CONCERNS": pa.Table.from_pylist(links, schema=relationship_type("CONCERNS").schema())},
    )
    return store.write(batch).header.id
