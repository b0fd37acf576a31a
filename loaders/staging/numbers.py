"""What each reference to a taxpayer means: the staging table `numbers` (raw text → party id, number as shown).

Called by `loaders.run` before the contracts. A reference is a function of the batch and of every id ever given, never
of the order of batches: a plain value is a number token of its own, which registrations join to their serial.
"""

from __future__ import annotations

import pyarrow as pa

from graph.store.port import GraphStore
from graph.store.questions import Filter, Op, Page
from loaders.contracts.columns import Record
from loaders.staging.engine import Staging

_REGISTERS = ("taxpayers", "registrations")
_CHUNK = 500
_PUBLIC = "tp[0-9a-f]{24}"


def resolve_references(
    staging: Staging, records: tuple[Record, ...], store: GraphStore, serials: pa.Table | None
) -> pa.Table:
    """Fill `numbers`. A public id that nobody was ever given gets no party: the contract refuses its row.

    Args:
        staging: with the raw rows of a slice.
        records: that arrived in it.
        store: as it was before the batch.
        serials: what the slice with the registers gave; None: this is the one.

    Returns:
        `serial, party` of each registration of the batch that one serial alone names.
    """
    staging.run("CREATE TABLE numbers (raw VARCHAR, party VARCHAR, shown VARCHAR)")
    staging.keep("serials", _serials(staging, records) if serials is None else serials)
    _number(staging, records)
    _public_ids(staging, store)
    return staging.table("FROM serials")


def _number(staging: Staging, records: tuple[Record, ...]) -> None:
    referring = [f'SELECT "{ref}" AS raw FROM raw_{record.name}' for record in records for ref in record.parties]
    if not referring:
        return
    staging.run(
        "INSERT INTO numbers SELECT raw, party_of(raw, NULL, NULL, NULL), shown_number(normal_number(raw)) "
        f"FROM (SELECT DISTINCT raw FROM ({' UNION ALL '.join(referring)}) WHERE raw IS NOT NULL)"
    )
    staging.run("UPDATE numbers SET party = s.party, shown = NULL FROM serials s WHERE s.serial = numbers.raw")


def _serials(staging: Staging, records: tuple[Record, ...]) -> pa.Table:
    """A value that is the id of one registration of this batch (of a source other than the canonical) means it."""
    parts = ["SELECT NULL::VARCHAR AS serial, NULL::VARCHAR AS party WHERE false"]
    for record in records:
        if record.name in _REGISTERS:
            serial = "coalesce(id, tax_number, uscc)" if record.name == "taxpayers" else "source_id"
            parts.append(
                "SELECT serial, any_value(party) AS party FROM ("
                f"SELECT DISTINCT {serial} AS serial, serial_party(coalesce(source, _source), {serial}) AS party "
                f"FROM raw_{record.name} WHERE coalesce(source, _source) <> 'canonical') WHERE serial IS NOT NULL "
                "GROUP BY serial HAVING count(*) = 1"
            )
    return staging.table(" UNION ALL ".join(parts))


def _public_ids(staging: Staging, store: GraphStore) -> None:
    asked = [row[0] for row in staging.rows(f"SELECT raw FROM numbers WHERE regexp_full_match(raw, '{_PUBLIC}')")]
    if not asked:
        return
    found = [
        store.select("Party", where=(Filter("taxpayer_id", Op.IN, tuple(part)),), page=Page(limit=_CHUNK)).table.select(
            ["taxpayer_id", "id"]
        )
        for part in (asked[i : i + _CHUNK] for i in range(0, len(asked), _CHUNK))
    ]
    staging.take("given", pa.concat_tables(found))
    staging.run("UPDATE numbers SET party = NULL, shown = NULL WHERE raw IN (SELECT unnest(?))", [asked])
    staging.run("UPDATE numbers SET party = g.id FROM given g WHERE g.taxpayer_id = numbers.raw")
