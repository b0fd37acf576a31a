"""A record without a document is a person's by name, date of birth and what both share; never by a name alone."""

from __future__ import annotations

from itertools import permutations

import pandas as pd
import pytest

from graph.errors import StoreError
from graph.store.digest import digest
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from loaders.resolve.persons.together import COMPANION
from queries.views.person import person_view
from tests.support.batches import KEY
from tests.support.stores import beside

RIGHT, SLIPPED, OTHER = "11010519491231002X", "110105194912310028", "110105194912318321"
BORN, SON_BORN = "1949-12-31", "1975-03-08"
HOME, PHONE = "北京市朝阳区建国路8号", "13912345678"
Row = dict[str, str]


def person(serial: str, **told: str) -> Row:
    return {"id": serial, "name": "李建国", "birth_date": BORN, "address": HOME, **told}


def load(store: GraphStore, *rows: Row, **records: list[Row]) -> LoadReport:
    told = {**({"persons": list(rows)} if rows else {}), **records}
    frames = {name: pd.DataFrame(listed, dtype="object") for name, listed in told.items()}
    return load_frames(store, frames, options=LoadOptions(hmac_key=KEY))


def rules(store: GraphStore) -> list[str]:
    return sorted(map(str, store.export("PERSON_OF")["rule"].to_pylist()))


def test_name_birth_and_home_make_one_person_with_the_reason(store: GraphStore) -> None:
    load(store, person("1", document_number=RIGHT))
    load(store, person("2"))
    (row,) = store.export("PERSON_OF").to_pylist()
    (found,) = person_view(store, row["from_id"]).related
    assert (found.person, found.kind) == (row["to_id"], f"same person: {COMPANION}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {"birth_date": SON_BORN}, id="father and son of one name at one address"),
        pytest.param({}, {"birth_date": SON_BORN, "name": "李小龙"}, id="father and son"),
        pytest.param({}, {"name": "李建军"}, id="twins"),
        pytest.param({}, {"birth_date": ""}, id="namesakes at one address, one of whom tells no birth"),
        pytest.param({"birth_date": ""}, {"birth_date": ""}, id="namesakes at one address"),
        pytest.param({}, {"address": "上海市浦东新区世纪大道1号"}, id="namesakes born on one day"),
        pytest.param({"address": ""}, {"address": ""}, id="name and birth alone"),
        pytest.param({"birth_date": "1949-01-01"}, {"birth_date": "1949-01-01"}, id="a day that nobody knows"),
        pytest.param({"document_number": RIGHT}, {"document_number": OTHER}, id="two documents"),
    ],
)
def test_namesakes_and_kin_stay_apart(store: GraphStore, one: Row, other: Row) -> None:
    load(store, person("1", **one), person("2", **other))
    assert rules(store) == []


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"persons": [person("1", address="", phone=PHONE), person("2", phone=PHONE)]}, id="telephone"),
        pytest.param(
            {
                "persons": [person("1", address=""), person("2", address="")],
                "finance_officer_of": [{"from": "1", "to": "91350100M000100Y43"}],
                "holds_share": [{"person": "2", "to": "91350100M000100Y43", "ratio": "0.5"}],
            },
            id="firm",
        ),
    ],
)
def test_a_telephone_or_a_firm_does_as_well(store: GraphStore, shared: dict[str, list[Row]]) -> None:
    load(store, **shared)
    assert rules(store) == [COMPANION]


def test_what_is_shared_may_come_later(store: GraphStore) -> None:
    load(store, person("1", address=""), person("2", address=""))
    for serial, expected in (("1", []), ("2", [COMPANION])):
        load(store, tax_handler_of=[{"from": serial, "to": "91350100M000100Y43"}])
        assert rules(store) == expected


BATCHES = (
    person("1", document_number=RIGHT),
    person("2"),
    person("3", phone=PHONE, address=""),
    person("4", phone=PHONE),
    person("5", document_number=SLIPPED, address=""),
)


def test_the_order_of_batches_does_not_matter(store: GraphStore) -> None:
    load(store, *BATCHES)
    assert len(rules(store)) == len(BATCHES) - 1
    for order in list(permutations(BATCHES))[::40]:
        with beside() as other:
            for row in order:
                load(other, row)
            assert digest(other) == digest(store)


def test_between_two_documents_nothing_says_whose_it_is(store: GraphStore) -> None:
    load(store, person("1", document_number=RIGHT), person("2"), person("3"))
    assert rules(store) == [COMPANION, COMPANION]
    rival = load(store, person("4", document_number=OTHER))
    assert rules(store) == []
    store.withdraw(rival.batch)
    assert rules(store) == [COMPANION, COMPANION]


def test_a_withdrawal_parts_what_its_batch_joined(store: GraphStore) -> None:
    first = load(store, person("1", document_number=RIGHT))
    second = load(store, person("2"))
    with pytest.raises(StoreError, match="Later batches build on this one"):
        store.withdraw(first.batch)
    store.withdraw(second.batch)
    assert rules(store) == []


def test_a_key_in_place_of_an_id_is_that_person(store: GraphStore) -> None:
    load(store, person("1", document_number=RIGHT))
    (known,) = map(str, store.export("Person")["id"].to_pylist())
    load(store, {"id": known, "name": "李建国", "birth_date": "1949-12-30"})
    (kept,) = store.export("PersonDocument").to_pylist()
    assert str(kept["birth_date"]) == BORN
