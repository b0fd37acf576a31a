"""Records of persons whose documents a typing error tells apart are one person; what finds them is shown to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from api.gql.print_schema import SCHEMA_FILE
from api.operations.exports import exported_kinds
from graph.errors import QueryError, StoreError
from graph.model.vocabulary import NODE_TYPES
from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.questions import Filter, Op
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from loaders.resolve.persons.together import SLIP as RULE
from loaders.staging.gaps import gap_texts, gaps_key
from queries.views.person import person_view
from tests.support.batches import KEY
from tests.support.stores import beside

RIGHT, SLIP, OTHER = "11010519491231002X", "110105194912310028", "110105194912318321"
Row = dict[str, str]


def firm(serial: str, document: str, name: str = "李建国") -> Row:
    return {
        "id": serial,
        "name": f"Company {serial}",
        "legal_representative": name,
        "legal_representative_document_number": document,
    }


def load(store: GraphStore, *rows: Row) -> LoadReport:
    return load_frames(store, {"registrations": pd.DataFrame(rows)}, options=LoadOptions(hmac_key=KEY))


def merged(store: GraphStore) -> int:
    return store.export("PERSON_OF").num_rows


def test_a_typing_error_in_a_document_makes_no_second_person(store: GraphStore) -> None:
    load(store, firm("1", RIGHT))
    load(store, firm("2", SLIP))
    (row,) = store.export("PERSON_OF").to_pylist()
    persons = sorted(map(str, store.export("Person")["id"].to_pylist()))
    assert [row["to_id"], row["from_id"]] == persons  # both keys stay nodes, the smaller one is the person
    assert (row["rule"], row["score"]) == (RULE, 1_000_000)


def test_either_key_leads_to_the_other_record_with_the_reason(store: GraphStore) -> None:
    load(store, firm("1", RIGHT), firm("2", SLIP))
    (row,) = store.export("PERSON_OF").to_pylist()
    for one, other in ((row["from_id"], row["to_id"]), (row["to_id"], row["from_id"])):
        (found,) = person_view(store, one).related
        assert (found.person, found.kind) == (other, f"same person: {RULE}")


@pytest.mark.parametrize(
    "other",
    [
        firm("2", SLIP, name="李建军"),
        firm("2", OTHER),
        firm("2", "110105194912310"),  # an old number: no typing error
        firm("2", "11010519491230002X"),  # another day of birth
    ],
    ids=["name", "document", "old", "birth"],
)
def test_a_name_or_a_birth_date_or_a_document_that_differs_keeps_two(store: GraphStore, other: Row) -> None:
    load(store, firm("1", RIGHT), other)
    assert merged(store) == 0


def batches() -> Sequence[Row]:
    return [firm("1", RIGHT), firm("2", SLIP), firm("3", OTHER), firm("4", "11010519491231012X"), firm("5", RIGHT)]


def test_the_order_of_batches_does_not_matter(store: GraphStore) -> None:
    for row in batches():
        load(store, row)
    assert merged(store) == 2
    for order in (batches()[::-1], [batches()[k] for k in (3, 0, 4, 2, 1)]):
        with beside() as other:
            for row in order:
                load(other, row)
            assert digest(other) == digest(store)


def test_a_withdrawal_parts_what_its_batch_joined(store: GraphStore) -> None:
    first, second = load(store, firm("1", RIGHT)), load(store, firm("2", SLIP))
    with pytest.raises(StoreError, match="Later batches build on this one"):
        store.withdraw(first.batch)
    store.withdraw(second.batch)
    assert merged(store) == 0
    load(store, firm("3", SLIP))
    assert merged(store) == 1


def test_a_name_that_is_mended_later_joins_or_parts(store: GraphStore) -> None:
    rows = [{"document_number": RIGHT, "name": "李建国"}, {"document_number": SLIP, "name": "李建军"}]
    day = pd.Timestamp("2026-01-01").to_pydatetime()
    for place, names in enumerate((("李建国", "李建军"), ("李建国", "李建国"), ("李建国", "李建伟"))):
        frame = pd.DataFrame([{**row, "name": name} for row, name in zip(rows, names, strict=True)])
        options = LoadOptions(hmac_key=KEY, as_at=day.replace(day=place + 1))
        load_frames(store, {"persons": frame}, options=options)
        assert merged(store) == int(place == 1)


def test_the_hashes_are_those_of_the_number_without_each_sign(store: GraphStore) -> None:
    load(store, firm("1", RIGHT))
    (row,) = store.export("PersonDocument").to_pylist()
    number, kind = (pa.chunked_array([pa.array([text])]) for text in (RIGHT, "resident"))
    assert [row["gaps"]] == gap_texts(kind, number, gaps_key(KEY)).to_pylist()
    assert len(set(row["gaps"].split(" "))) == len({RIGHT[:k] + RIGHT[k + 1 :] for k in range(len(RIGHT))}) + 1
    assert str(row["birth_date"]) == "1949-12-31"


def test_no_interface_shows_what_documents_tell(store: GraphStore, tmp_path: Path) -> None:
    load(store, firm("1", RIGHT))
    (kept,) = store.export("PersonDocument").to_pylist()
    secrets = [kept["gaps"][:16], "1949-12-31", "19491231", "birth_date", "birthDate"]
    shown = store.select("PersonDocument").table
    assert not {"birth_date", "gaps"} & set(shown.column_names)
    for column in ("birth_date", "gaps"):
        with pytest.raises(QueryError):
            store.select("PersonDocument", where=(Filter(column, Op.EQ, kept[column]),))
    for kind in ("PersonDocument", "SCORED"):
        with pytest.raises(QueryError):
            exported_kinds([kind])
    schema = SCHEMA_FILE.read_text(encoding="utf-8")
    assert "PersonDocument" not in schema
    assert [word for word in secrets if word in schema] == []
    searched = [kind.name for kind in NODE_TYPES if kind.search]
    assert not any(store.search(word, searched).table.num_rows for word in secrets)
