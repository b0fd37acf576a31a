"""Registrations in the form in which they are compared. Called before everything else of `linkage`.

A row is a function of that registration and of its own recorded changes alone, so prepared rows can be kept, and a
batch prepares only its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.resolve.columns import Column, Text, made, pc, places_of, shaped, whole
from loaders.resolve.linkage.kept_rows import KeptRows
from loaders.resolve.linkage.numbers import numbers, old_organisation_codes, organisation_codes
from loaders.resolve.names.contacts import addresses, phones
from loaders.resolve.names.firms import firm_names
from loaders.resolve.names.people import person_names
from loaders.resolve.names.pinyin import pinyin

REGISTRATIONS = shaped(
    *((name, pa.string()) for name in ("id", "tax_number", "uscc", "name", "region", "legal_representative")),
    *((name, pa.string()) for name in ("representative_key", "address", "phone")),
    ("registered_on", pa.date32()),
)
CHANGES = shaped(*((name, pa.string()) for name in ("registration", "item", "old_value", "new_value")))
_TEXTS = pa.list_(pa.string())
FIELDS = shaped(
    ("id", pa.string()),
    ("numbers", _TEXTS),  # its own, sorted
    ("former_numbers", _TEXTS),  # that its recorded changes name
    ("organisation", pa.string()),  # code inside its social credit code
    ("old_codes", _TEXTS),  # province and organisation code, of old numbers and of social credit codes
    *((name, pa.string()) for name in ("whole", "stem", "brand", "trade", "kind", "named_region", "branch")),
    *((name, pa.string()) for name in ("numerals", "sound", "region", "person", "person_key", "address", "phone")),
    ("registered_on", pa.date32()),
    ("title", pa.string()),  # stem, region, kind and branch: what makes two names one
    ("former_titles", _TEXTS),
    ("former_sounds", _TEXTS),
    ("former_people", _TEXTS),
)
_ROWS = 65_536
_NUMBERED = pa.array(["tax_number", "uscc"])


def prepare(registrations: pa.Table, changes: pa.Table, kept: KeptRows | None = None) -> pa.Table:
    """The rows of `FIELDS`, in the order of the registrations; with `kept` ones in order of ids.

    Args:
        registrations: with the columns of `REGISTRATIONS`; ids are unique, `representative_key` is the id of the
            person where the register names a document.
        changes: with the columns of `CHANGES`; rows of other registrations are left out.
        kept: rows that were prepared before, and need not be again.
    """
    rows = registrations.select(REGISTRATIONS.names).cast(REGISTRATIONS)
    table = _all_prepared(rows) if kept is None else kept.prepared(rows, _all_prepared)
    return pa.table([*table.columns, *_former(table, changes)], names=[*_OWN.names, *_FORMER]).select(FIELDS.names)


_FORMER = ("former_numbers", "former_titles", "former_sounds", "former_people")
_OWN = pa.schema([field for field in FIELDS if field.name not in _FORMER])


def _all_prepared(registrations: pa.Table) -> pa.Table:
    rows = registrations.combine_chunks()
    parts = [rows.slice(first, _ROWS) for first in range(0, rows.num_rows, _ROWS)]
    with ThreadPoolExecutor(2) as pool:  # Arrow's kernels let go of the interpreter's lock
        prepared = list(pool.map(_prepared, parts))
    return pa.concat_tables([*prepared, _OWN.empty_table()]).combine_chunks()


def _prepared(rows: pa.Table) -> pa.Table:
    tax_number, code = numbers(whole(rows, "tax_number")), numbers(whole(rows, "uscc"))
    codes = [organisation_codes(column) for column in (tax_number, code)]
    names = firm_names(whole(rows, "name"))
    columns = {
        "id": whole(rows, "id"),
        "numbers": _lists(tax_number, code),
        "organisation": pc.coalesce(*reversed(codes)),
        "old_codes": _lists(*map(_old_codes, (tax_number, code), codes)),
        **{name: names[name] for name in ("whole", "stem", "brand", "trade", "kind", "branch", "numerals")},
        "named_region": names["region"],
        "title": _titles(names),
        "sound": pinyin(whole(names, "stem")),
        "region": whole(rows, "region"),
        "person": person_names(whole(rows, "legal_representative")),
        "person_key": whole(rows, "representative_key"),
        "address": addresses(whole(rows, "address")),
        "phone": phones(whole(rows, "phone")),
        "registered_on": whole(rows, "registered_on"),
    }
    return pa.table([columns[name] for name in _OWN.names], schema=_OWN)


def _old_codes(column: Text, new: Text) -> Text:
    """Province and organisation code of a number, be it an old one or a social credit code with a `new` one."""
    old = old_organisation_codes(column)
    province = pc.if_else(
        pc.is_valid(new), pc.utf8_slice_codeunits(column, 2, 4), pc.utf8_slice_codeunits(column, 0, 2)
    )
    return pc.binary_join_element_wise(province, pc.coalesce(new, old), "")


def _lists(first: Text, second: Text) -> Any:
    """A list of the one or two different values of each row, sorted."""
    same = pc.equal(first, second)
    second = pc.if_else(same.fill_null(False), pa.scalar(None, pa.string()), second)
    low, high = pc.min_element_wise(first, second), pc.max_element_wise(first, second)
    high = pc.if_else(pc.and_(pc.is_valid(first), pc.is_valid(second)), high, pa.scalar(None, pa.string()))
    size = pc.add(pc.is_valid(low).cast(pa.int32()), pc.is_valid(high).cast(pa.int32()))
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(size)])
    count = len(low)
    in_turn = np.arange(2 * count).reshape(2, count).T.ravel()
    both = pa.concat_arrays([low, high]).take(pa.array(in_turn))
    return pa.ListArray.from_arrays(ends, both.drop_null())


def _former(table: pa.Table, changes: pa.Table) -> list[Any]:
    """Lists of what the recorded changes of each registration name beside its own values, sorted."""
    (place,) = places_of(whole(table, "id"), whole(changes, "registration"))
    given = made({"row": place, **{name: changes[name] for name in ("item", "old_value", "new_value")}})
    given = given.filter(pc.is_valid(given["row"]))
    numbered = given.filter(pc.is_in(given["item"], _NUMBERED))
    renamed, moved = (given.filter(pc.equal(given["item"], item)) for item in ("name", "legal_representative"))
    names = firm_names(_both_values(renamed))
    return [
        _gathered(numbered, numbers(_both_values(numbered)), whole(table, "numbers")),
        _gathered(renamed, _titles(names), whole(table, "title")),
        _gathered(renamed, pinyin(whole(names, "stem")), whole(table, "sound")),
        _gathered(moved, person_names(_both_values(moved)), whole(table, "person")),
    ]


def _both_values(given: pa.Table) -> Text:
    return pa.concat_arrays([whole(given, "old_value"), whole(given, "new_value")])


def _titles(names: pa.Table) -> Text:
    parts = [pc.fill_null(whole(names, name), "") for name in ("region", "kind", "branch")]
    return pc.binary_join_element_wise(whole(names, "stem"), *parts, "|")


def _gathered(given: pa.Table, values: Text, own: Any) -> Any:
    """Both values of each change, as one sorted list a row without the row's own values."""
    rows = np.tile(whole(given, "row").to_numpy().astype(np.int64), 2)
    of = np.unique(rows)
    mine = own.take(pa.array(of))
    listed = pa.types.is_list(own.type)
    bearers = of[pc.list_parent_indices(mine).to_numpy()] if listed else of
    taken = _marked(bearers, mine.flatten() if listed else mine)
    told = made({"row": rows, "value": values}).filter(pc.invert(pc.is_in(_marked(rows, values), taken)))
    told = told.filter(pc.is_valid(told["value"])).group_by(["row", "value"]).aggregate([])
    told = told.sort_by([("row", "ascending"), ("value", "ascending")])
    size = np.bincount(told["row"].to_numpy(), minlength=len(own)).astype(np.int64)
    ends: Column = pa.array(np.concatenate([[0], np.cumsum(size)]).astype(np.int32))
    return pa.ListArray.from_arrays(ends, whole(told, "value"))


def _marked(rows: np.ndarray, values: Text) -> Text:
    """Each value with its row; null for nothing."""
    return pc.binary_join_element_wise(pa.array(rows).cast(pa.string()), values, "|")
