"""A checked slice → what it adds to the batch, and what the report says of it. Called by `loaders.run`.

Reads what stands before the slice (`Stored`) and leaves an `out_<type>` table for every type to write.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.chaining import chain_events
from loaders.claims.aliases import follow_aliases
from loaders.claims.history import infer_changes
from loaders.claims.issues import count_stubs, write_claims, write_issues
from loaders.claims.merge import merge_type
from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.contracts.unknown import refuse_unknown_parties
from loaders.options import forget
from loaders.preparing import Checked, settles_ahead, stated
from loaders.rejects import first_faults, refused_rows, write_rejects
from loaders.resolve.base import Resolver
from loaders.resolve.write import write_identities
from loaders.resolve.write_persons import write_persons
from loaders.staging.documents import state_documents
from loaders.staging.engine import Staging
from loaders.staging.facts import fact_table, made_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loaders.batch import Part
    from loaders.run import Load

_TOLD_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one slice: rows read, refused and known; distinct accepted facts by type; quality issues by rule.

    `resolved_by`: version of the resolver, if all identities were resolved with it.
    """

    read: int
    rejected: int
    known: int
    counts: Mapping[str, int]
    issues: Mapping[str, int]
    first_faults: list[str]
    refused: pa.Table | None
    resolved_by: str | None


@dataclass(slots=True)
class Totals:
    """Of all slices so far. `brought`: rows written by type, which the ledger keeps.

    `resolved_by`: version of the resolver that resolved identities; `resolved_anew`: others stood by another one.
    """

    read: int = 0
    rejected: int = 0
    known: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)
    brought: Counter[str] = field(default_factory=Counter)
    first_faults: list[str] = field(default_factory=list)
    refused: list[pa.Table] = field(default_factory=list)
    resolved_by: str | None = None
    resolved_anew: bool = False

    @property
    def by_type(self) -> dict[str, int]:
        """Distinct accepted facts, by name of their type."""
        return {name: self.counts[name] for name in sorted(self.counts) if self.counts[name]}

    def add(self, outcome: Outcome) -> None:
        """Count a slice."""
        self.read += outcome.read
        self.rejected += outcome.rejected
        self.known += outcome.known
        self.counts.update(outcome.counts)
        self.issues.update(outcome.issues)
        self.first_faults = [*self.first_faults, *outcome.first_faults][:_TOLD_FAULTS]
        self.refused += [] if outcome.refused is None else [outcome.refused]
        self.resolved_by = outcome.resolved_by or self.resolved_by

    def refused_rows(self) -> pa.Table:
        """The refused rows of all slices, if they were asked for."""
        return pa.concat_tables(self.refused, promote_options="default")

    def wrote(self, part: Part) -> None:
        """Count what was written of a slice."""
        self.brought.update(part.rows)


def merge_slice(job: Load, stored: Stored, checked: Checked, resolver: Resolver) -> Outcome:
    """Merge and resolve."""
    staging = checked.staging
    if not settles_ahead(job):
        stored.met.every(["Taxpayer", "Party", "PARTY_OF"])
        refuse_unknown_parties(staging, checked.intake.records, stored.batch)
        stated(checked, job.mentions)
    rejected = _rejected(staging)
    batch, source = job.identity.id, job.identity.source
    refused = refused_rows(staging, batch, source=source) if job.options.refused is not forget else None
    job.pace.begin(checked.number, "merge")
    state_documents(staging, stored, checked.intake.records, checked.made)
    counts = _merged(staging, stored, checked.made)
    chain_events(staging, job.store, stored)
    job.pace.begin(checked.number, "resolve")
    resolved = write_identities(staging, stored, resolver, resolves=checked.resolves)
    write_persons(staging, stored, resolves=checked.resolves)
    stubs = count_stubs(staging, stored)
    write_claims(staging)
    issues = {**write_issues(staging, stored), **({"stub": stubs} if stubs else {})}
    write_rejects(staging, batch, source=source, as_at=job.options.as_at)
    known = checked.rows - rejected - staging.fresh.count(without=_refused_rows(staging))
    return Outcome(checked.rows, rejected, known, counts, issues, first_faults(staging), refused, resolved)


def _rejected(staging: Staging) -> int:
    """Refused source rows: each row once, and each line that no reader could cut."""
    return int(staging.value("SELECT count(DISTINCT rid) + count(*) FILTER (WHERE rid IS NULL) FROM rejects"))


def _refused_rows(staging: Staging) -> list[int]:
    """Numbers of the source rows that were refused in one form at least: what another form brought is no news."""
    return [row[0] for row in staging.rows("SELECT DISTINCT rid FROM rejects WHERE rid IS NOT NULL")]


def _merged(staging: Staging, stored: Stored, made: set[str]) -> dict[str, int]:
    follow_aliases(staging, stored, made)
    counts = {}
    if "Registration" in made:
        counts["Registration"] = merge_type(staging, stored, plan_of("Registration"))
        infer_changes(staging, made)
        _complete_parties(staging, made)
    if "Party" in made:
        staging.run("UPDATE in_n_party SET taxpayer_id = taxpayer_of(id)")
    plans = [plan for plan in made_types(made) if plan.name != "Registration"]
    merged = staging.on_each(partial(merge_type, staging, stored), plans)
    counts |= {plan.name: count for plan, count in zip(plans, merged, strict=True)}
    counts.pop("PersonDocument", None)  # no fact of a source
    moved, stored.moved = stored.moved, Counter()
    return {name: count - moved[name] for name, count in counts.items()}


def _complete_parties(staging: Staging, made: set[str]) -> None:
    """Numbers that only inferred changes name are parties too, so that their taxpayer can be found."""
    if "RegistrationChange" not in made:
        return
    party = fact_table(staging, plan_of("Party"), made)
    for column in ("old_value", "new_value"):
        staging.run(
            f"INSERT INTO {party} BY NAME SELECT 'no:' || {column} AS _key, 'no:' || {column} AS id, "
            f"'number' AS kind, min(CASE WHEN NOT starts_with({column}, 'h') THEN {column} END) AS number, "
            f"min(_source) AS _source, min(_file) AS _file, min(_row) AS _row, NULL AS _as_at, NULL AS _rid, "
            f"false AS _counts "
            f"FROM in_n_registration_change WHERE item IN ('tax_number', 'uscc') AND {column} IS NOT NULL "
            f"AND starts_with(id, 'inferred:') GROUP BY {column}"
        )
