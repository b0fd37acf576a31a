"""`--unknown-parties reject`: refuses rows that name a taxpayer whom no register describes. Called by `loaders.run`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.store.open_batches import KnownFacts
from loaders.contracts.columns import Record
from loaders.staging.engine import Staging

_REGISTERS = ("taxpayers", "registrations")


def refuse_unknown_parties(staging: Staging, records: tuple[Record, ...], store: KnownFacts) -> None:
    """File a reject `unknown_party` for each row that names a party without a registration, here or in the store."""
    taxpayers = store.export("Taxpayer")
    registered = taxpayers.filter(pc.equal(taxpayers.column("stub"), pa.scalar(False)))
    staging.take("registered_taxpayers", registered.select(["id"]))
    staging.take("parties_before", store.parties().select(["party_id", "taxpayer_id"]))
    described = ["SELECT party_id FROM parties_before WHERE taxpayer_id IN (SELECT id FROM registered_taxpayers)"]
    for record in records:
        if record.name in _REGISTERS:
            described.extend(
                f"SELECT {token} FROM rows_{record.name} WHERE {token} IS NOT NULL"
                for token in ("own_party", "number_party(tax_number)", "number_party(uscc)", "number_party(serial)")
            )
    staging.run(f"CREATE TEMP TABLE described AS SELECT DISTINCT party_id FROM ({' UNION ALL '.join(described)})")
    for record in records:
        for reference in record.parties:
            _refuse(staging, record, reference)


def _refuse(staging: Staging, record: Record, reference: str) -> None:
    unknown = f'"{reference}_party" IS NOT NULL AND "{reference}_party" NOT IN (FROM described)'
    staging.run(
        f"INSERT INTO rejects SELECT _rid, ?, _file, _table, _row, 'unknown_party', ?, ?, NULL "
        f"FROM rows_{record.name} WHERE {unknown}",
        [record.name, reference, f"no register describes the taxpayer in {reference}"],
    )
    staging.run(f"DELETE FROM rows_{record.name} WHERE {unknown}")
