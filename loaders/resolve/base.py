"""What identity resolution is asked and answers. Implemented by `deterministic`; called by `loaders.resolve.write`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from loaders.resolve.columns import shaped

REVIEWS = shaped(
    ("left", pa.string()),
    ("right", pa.string()),
    ("reason", pa.string()),
    ("rule", pa.string()),
    ("weight", pa.int64()),
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer of a resolver.

    Attributes:
        taxpayers: one row a party: `party`, `taxpayer` (public id), `rule` (text), `score` (int64 millionths).
        reviews: `REVIEWS`, by left and right: pairs of registrations (keys, the smaller first) that a person should
            decide about, each once; `reason` is one of `REVIEW_REASONS`, `rule` or `weight` (millionths of a bit) what
            would join them.
    """

    taxpayers: pa.Table
    reviews: pa.Table


class Resolver(Protocol):
    """Decides which parties are one taxpayer: a pure function of all facts, in any order.

    `reads`: columns of registrations that it needs beyond those of every resolver. `version`: kept in the ledger.
    """

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of properties of Registration."""
        ...

    @property
    def version(self) -> str:
        """Says by what it resolves; two that might resolve differently say different things. For the ledger."""
        ...

    def resolve(self, registrations: pa.Table, changes: pa.Table, parties: pa.Table, decisions: pa.Table) -> Resolved:
        """Assign every party to a taxpayer.

        Args:
            registrations: `source, source_id, tax_number, uscc, registered_on` of every current registration.
            changes: `registration, item, old_value, new_value` of every current change.
            parties: `id, taxpayer_id` of every party.
            decisions: `decided.DECISIONS` of every human decision about two registrations; the latest about a pair (by
                instant, then id) counts.
        """
        ...
