"""Runs identity resolution after a batch, and writes only what it changes. Called by `loaders.run`.

Makes `out_n_taxpayer`, `out_r_party_of` and `out_r_registers` from the merged tables of the batch and the store. A
batch without registrations and changes brings only new parties, each a taxpayer of its own: nothing else is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from graph.model.parties import STATUS
from loaders.claims.plans import Plan, plan_of
from loaders.claims.stored import Stored
from loaders.resolve.base import Facts, Resolver, Weighed
from loaders.resolve.columns import Text
from loaders.resolve.differences import write_differences
from loaders.resolve.kept_scores import note_changed, what_stood, write_scores
from loaders.resolve.near import Near, find_near
from loaders.resolve.versions import DESCRIBING
from loaders.resolve.write_reviews import write_reviews
from loaders.staging.engine import RESOLVED, Staging, node_name

_TAXPAYER = (
    *("id", "tax_number", "name", "kind", "status", "vat_status", "industry", "region", "bureau"),
    *("registered_on", "stub"),
)
_REGISTERED = ("name", "kind", "status", "vat_status", "industry", "region", "bureau")
# What identity is resolved from, and what is said of a taxpayer.
_READ: Mapping[str, tuple[str, ...]] = {
    "Registration": (
        *("id", "source", "source_id", "tax_number", "uscc", "name", "kind", "status", "vat_status", "industry"),
        *("region", "bureau", "registered_on", "prov_as_at"),
    ),
    "RegistrationChange": ("id", "registration", "item", "old_value", "new_value", "changed_on"),
    "IdentityDecision": ("id", "verdict", "decided_at"),
}
_PARTY = ("id", "number", "name", "taxpayer_id")
_IDENTIFYING = ("source", "source_id", "tax_number", "uscc", "registered_on")
_ENDS = "from_type, from_id, to_type, to_id"


def write_identities(staging: Staging, stored: Stored, resolver: Resolver, *, resolves: bool) -> str | None:
    """Resolve and leave the changed rows in the staging area. Without `resolves` a later slice does it for this one.

    Returns:
        The version of the resolver, if everything was resolved with it.
    """
    for name in ("Taxpayer", "PARTY_OF", "REGISTERS"):
        _empty_out(staging, plan_of(name))
    if not _has_rows(staging, "out_n_party"):
        _none(staging, "out_n_party", plan_of("Party"))
    anew = stored.unresolved
    described = any(_has_rows(staging, f"out_{plan_of(name).table}") for name in DESCRIBING)
    stored.unresolved = stored.unresolved or described or not resolves
    if not resolves:
        return None
    if not stored.unresolved:
        _add_stubs(staging, stored)
        return None
    _resolve_all(staging, stored, resolver, anew=anew)
    stored.unresolved = False
    return resolver.version


def _has_rows(staging: Staging, table: str) -> bool:
    return staging.has(table) and bool(staging.value(f"SELECT count(*) FROM (FROM {table} LIMIT 1)"))


def _none(staging: Staging, table: str, plan: Plan) -> None:
    if not staging.has(table):
        staging.keep(table, plan.schema.empty_table())


def _empty_out(staging: Staging, plan: Plan) -> None:
    staging.keep(f"out_{plan.table}", plan.schema.empty_table())


_STUB = (
    "taxpayer_id AS id, number AS tax_number, name, NULL AS kind, NULL AS status, NULL AS vat_status, "
    "NULL AS industry, CASE WHEN regexp_full_match(number, '[0-9A-HJ-NPQRTUW-Y]{2}[0-9]{6}[0-9A-HJ-NPQRTUW-Y]{10}') "
    "THEN substr(number, 3, 6) END AS region, NULL AS bureau, NULL::DATE AS registered_on, true AS stub"
)


def _add_stubs(staging: Staging, stored: Stored) -> None:
    """New parties are new taxpayers; a stub whose party got a smaller name follows it."""
    staging.take("former", stored.current(plan_of("PARTY_OF"), _ends_of_parties(staging)))
    new = "out_n_party p WHERE p.id NOT IN (SELECT from_id FROM former)"
    staging.run(
        f"INSERT INTO out_r_party_of BY NAME SELECT 'Party' AS from_type, id AS from_id, 'Taxpayer' AS to_type, "
        f"taxpayer_id AS to_id, 'own number' AS rule, 1000000 AS score, {RESOLVED} FROM {new}"
    )
    staging.run(f"INSERT INTO out_n_taxpayer BY NAME SELECT {_STUB}, {RESOLVED} FROM {new}")
    if not staging.value("SELECT count(*) FROM former"):
        return
    renamed = (
        "SELECT f.to_id, min(p.name) AS name FROM former f JOIN out_n_party p ON p.id = f.from_id GROUP BY f.to_id"
    )
    staging.run(f"CREATE TEMP TABLE renamed AS {renamed}")
    staging.take("before", stored.current(plan_of("Taxpayer"), staging.table("SELECT to_id AS id FROM renamed")))
    columns = ", ".join(f"b.{name}" for name in _TAXPAYER if name != "name")
    staging.run(
        f"INSERT INTO out_n_taxpayer BY NAME SELECT {columns}, least(b.name, r.name) AS name, {RESOLVED} "
        "FROM before b JOIN renamed r ON r.to_id = b.id "
        "WHERE b.stub AND least(b.name, r.name) IS DISTINCT FROM b.name"
    )


def _ends_of_parties(staging: Staging) -> pa.Table:
    return staging.table("SELECT 'Party' AS from_type, id AS from_id FROM out_n_party")


# --- with registrations: everything is resolved again


def _resolve_all(staging: Staging, stored: Stored, resolver: Resolver, *, anew: bool) -> None:
    for name, columns in _READ.items():
        more = [column for column in resolver.reads if column not in columns] if name == "Registration" else []
        _all_of(staging, stored, plan_of(name), (*columns, *more))
    decisions = _decisions(staging, stored)
    told = tuple(dict.fromkeys((*_IDENTIFYING, *resolver.reads)))
    weighed = _weighed(staging, stored, resolver, told, decisions, anew=anew)
    standing, ground = _assigned(staging, stored, weighed, ", ".join(told), anew=anew)
    _registered(staging)
    _taxpayers(staging)
    write_differences(staging, stored, plan_of("Taxpayer"), "taxpayers", standing.get("Taxpayer"))
    for name, source, key, rows in (
        ("PARTY_OF", "Party", "party", "assigned"),
        ("REGISTERS", "Registration", "id", "owned"),
    ):
        write_differences(
            staging,
            stored,
            plan_of(name),
            f"(SELECT {node_name(source)} AS from_type, {key} AS from_id, {node_name('Taxpayer')} AS to_type, "
            f"taxpayer AS to_id, rule, score FROM {rows})",
            standing.get(name),
        )
    write_scores(staging, stored, weighed.scores, ground)
    if not stored.alone:
        _note_ground(staging, stored)
    write_reviews(staging, stored, weighed.reviews, decisions)
    staging.drop("all_n_party")
    for name in _READ:
        _let_go(staging, plan_of(name))


def _let_go(staging: Staging, plan: Plan) -> None:
    staging.forget(f"stood_{plan.table}")
    if staging.has(f"all_{plan.table}"):
        staging.drop(f"all_{plan.table}")


def _assigned(
    staging: Staging, stored: Stored, weighed: Weighed, told: str, *, anew: bool
) -> tuple[dict[str, pa.Table], Text | None]:
    """Make `assigned`; what stands of what follows from it, and what the evidence rests on.

    A province's registrations and parties fill gigabytes: nothing else of them is held on to.
    """
    near = _near(staging, stored, weighed, told, anew=anew)
    found = weighed.assign(near.facts)
    staging.keep("assigned", found.taxpayers)
    return near.standing, found.ground


def _weighed(
    staging: Staging, stored: Stored, resolver: Resolver, told: tuple[str, ...], decisions: pa.Table, *, anew: bool
) -> Weighed:
    if not anew:
        note_changed(staging)
    return resolver.weigh(
        staging.table(f"SELECT {', '.join(told)} FROM all_n_registration"),
        staging.table("SELECT registration, item, old_value, new_value FROM all_n_registration_change"),
        decisions,
        before=what_stood(staging, stored, told) if resolver.weighs and not anew else None,
        beside=stored.beside,
    )


def _near(staging: Staging, stored: Stored, weighed: Weighed, told: str, *, anew: bool) -> Near:
    """What this batch may change; everything where nothing stands by this version of the resolver."""
    if not anew and weighed.stirred is not None and stored.may_hold("PARTY_OF"):
        return find_near(staging, stored, weighed.links, weighed.stirred, told)
    _all_of(staging, stored, plan_of("Party"), _PARTY)
    staging.forget("stood_n_party")
    facts = Facts(
        staging.table(f"SELECT {told} FROM all_n_registration"),
        staging.table("SELECT registration, item, old_value, new_value FROM all_n_registration_change"),
        staging.table("SELECT id, taxpayer_id FROM all_n_party"),
    )
    return Near(facts, {})


# Parties of the taxpayers that this batch changes: what it wrote about them follows from all that is known of these.
_GROUND = """
    CREATE TEMP TABLE ground AS WITH named AS (
        SELECT id FROM out_n_party UNION ALL SELECT 'serial:' || id FROM out_n_registration
        UNION ALL SELECT 'serial:' || registration FROM out_n_registration_change
        UNION ALL SELECT from_id FROM out_r_party_of UNION ALL SELECT 'serial:' || from_id FROM out_r_registers
        UNION ALL SELECT from_id FROM ended WHERE type = 'PARTY_OF'),
    touched AS (SELECT taxpayer FROM assigned WHERE party IN (SELECT id FROM named)
        UNION SELECT id FROM out_n_taxpayer)
    SELECT DISTINCT party FROM assigned WHERE taxpayer IN (SELECT taxpayer FROM touched)"""


def _note_ground(staging: Staging, stored: Stored) -> None:
    """Meet the batches that brought what the changed taxpayers are made of, and what they replace."""
    staging.run(_GROUND)
    keys = {
        "Party": "SELECT party AS id FROM ground",
        "Registration": "SELECT substr(party, 8) AS id FROM ground WHERE starts_with(party, 'serial:')",
        "RegistrationChange": "SELECT id FROM all_n_registration_change "
        "WHERE 'serial:' || registration IN (FROM ground)",
        "PARTY_OF": "SELECT 'Party' AS from_type, party AS from_id FROM ground",
        "Taxpayer": "SELECT id FROM out_n_taxpayer UNION SELECT id FROM ended WHERE type = 'Taxpayer'",
    }
    for name, statement in keys.items():
        stored.current(plan_of(name), staging.table(statement))


def _all_of(staging: Staging, stored: Stored, plan: Plan, names: Sequence[str]) -> None:
    """`all_<type>`: what the store will hold after this batch, as far as needed; `stood_<type>`: what it holds."""
    out = f"out_{plan.table}"
    _none(staging, out, plan)
    columns = ", ".join(f'"{name}"' for name in names)
    stood = f"stood_{plan.table}"
    if not stored.may_hold(plan.name):
        staging.take(stood, plan.schema.empty_table().select(names))
        staging.run(f"CREATE VIEW all_{plan.table} AS SELECT {columns} FROM {out}")
        return
    staging.take(stood, stored.batch.columns(plan.name, names))
    staging.run(
        f"CREATE TABLE all_{plan.table} AS SELECT {columns} FROM {out} UNION ALL SELECT {columns} FROM {stood} "
        f"WHERE id NOT IN (SELECT id FROM {out}) AND id NOT IN (SELECT id FROM ended WHERE type = '{plan.name}')"
    )


def _decisions(staging: Staging, stored: Stored) -> pa.Table:
    """`id, verdict, decided_at, left, right` of every decision that names two registrations."""
    plan = plan_of("DECIDES")
    _none(staging, f"out_{plan.table}", plan)
    ends = "SELECT from_id, to_id"
    staging.run(f"CREATE TEMP TABLE about AS {ends} FROM out_{plan.table}")
    if stored.may_hold(plan.name):
        staging.take("exported", stored.batch.export(plan.name))
        staging.run(
            f"INSERT INTO about {ends} FROM exported EXCEPT "
            f"({ends} FROM ended WHERE type = '{plan.name}' UNION ALL {ends} FROM out_{plan.table})"
        )
        staging.forget("exported")
    named = staging.table(
        'SELECT d.id, d.verdict, d.decided_at, min(a.to_id) AS "left", max(a.to_id) AS "right" '
        "FROM all_n_identity_decision d JOIN about a ON a.from_id = d.id GROUP BY ALL HAVING count(*) = 2 ORDER BY d.id"
    )
    staging.drop("about")
    return named


def _best(name: str) -> str:
    """The value of the latest registration that has one; then source rank, life cycle, smallest value."""
    places = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(STATUS))
    cycle = f"CASE status {places} ELSE -1 END DESC, " if name == "status" else ""
    return (
        f"first({name} ORDER BY r.prov_as_at DESC NULLS LAST, coalesce(ranks.rank, 0) DESC, {cycle}{name}) "
        f"FILTER ({name} IS NOT NULL) AS {name}"
    )


def _registered(staging: Staging) -> None:
    """`owned`: every registration with its taxpayer, `all_n_registration` goes; `shared`: taxpayers with several."""
    staging.run(
        "CREATE TABLE owned AS SELECT r.*, a.taxpayer, a.rule, a.score FROM all_n_registration r "
        "JOIN assigned a ON a.party = 'serial:' || r.id"
    )
    _let_go(staging, plan_of("Registration"))
    staging.run("CREATE TABLE shared AS SELECT taxpayer FROM owned GROUP BY taxpayer HAVING count(*) > 1")


def _taxpayers(staging: Staging) -> None:
    """`taxpayers`: one row for each taxpayer that has a party. Values are only chosen among where there are several."""
    columns = ", ".join(_REGISTERED)
    staging.run(
        f"CREATE TABLE registered AS SELECT taxpayer AS id, {columns}, registered_on "
        "FROM owned ANTI JOIN shared USING (taxpayer) UNION ALL SELECT taxpayer, "
        f"{', '.join(_best(name) for name in _REGISTERED)}, min(registered_on) AS registered_on "
        "FROM (FROM owned SEMI JOIN shared USING (taxpayer)) r LEFT JOIN ranks ON ranks.source = r.source "
        "GROUP BY taxpayer"
    )
    staging.run(f"CREATE TABLE numbered AS {_current_numbers()}")
    columns = ", ".join(f"g.{name}" for name in _REGISTERED)
    staging.run(
        f"CREATE TABLE taxpayers AS SELECT g.id, n.number AS tax_number, {columns}, g.registered_on, false AS stub "
        "FROM registered g LEFT JOIN numbered n USING (id) UNION ALL BY NAME "
        f"SELECT {_STUB} FROM (SELECT a.taxpayer AS taxpayer_id, min(p.name) AS name, "
        "coalesce(min(CASE WHEN p.taxpayer_id = a.taxpayer THEN p.number END), min(p.number)) AS number "
        "FROM (FROM assigned WHERE taxpayer NOT IN (SELECT id FROM registered)) a "
        "JOIN all_n_party p ON p.id = a.party GROUP BY a.taxpayer)"
    )
    staging.run("DROP TABLE registered")
    staging.run("DROP TABLE numbered")


def _current_numbers() -> str:
    """The number in force: of the latest registration or change, as the party shows it (masked where it must be)."""
    return """
        WITH changes AS (
            SELECT a.taxpayer AS id, c.new_value AS number, c.changed_on AS said_at, 1 AS changed
            FROM all_n_registration_change c JOIN assigned a ON a.party = 'serial:' || c.registration
            WHERE c.item = 'tax_number' AND c.new_value IS NOT NULL),
        said AS (
            SELECT taxpayer AS id, coalesce(tax_number, uscc) AS number, prov_as_at AS said_at, 0 AS changed
            FROM owned WHERE coalesce(tax_number, uscc) IS NOT NULL
            UNION ALL FROM changes),
        contested AS (SELECT taxpayer AS id FROM shared UNION SELECT id FROM changes),
        last_said AS (
            SELECT id, number FROM said ANTI JOIN contested USING (id)
            UNION ALL
            SELECT id, first(number ORDER BY said_at DESC NULLS LAST, changed DESC, number) AS number
            FROM said SEMI JOIN contested USING (id) GROUP BY id)
        SELECT l.id, coalesce(p.number, l.number) AS number
        FROM last_said l LEFT JOIN all_n_party p ON p.id = 'no:' || l.number"""
