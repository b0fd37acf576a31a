"""Scores of pairs of registrations, kept in the graph so that a batch is weighed alone. Called by `write`.

They stand as SCORED, versioned as all facts are, so that backups hold them and a withdrawal takes back what a batch
said. They are those of the version of the resolver that the ledger names; under another one nothing is read from them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.resolve.base import MANY, SCORES, Before
from loaders.resolve.columns import PAIR, Text
from loaders.resolve.differences import write_differences
from loaders.resolve.versions import DESCRIBING
from loaders.staging.engine import Staging, node_name

_CHANGED = """
    CREATE OR REPLACE TEMP TABLE changed AS
    WITH said AS (
        SELECT registration FROM out_n_registration_change
        UNION ALL SELECT registration FROM stood_n_registration_change WHERE id IN (
            SELECT id FROM out_n_registration_change
            UNION ALL SELECT id FROM ended WHERE type = 'RegistrationChange'))
    SELECT id FROM out_n_registration UNION SELECT id FROM ended WHERE type = 'Registration'
    UNION SELECT registration FROM said WHERE registration IS NOT NULL"""


def note_changed(staging: Staging) -> None:
    """Make `changed (id)`: the registrations that this batch brings, changes, ends, or says something else of."""
    staging.run(_CHANGED)


def what_stood(staging: Staging, stored: Stored, told: Sequence[str]) -> Before:
    """What was weighed before this batch; of registrations the columns `told`, as the resolver takes them."""
    columns = ", ".join(told)
    return Before(
        scores=_scores(staging, stored),
        registrations=staging.table(f"SELECT {columns} FROM stood_n_registration WHERE id IN (FROM changed)"),
        changes=staging.table(
            "SELECT registration, item, old_value, new_value FROM stood_n_registration_change "
            "WHERE registration IN (FROM changed)"
        ),
        fresh=staging.table("SELECT id FROM all_n_registration WHERE id IN (FROM changed)")["id"].combine_chunks(),
    )


def _scores(staging: Staging, stored: Stored) -> pa.Table:
    plan = plan_of("SCORED")
    if not stored.may_hold(plan.name):
        return SCORES.empty_table()
    staging.take("exported", stored.batch.export(plan.name))
    found = staging.table('SELECT from_id AS "left", to_id AS "right", weight, verdict FROM exported')
    staging.forget("exported")
    return found.cast(SCORES).sort_by(PAIR)


def write_scores(staging: Staging, stored: Stored, scores: pa.Table, ground: Text | None) -> None:
    """Make `out_r_scored`, and meet the batches that the evidence of this one rests on."""
    plan = plan_of("SCORED")
    staging.keep(f"out_{plan.table}", plan.schema.empty_table())
    staging.keep("scores", scores)
    kind = node_name("Registration")
    write_differences(
        staging,
        stored,
        plan,
        f'(SELECT {kind} AS from_type, "left" AS from_id, {kind} AS to_type, "right" AS to_id, weight, verdict '
        "FROM scores)",
    )
    if not stored.alone:
        _note_ground(staging, stored, ground)


def _note_ground(staging: Staging, stored: Stored, ground: Text | None) -> None:
    if ground is None or len(ground) > MANY:
        stored.met.every(DESCRIBING)
        return
    staging.take("rests_on", pa.table({"id": ground}))
    stored.current(plan_of("Registration"), staging.table("FROM rests_on"))
    said = "SELECT id FROM all_n_registration_change WHERE registration IN (FROM rests_on)"
    stored.current(plan_of("RegistrationChange"), staging.table(said))
    staging.forget("rests_on")
