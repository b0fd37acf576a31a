"""Every canonical record, found by any of its names. Read by sources (names), check and facts (contents)."""

from __future__ import annotations

import re

from graph.errors import DataError
from loaders.contracts.columns import Record
from loaders.contracts.documents import DOCUMENT_RECORDS
from loaders.contracts.holdings import HOLDING_RECORDS
from loaders.contracts.identity import IDENTITY_RECORDS
from loaders.contracts.organisation import ORGANISATION_RECORDS
from loaders.contracts.parties import REGISTER_RECORDS

RECORDS: tuple[Record, ...] = (
    *REGISTER_RECORDS,
    *IDENTITY_RECORDS,
    *HOLDING_RECORDS,
    *DOCUMENT_RECORDS,
    *ORGANISATION_RECORDS,
)


def _folded(name: str) -> str:
    """`InputTransferOut`, `input_transfer_out` and `INPUT-TRANSFER-OUT` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_BY_NAME = {_folded(name): record for record in reversed(RECORDS) for name in (record.name, *record.names)}


def find_record(name: str) -> Record | None:
    """The record of this name in any letter case, or of the vocabulary's name; None if there is none."""
    return _BY_NAME.get(_folded(name))


def record_named(name: str) -> Record:
    """The record of this name; DataError `data.record` with the known names if there is none."""
    record = find_record(name)
    if record is None:
        raise DataError(
            f"There is no canonical record {name!r}.",
            code="data.record",
            next_step=f"Name the table after one of: {', '.join(r.name for r in RECORDS)}.",
            record=name,
        )
    return record
