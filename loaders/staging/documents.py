"""What the documents of a slice's persons tell beside their keys: dates of birth, hashes for typing errors.

Called by `loaders.merging` before facts are merged. Hashes are dear, so each is made once, for persons of whom none are
kept: they are functions of the number, which is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.contracts.columns import Document, Record
from loaders.staging.engine import Staging
from loaders.staging.facts import fact_table
from loaders.staging.gaps import gap_texts

# The day of birth stands in a resident number.
_BORN = "CASE WHEN kind = 'resident' THEN try_cast(try_strptime(substr(number, 7, 8), '%Y%m%d') AS DATE) END"


def state_documents(staging: Staging, stored: Stored, records: Sequence[Record], made: set[str]) -> None:
    """State `PersonDocument` of every person whose document the rows name and of whom it is not known yet."""
    told = [_told(record, document) for record in records for document in record.documents]
    if not told:
        return
    staging.run(
        "CREATE TEMP TABLE shown AS SELECT id, kind, number, min(born) AS born, min(source) AS source, "
        "arg_min(file, rid) AS file, arg_min(row, rid) AS row, min(rid) AS rid, max(as_at) AS as_at "
        f"FROM ({' UNION ALL '.join(told)}) GROUP BY id, kind, number"
    )
    staging.run(f"UPDATE shown SET born = {_BORN} WHERE born IS NULL")
    plan = plan_of("PersonDocument")
    staging.take("kept_documents", stored.current(plan, staging.table("SELECT id FROM shown")))
    staging.run(
        "DELETE FROM shown WHERE id IN "
        "(SELECT k.id FROM kept_documents k JOIN shown s ON s.id = k.id WHERE k.birth_date <= s.born OR s.born IS NULL)"
    )
    staging.forget("kept_documents")
    if staging.value("SELECT count(*) FROM shown"):
        _state(staging, fact_table(staging, plan, made))
    staging.run("DROP TABLE shown")


def _state(staging: Staging, facts: str) -> None:
    shown = staging.table("SELECT id, kind, number FROM shown")
    gaps = gap_texts(shown.column("kind"), shown.column("number"), staging.gaps_key)
    staging.take("hashed", shown.select(["id"]).append_column("gaps", gaps))
    staging.run(
        f"INSERT INTO {facts} BY NAME SELECT id AS _key, id, born AS birth_date, gaps, source AS _source, "
        "file AS _file, row AS _row, rid AS _rid, as_at AS _as_at, false AS _counts FROM shown JOIN hashed USING (id)"
    )
    staging.forget("hashed")


def _told(record: Record, document: Document) -> str:
    return (
        f"SELECT {document.key} AS id, document_kind({document.kind}) AS kind, "
        f"long_resident(normal_number({document.number})) AS number, CAST({document.birth_date} AS DATE) AS born, "
        f"source, _file AS file, _row AS row, _rid AS rid, as_at FROM rows_{record.name} "
        f"WHERE {document.number} IS NOT NULL"
    )
