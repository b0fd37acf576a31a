"""Warnings and conflicts → QualityIssue versions. Called by `loaders.run` after the merge.

An issue's id is a hash of its rule and subject (and, but for conflicts, what it says): a function of the data alone.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.staging.engine import Staging


def write_issues(staging: Staging, stored: Stored) -> dict[str, int]:
    """Make `out_n_quality_issue`; conflicts that are over end. Returns issues by rule, those known before included."""
    _check_digits(staging)
    staging.run(
        "CREATE TABLE raised AS SELECT 'qi' || hash_of(concat_ws(chr(31), rule, subject_type, subject, columns, what)) "
        "AS id, rule, subject_type, subject, columns, any_value(what) AS what, min(source) AS source, "
        "min(file) AS file, min(row) AS row FROM issues GROUP BY rule, subject_type, subject, columns, what "
        f"UNION ALL SELECT {_conflict_id('type', 'subject')}, 'conflict', type, subject, columns, "
        "'sources disagree', source, file, row FROM conflicts"
    )
    staging.run(f"CREATE TABLE over AS SELECT {_conflict_id('type', 'subject')} AS id FROM settled")
    asked = staging.table("SELECT id FROM raised UNION SELECT id FROM over")
    staging.take("issues_before", stored.current(plan_of("QualityIssue"), asked))
    staging.run(
        "CREATE TABLE out_n_quality_issue AS SELECT r.id, r.rule, r.subject_type, r.subject, r.columns, r.what, "
        "coalesce(b.status, 'open') AS status, r.source AS prov_source, r.file AS prov_file, r.row AS prov_row, "
        "NULL::TIMESTAMP AS prov_first_at, NULL::TIMESTAMP AS prov_as_at, 1::BIGINT AS claims "
        "FROM raised r LEFT JOIN issues_before b USING (id) WHERE b.columns IS DISTINCT FROM r.columns"
    )
    staging.run(
        "INSERT INTO ended (type, id) SELECT DISTINCT 'QualityIssue', id FROM issues_before "
        "WHERE rule = 'conflict' AND id NOT IN (SELECT id FROM raised)"
    )
    told = staging.rows("SELECT DISTINCT rule FROM raised ORDER BY rule")
    return {rule: stored.newly_told(_hashes(staging, f"FROM raised WHERE rule = '{rule}'")) for (rule,) in told}


def count_stubs(staging: Staging, stored: Stored) -> int:
    """Taxpayers that no register describes, of those that this slice writes and none before."""
    return stored.newly_told(_hashes(staging, "FROM out_n_taxpayer WHERE stub"))


def _hashes(staging: Staging, rows: str) -> pa.ChunkedArray[Any]:
    return staging.table(f"SELECT DISTINCT hash(id) AS hash {rows}")["hash"]


def _conflict_id(kind: str, subject: str) -> str:
    return f"'qi' || hash_of(concat_ws(chr(31), 'conflict', {kind}, {subject}))"


def _check_digits(staging: Staging) -> None:
    """A number in the form of a credit code whose check digit is wrong: one issue a number, never a refusal."""
    if not staging.has("out_n_party"):
        return
    staging.run(
        "INSERT INTO issues SELECT 'check_digit', 'Party', id, 'number', 'the check digit is wrong', prov_source, "
        "prov_file, prov_row FROM out_n_party WHERE kind = 'number' AND starts_with(id, 'no:') "
        "AND uscc_wrong(substr(id, 4))"
    )


def write_claims(staging: Staging) -> None:
    """Make `out_n_claim` and end claims about keys that have only one left."""
    staging.run(
        "CREATE TABLE out_n_claim AS SELECT id, subject_type, subject, source, first_at, as_at, content, "
        "source AS prov_source, file AS prov_file, row AS prov_row, first_at AS prov_first_at, as_at AS prov_as_at, "
        "1::BIGINT AS claims FROM claims_out"
    )
    staging.run("INSERT INTO ended (type, id) SELECT DISTINCT 'Claim', id FROM claims_ended")
