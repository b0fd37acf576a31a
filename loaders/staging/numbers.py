"""What each reference to a taxpayer means: the staging table `numbers` (raw text → party id, number as shown).

Called by `loaders.run` before the contracts. A reference is a function of the batch and of every id ever given, never
of the order of batches: a plain value is a number token of its own, which registrations join to their serial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from graph.store.port import GraphStore
from graph.store.questions import Filter, Op, Page
from loaders.claims.met import Met
from loaders.contracts.columns import Record
from loaders.staging.engine import Staging

_REGISTERS = ("taxpayers", "registrations")
_CHUNK = 500
_PUBLIC = "tp[0-9a-f]{24}"


@dataclass(slots=True)
class Serials:
    """Ids of the batch's registrations, slice by slice: a value that is the id of one alone means that registration."""

    pairs: list[pa.Table] = field(default_factory=list)
    alone: pa.Table | None = None

    def note(self, pairs: pa.Table) -> None:
        """Keep `serial, party` of the registrations of a slice."""
        if pairs.num_rows:
            self.pairs.append(pairs)
            self.alone = None

    def of(self, staging: Staging) -> pa.Table:
        """`serial, party` of those that one registration has alone."""
        if self.alone is None:
            staging.take("serial_pairs", pa.concat_tables(self.pairs) if self.pairs else _NO_SERIALS)
            self.alone = staging.table(
                "SELECT serial, any_value(party) AS party FROM (SELECT DISTINCT * FROM serial_pairs) "
                "GROUP BY serial HAVING count(*) = 1"
            )
            staging.forget("serial_pairs")
        return self.alone


_NO_SERIALS = pa.schema([("serial", pa.string()), ("party", pa.string())]).empty_table()


def resolve_references(
    staging: Staging, records: tuple[Record, ...], store: GraphStore, serials: Serials, met: Met
) -> None:
    """Fill `numbers`. A public id that nobody was ever given gets no party: the contract refuses its row.

    Args:
        staging: with the raw rows of a slice.
        records: that arrived in it.
        store: as it was before the batch.
        serials: of the slices before; those of this one are added.
        met: whose versions were looked at.
    """
    staging.run("CREATE TABLE numbers (raw VARCHAR, party VARCHAR, shown VARCHAR)")
    _note_serials(staging, records, serials)
    referring = [f'SELECT "{ref}" AS raw FROM raw_{record.name}' for record in records for ref in record.parties]
    if not referring:
        return
    staging.run(
        "INSERT INTO numbers SELECT raw, party_of(raw, NULL, NULL, NULL), shown_number(normal_number(raw)) "
        f"FROM (SELECT DISTINCT raw FROM ({' UNION ALL '.join(referring)}) WHERE raw IS NOT NULL)"
    )
    staging.take("serials", serials.of(staging))
    staging.run("UPDATE numbers SET party = s.party, shown = NULL FROM serials s WHERE s.serial = numbers.raw")
    staging.forget("serials")
    _public_ids(staging, store, met)


def _note_serials(staging: Staging, records: tuple[Record, ...], serials: Serials) -> None:
    """Of registrations from a source other than the canonical, whose ids are tax numbers."""
    for record in records:
        if record.name in _REGISTERS:
            serial = "coalesce(id, tax_number, uscc)" if record.name == "taxpayers" else "source_id"
            serials.note(
                staging.table(
                    f"SELECT DISTINCT {serial} AS serial, serial_party(coalesce(source, _source), {serial}) AS party "
                    f"FROM raw_{record.name} WHERE coalesce(source, _source) <> 'canonical' AND {serial} IS NOT NULL"
                )
            )


def _public_ids(staging: Staging, store: GraphStore, met: Met) -> None:
    asked = [row[0] for row in staging.rows(f"SELECT raw FROM numbers WHERE regexp_full_match(raw, '{_PUBLIC}')")]
    if not asked:
        return
    found = [
        met.rows(_parties_of(store, part)).select(["taxpayer_id", "id"])
        for part in (asked[i : i + _CHUNK] for i in range(0, len(asked), _CHUNK))
    ]
    staging.take("given", pa.concat_tables(found))
    staging.run("UPDATE numbers SET party = NULL, shown = NULL WHERE raw IN (SELECT unnest(?))", [asked])
    staging.run("UPDATE numbers SET party = g.id FROM given g WHERE g.taxpayer_id = numbers.raw")


def _parties_of(store: GraphStore, taxpayers: Sequence[str]) -> pa.Table:
    where = (Filter("taxpayer_id", Op.IN, tuple(taxpayers)),)
    return store.select("Party", where=where, page=Page(limit=_CHUNK)).table
