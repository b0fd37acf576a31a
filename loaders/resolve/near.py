"""What the identities of a batch hang together with: registrations, numbers and taxpayers, those of before and of now.

Called by `write`. Who is which taxpayer follows of what is connected by numbers, recorded changes, evidence and
decisions alone; so all others stay as they stand, and only these are assigned and compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.resolve.base import Facts
from loaders.resolve.columns import Text
from loaders.staging.engine import Staging

_KINDS = ("registrations", "numbers", "parties")
_NUMBERED = "item IN ('tax_number', 'uscc')"
_OWN = "[tax_number, uscc, CASE WHEN source = 'canonical' THEN source_id END]"
_CANONICAL = "source = 'canonical' AND source_id"
_ENDED_CHANGES = (
    "SELECT * FROM stood_n_registration_change WHERE id IN (SELECT id FROM ended WHERE type = 'RegistrationChange')"
)
# Where a batch begins; `changed` is of `kept_scores`.
_SEEDS = {
    "registrations": "FROM changed UNION ALL SELECT registration FROM near_stirred "
    "UNION ALL SELECT to_id FROM out_r_decides UNION ALL SELECT to_id FROM ended WHERE type = 'DECIDES'",
    "numbers": "SELECT unnest([old_value, new_value]) FROM (SELECT item, old_value, new_value "
    f"FROM out_n_registration_change UNION ALL SELECT item, old_value, new_value FROM ({_ENDED_CHANGES})) "
    f"WHERE {_NUMBERED}",
    "parties": "SELECT id FROM out_n_party",
}
# And what each leads to.
_REACHED = {
    "numbers": f"SELECT unnest({_OWN}) FROM all_n_registration WHERE id IN (FROM new_registrations) UNION ALL "
    "SELECT unnest([old_value, new_value]) FROM all_n_registration_change "
    f"WHERE {_NUMBERED} AND (registration IN (FROM new_registrations) OR old_value IN (FROM new_numbers) "
    "OR new_value IN (FROM new_numbers)) UNION ALL "
    "SELECT substr(id, 4) FROM near_members WHERE starts_with(id, 'no:')",
    "registrations": "SELECT id FROM all_n_registration WHERE tax_number IN (FROM new_numbers) "
    f"OR uscc IN (FROM new_numbers) OR {_CANONICAL} IN (FROM new_numbers) UNION ALL "
    f"SELECT registration FROM all_n_registration_change WHERE {_NUMBERED} "
    "AND (old_value IN (FROM new_numbers) OR new_value IN (FROM new_numbers)) UNION ALL "
    'SELECT "right" FROM near_links WHERE "left" IN (FROM new_registrations) UNION ALL '
    'SELECT "left" FROM near_links WHERE "right" IN (FROM new_registrations) UNION ALL '
    "SELECT substr(id, 8) FROM near_members WHERE starts_with(id, 'serial:')",
    "parties": "SELECT id FROM near_members UNION ALL SELECT 'serial:' || id FROM new_registrations UNION ALL "
    "SELECT 'no:' || id FROM new_numbers",
}


@dataclass(frozen=True, slots=True)
class Near:
    """The facts that are near, and the versions that stand of what follows of them, by type."""

    facts: Facts
    standing: dict[str, pa.Table]


def find_near(staging: Staging, stored: Stored, links: pa.Table, stirred: Text, told: str) -> Near:
    """What is near a batch, and `all_n_party` with the parties that will stand there.

    Args:
        staging: with `all_n_registration` and `all_n_registration_change` of everybody, and `changed`.
        stored: what stands before.
        links: pairs of registrations that join, or would, of everybody.
        stirred: ids of registrations about which something else was found than before.
        told: columns of registrations that facts have.
    """
    staging.keep("near_links", links)
    staging.keep("near_stirred", pa.table({"registration": stirred}))
    staging.run("CREATE TABLE near_members (id VARCHAR)")
    for kind in _KINDS:
        staging.run(f"CREATE TABLE near_{kind} (id VARCHAR)")
        staging.run(f"CREATE TABLE next_{kind} AS SELECT * FROM ({_SEEDS[kind]}) named(id)")
    members = [plan_of("PARTY_OF").schema.empty_table()]
    while _go_on(staging):
        members.append(_members(staging, stored))
        for kind in _KINDS:
            staging.run(f"CREATE OR REPLACE TABLE next_{kind} AS SELECT * FROM ({_REACHED[kind]}) named(id)")
    near = Near(_facts(staging, stored, told), _standing(staging, stored, pa.concat_tables(members)))
    for name in (
        *("near_links", "near_stirred", "near_members"),
        *(f"{each}_{kind}" for each in ("near", "next", "new") for kind in _KINDS),
    ):
        staging.drop(name)
    return near


def _go_on(staging: Staging) -> bool:
    """Make `new_<kind>` of what came next and was not met before; False if there is nothing."""
    for kind in _KINDS:
        staging.run(
            f"CREATE OR REPLACE TABLE new_{kind} AS SELECT DISTINCT id FROM next_{kind} "
            f"WHERE id IS NOT NULL AND id NOT IN (FROM near_{kind})"
        )
        staging.run(f"INSERT INTO near_{kind} FROM new_{kind}")
    counts = " + ".join(f"(SELECT count(*) FROM new_{kind})" for kind in _KINDS)
    return bool(staging.value(f"SELECT {counts}"))


def _members(staging: Staging, stored: Stored) -> pa.Table:
    """Make `near_members (id)`: all parties of the taxpayers that the new parties are; their versions of PARTY_OF."""
    former = _existing(staging, stored, "PARTY_OF", f"SELECT {_end('from', 'Party')} FROM new_parties")
    staging.keep("near_former", former)
    met = _existing(staging, stored, "PARTY_OF", f"SELECT DISTINCT {_end('to', 'Taxpayer', 'to_id')} FROM near_former")
    staging.keep("near_members", met.select(["from_id"]).rename_columns(["id"]))
    staging.drop("near_former")
    return met.select(plan_of("PARTY_OF").schema.names)


def _end(side: str, kind: str, key: str = "id") -> str:
    return f"'{kind}' AS {side}_type, {key} AS {side}_id"


def _existing(staging: Staging, stored: Stored, name: str, keys: str) -> pa.Table:
    """Versions that stand under the keys of a query. Which batches brought them is noted by whoever changes them."""
    asked = staging.table(keys)
    if not asked.num_rows or not stored.may_hold(name):
        return plan_of(name).schema.empty_table()
    return stored.batch.existing(name, asked)


def _facts(staging: Staging, stored: Stored, told: str) -> Facts:
    staging.take("near_stood", _existing(staging, stored, "Party", "FROM near_parties"))
    columns = "id, number, name, taxpayer_id"
    staging.run(
        f"CREATE TABLE all_n_party AS SELECT {columns} FROM out_n_party UNION ALL SELECT {columns} FROM near_stood "
        "WHERE id NOT IN (SELECT id FROM out_n_party) AND id NOT IN (SELECT id FROM ended WHERE type = 'Party')"
    )
    staging.forget("near_stood")
    named = "registration IN (FROM near_registrations) OR old_value IN (FROM near_numbers)"
    return Facts(
        staging.table(f"SELECT {told} FROM all_n_registration WHERE id IN (FROM near_registrations)"),
        staging.table(f"SELECT registration, item, old_value, new_value FROM all_n_registration_change WHERE {named}"),
        staging.table("SELECT id, taxpayer_id FROM all_n_party"),
    )


def _standing(staging: Staging, stored: Stored, members: pa.Table) -> dict[str, pa.Table]:
    staging.take("near_standing", members)
    taxpayers = _existing(staging, stored, "Taxpayer", "SELECT DISTINCT to_id AS id FROM near_standing")
    staging.forget("near_standing")
    ends = f"SELECT {_end('from', 'Registration')} FROM near_registrations"
    return {"PARTY_OF": members, "Taxpayer": taxpayers, "REGISTERS": _existing(staging, stored, "REGISTERS", ends)}
