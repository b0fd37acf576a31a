"""What the store already says: current versions and kept claims of the facts that a batch states.

Built once a load by `loaders.run`; used by the merging modules. Types that no batch ever brought are not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import Filter, Op, Page
from loaders.claims.plans import Plan, plan_of

_CHUNK = 1000
_MANY = 20_000  # from here on reading all claims once is cheaper than asking for them by subject
_UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Stored:
    """The store, and the names of the types that it may hold facts of (None: any)."""

    store: GraphStore
    present: frozenset[str] | None

    def may_hold(self, name: str) -> bool:
        """False if no batch ever brought a fact of this type."""
        return self.present is None or name in self.present

    def current(self, plan: Plan, keys: pa.Table) -> pa.Table:
        """Current versions with these keys; see `key_columns` for the columns of `keys`."""
        if not self.may_hold(plan.name) or not keys.num_rows:
            return plan.schema.empty_table()
        return self.store.existing(plan.name, keys)

    def claims(self, plan: Plan, subjects: Sequence[str]) -> pa.Table:
        """Every current claim about these subjects of one type, restricted columns too."""
        claim = plan_of("Claim")
        if not subjects or not self.may_hold("Claim"):
            return claim.schema.empty_table()
        if len(subjects) > _MANY:
            return self.store.export("Claim")
        parts = [self._claims_of(plan, subjects[i : i + _CHUNK]) for i in range(0, len(subjects), _CHUNK)]
        ids = pa.concat_tables(parts)
        return self.store.existing("Claim", ids) if ids.num_rows else claim.schema.empty_table()

    def _claims_of(self, plan: Plan, subjects: Sequence[str]) -> pa.Table:
        where = (Filter("subject_type", Op.EQ, plan.name), Filter("subject", Op.IN, tuple(subjects)))
        found = self.store.select("Claim", where=where, page=Page(limit=1_000_000_000)).table
        return found.select(["id"])


def stored_facts(store: GraphStore, ledger: Sequence[BatchRecord]) -> Stored:
    """What the ledger says the store may hold. A batch that does not say what it brought may have brought anything."""
    lines = [line for line in ledger if line.number > 0 and line.state != _UNDONE]
    if any(not line.header.by_type for line in lines):
        return Stored(store, None)
    return Stored(store, frozenset(name for line in lines for name in line.header.by_type))


def key_columns(plan: Plan) -> tuple[str, ...]:
    """The columns by which `GraphStore.existing` is asked: the id, or the ends that the claims' key names."""
    if plan.node:
        return ("id",)
    asked = {end for end in ("from", "to") if f"{end}_id" in plan.keys}
    return tuple(f"{end}_{part}" for end in ("from", "to") if end in asked for part in ("type", "id"))
