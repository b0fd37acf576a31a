"""What the store already says: current versions and kept claims of the facts that a batch states.

Built once a load, for all its slices, by `loaders.run`; used by the merging modules. Types that no batch ever brought
are not asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graph.arrays.key_set import KeySet
from graph.model.vocabulary import relationship_type
from graph.store.open_batches import OpenBatch
from graph.store.port import BatchRecord
from graph.store.questions import Filter, Op, Page
from loaders.claims.met import Met
from loaders.claims.plans import Plan, plan_of

_CHUNK = 1000
_MANY = 20_000  # from here on reading all claims once is cheaper than asking for them by subject
_UNDONE = "undone"


@dataclass(slots=True)
class Stored:
    """What stands before a slice: the store and the slices before it, both as the open batch sees them.

    Attributes:
        batch: the batch that is being written.
        present: names of the types that there may be facts of (None: any).
        alone: no batch stands before this one.
        later: some slice of this batch has gone before.
        unresolved: registers were written whose identity is not resolved yet.
        unmatched: persons were written whose records are not matched yet.
        persons: rows of `aliases` about the persons of this batch.
        counted: for each type the facts of earlier batches that a slice has stated again, by hash.
        moved: for each type the facts that a slice before stated under an alias.
        met: whose versions were looked at.
        told: hashes of the issues and stubs that a slice has counted.
        beside: folder beside an embedded store for what saves a later load time.
    """

    batch: OpenBatch
    present: set[str] | None
    alone: bool = False
    later: bool = False
    unresolved: bool = False
    unmatched: bool = False
    persons: pa.Table | None = None
    counted: dict[str, set[int]] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    told: KeySet = field(default_factory=KeySet)
    met: Met = field(default_factory=Met)
    beside: Path | None = None

    def may_hold(self, name: str) -> bool:
        """False if no batch, and no slice of this one, ever brought a fact of this type."""
        return self.present is None or name in self.present

    def bring(self, names: Iterable[str]) -> None:
        """A slice was written: from now on there may be facts of these types."""
        self.later = True
        if self.present is not None:
            self.present.update(names)

    def current(self, plan: Plan, keys: pa.Table) -> pa.Table:
        """Current versions with these keys; see `key_columns` for the columns of `keys`."""
        if not self.may_hold(plan.name) or not keys.num_rows:
            return plan.schema.empty_table()
        return self.met.rows(self.batch.existing(plan.name, keys))

    def none_seen(self, plan: Plan, ids_of: Callable[[str], pa.ChunkedArray[Any]]) -> bool:
        """True if surely nothing stands under the keys of a slice, so that no version needs to be looked up.

        `ids_of`: the ids in a column of the slice's facts.
        """
        return any(self.batch.unseen(name, ids_of(column)) for name, column in _decisive(plan))

    def met_before(self, plan: Plan, met: pa.Table) -> int:
        """How many of the facts met (`hash`, `batch_from`) a slice before has stated already."""
        hashes, numbers = met["hash"].to_numpy(), met["batch_from"].to_numpy()
        counted = self.counted.setdefault(plan.name, set())
        older = hashes[numbers != self.batch.number].tolist()
        again = sum(each in counted for each in older)
        counted.update(older)
        return len(hashes) - len(older) + again

    def move(self, plan: Plan, rows: pa.Table) -> None:
        """These versions stand under an alias. What a slice before stated so was counted, and will be again."""
        own = int((rows["batch_from"].to_numpy() == self.batch.number).sum())
        self.moved[plan.name] += own

    def newly_told(self, hashes: pa.ChunkedArray[Any]) -> int:
        """How many of these (uint64) no slice before has counted."""
        return self.told.add(np.asarray(hashes.to_numpy(), dtype=np.uint64).view(np.int64))

    def claims(self, plan: Plan, subjects: Sequence[str]) -> pa.Table:
        """Every current claim about these subjects of one type, restricted columns too."""
        claim = plan_of("Claim")
        if not subjects or not self.may_hold("Claim"):
            return claim.schema.empty_table()
        if len(subjects) > _MANY:
            self.met.every(["Claim"])
            return self.batch.export("Claim")
        parts = [self._claims_of(plan, subjects[i : i + _CHUNK]) for i in range(0, len(subjects), _CHUNK)]
        ids = pa.concat_tables(parts)
        return self.met.rows(self.batch.existing("Claim", ids)) if ids.num_rows else claim.schema.empty_table()

    def _claims_of(self, plan: Plan, subjects: Sequence[str]) -> pa.Table:
        where = (Filter("subject_type", Op.EQ, plan.name), Filter("subject", Op.IN, tuple(subjects)))
        found = self.batch.select("Claim", where=where, page=Page(limit=1_000_000_000)).table
        return found.select(["id"])


def stored_facts(batch: OpenBatch, ledger: Sequence[BatchRecord], met: Met) -> Stored:
    """What the ledger says the store may hold. A batch that does not say what it brought may have brought anything."""
    lines = [line for line in ledger if line.number > 0 and line.state != _UNDONE]
    if any(not line.header.by_type for line in lines):
        return Stored(batch, None, met=met)
    return Stored(batch, {name for line in lines for name in line.header.by_type}, alone=not lines, met=met)


def key_columns(plan: Plan) -> tuple[str, ...]:
    """The columns by which `GraphStore.existing` is asked: the id, or the ends that the claims' key names."""
    if plan.node:
        return ("id",)
    asked = {end for end in ("from", "to") if f"{end}_id" in plan.keys}
    return tuple(f"{end}_{part}" for end in ("from", "to") if end in asked for part in ("type", "id"))


def _decisive(plan: Plan) -> list[tuple[str, str]]:
    """Node type and column of each end (or the id) without whose key no fact of this type can stand."""
    if plan.node:
        return [(plan.name, "id")]
    kind = relationship_type(plan.name)
    ends = {"from": kind.stored_sources(), "to": kind.stored_targets()}
    asked = [end for end in ("from", "to") if f"{end}_id" in key_columns(plan) and len(set(ends[end])) == 1]
    return [(ends[end][0], f"{end}_id") for end in asked]
