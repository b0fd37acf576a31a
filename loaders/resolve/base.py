"""What identity resolution is asked and answers. Implemented by `deterministic`; called by `loaders.resolve.write`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from loaders.resolve.columns import Text, shaped

REVIEWS = shaped(
    ("left", pa.string()),
    ("right", pa.string()),
    ("reason", pa.string()),
    ("rule", pa.string()),
    ("weight", pa.int64()),
)


SCORES = shaped(("left", pa.string()), ("right", pa.string()), ("weight", pa.int64()), ("verdict", pa.string()))
LINKS = shaped(("left", pa.string()), ("right", pa.string()))
NOBODY: Text = pa.array([], pa.string())
MANY = 20_000  # registrations of which asking who brought each costs more than it saves


@dataclass(frozen=True, slots=True)
class Before:
    """What stood before a batch, resolved in the same version.

    Attributes:
        scores: `SCORES` of all pairs.
        registrations: the former rows of those that are gone or no longer so, as `Resolver.resolve` takes them.
        changes: the former changes of these.
        fresh: ids of registrations that are new or no longer as they were.
    """

    scores: pa.Table
    registrations: pa.Table
    changes: pa.Table
    fresh: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """What taxpayers are made of: everything, or a part of it that nothing leads out of.

    Attributes:
        registrations: `source, source_id, tax_number, uscc, registered_on`, and what the resolver `reads`.
        changes: `registration, item, old_value, new_value`.
        parties: `id, taxpayer_id` of every party that these name.
    """

    registrations: pa.Table
    changes: pa.Table
    parties: pa.Table


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who is which taxpayer.

    Attributes:
        taxpayers: one row a party: `party`, `taxpayer` (public id), `rule` (text), `score` (int64 millionths).
        ground: ids of registrations that evidence found by this batch rests on, beside what the taxpayers that it
            changes are made of; None if on all of them.
    """

    taxpayers: pa.Table
    ground: Text | None


class Weighed(Protocol):
    """What a resolver found between registrations.

    `reviews`: `REVIEWS`, by left and right: pairs of registrations (keys, the smaller first) that a person should
    decide about, each once; `reason` is one of `REVIEW_REASONS`, `rule` or `weight` (millionths of a bit) what would
    join them. `scores`: `SCORES`, by left and right: pairs of registrations that evidence was weighed for.
    `links`: `left, right` (ids): pairs that join registrations, or would. `stirred`: ids of registrations about which
    something else was found than before, those that the batch brings left out; None if nothing is known from before.
    """

    @property
    def reviews(self) -> pa.Table:
        """Pairs in doubt."""
        ...

    @property
    def scores(self) -> pa.Table:
        """Pairs weighed."""
        ...

    @property
    def links(self) -> pa.Table:
        """Pairs that join, or would."""
        ...

    @property
    def stirred(self) -> Text | None:
        """Whose evidence changed."""
        ...

    def assign(self, facts: Facts) -> Assigned:
        """Assign every party of these facts to a taxpayer: the same whatever other facts there are."""
        ...


class Resolver(Protocol):
    """Decides which parties are one taxpayer: a pure function of all facts, in any order.

    `reads`: columns of registrations that it needs beyond those of every resolver. `weighs`: whether it makes
    scores, and so uses what stood before. `version`: kept in the ledger.
    """

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of properties of Registration."""
        ...

    @property
    def weighs(self) -> bool:
        """Whether it makes scores."""
        ...

    @property
    def version(self) -> str:
        """Says by what it resolves; two that might resolve differently say different things. For the ledger."""
        ...

    def weigh(
        self,
        registrations: pa.Table,
        changes: pa.Table,
        decisions: pa.Table,
        *,
        before: Before | None = None,
        beside: Path | None = None,
    ) -> Weighed:
        """Look at all registrations.

        Args:
            registrations: as `Facts.registrations`, of every current registration.
            changes: as `Facts.changes`, of every current change.
            decisions: `decided.DECISIONS` of every human decision about two registrations; the latest about a pair (by
                instant, then id) counts.
            before: what need not be weighed again; the answer is the same without it, but for `ground` and `stirred`.
            beside: folder for what saves time the next time; the answer is the same without it.
        """
        ...
