"""What the graph says of two registrations: whether they are one taxpayer, by which rule, and what was decided.

Why it is so is asked of the engine that resolves (`loaders.resolve`); api puts both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.reading import IN, OUT, node, related, rows


@dataclass(frozen=True, slots=True)
class PairState:
    """`taxpayers`, `rules`: by key of the registration. `verdict`: of the decision about the two that counts."""

    taxpayers: Mapping[str, str]
    rules: Mapping[str, str | None]
    verdict: str | None

    @property
    def same(self) -> bool:
        """Whether they are one taxpayer."""
        return len(set(self.taxpayers.values())) == 1


def pair_state(store: GraphStore, one: str, other: str, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> PairState:
    """What is known of two registrations.

    Raises:
        NotFoundError: `not_found.registration`, alike for one that is not there and one that the scope hides.
    """
    for key in (one, other):
        node(store, "Registration", key, as_of=as_of, scope=scope)
    ends = rows(related(store, "Registration", [one, other], "REGISTERS", OUT, as_of=as_of, scope=scope).table)
    return PairState(
        {row["from_id"]: row["to_id"] for row in ends},
        {row["from_id"]: row["rule"] for row in ends},
        _verdict(store, one, other, as_of),
    )


def _verdict(store: GraphStore, one: str, other: str, as_of: AsOf) -> str | None:
    """What was decided last about both (by instant, then id); who decided, and why, is not told."""
    told = ("verdict", "decided_at")
    found = rows(
        related(store, "Registration", [one, other], "DECIDES", IN, attributes=told, as_of=as_of, scope=ROOT).table
    )
    about: dict[str, set[str]] = {}
    for row in found:
        about.setdefault(row["from_id"], set()).add(row["to_id"])
    both = [row for row in found if about[row["from_id"]] == {one, other}]
    last = max(both, key=lambda row: (row["far.decided_at"], row["from_id"]), default=None)
    return None if last is None else str(last["far.verdict"])
