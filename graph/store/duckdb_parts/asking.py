"""`fetch`, `expand` and `invoice_ids` of the embedded store: the small way first, else one general statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.model.vocabulary import node_type
from graph.store.conditions import checked_columns
from graph.store.duckdb_parts import columns as whole_columns
from graph.store.duckdb_parts import dense, expanding, nodes, small
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.points import Looking, NotSmallError, numbers_of
from graph.store.expansions import Question
from graph.store.gross import numbered
from graph.store.port import Expansion


def fetch(
    looking: Looking, type_name: str, ids: Sequence[str], *, restricted: bool, columns: Sequence[str] | None
) -> pa.Table:
    """Rows of these ids in the order asked."""
    only = None if columns is None else checked_columns(columns, nodes.answer_columns(node_type(type_name)))
    try:
        return small.fetch(looking, type_name, ids, restricted=restricted, only=only)
    except NotSmallError:
        return nodes.fetch(looking.reader, looking.view, type_name, ids, restricted=restricted, only=only)


def node_numbers(looking: Looking, type_name: str, ids: Sequence[str]) -> pa.Table:
    """Dense numbers and ids of these nodes that are there, by number."""
    kind = node_type(type_name)
    numbers = np.sort(np.array(list(numbers_of(looking, kind, ids).values()), dtype=np.int64))
    return dense.node_columns(looking.reader, looking.view, kind, ("id",), numbers)


def expand(looking: Looking, type_name: str, ids: Sequence[str], asked: Question) -> Expansion:
    """Relationship rows grouped by asked key."""
    try:
        return small.expand(looking, type_name, ids, asked)
    except NotSmallError:
        return expanding.expand(looking.reader, looking.view, type_name, ids, asked)


def invoices_at(looking: Looking, numbers: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """Dense number, id and `columns` of those invoices that are there, in the order given."""
    only = checked_columns(columns, nodes.answer_columns(node_type("Invoice")))
    try:
        return small.invoices_at(looking, numbers, only)
    except NotSmallError:
        fetch = partial(nodes.fetch, looking.reader, looking.view, "Invoice", restricted=False, only=only)
        return numbered(whole_columns.invoice_ids(looking.reader, numbers), fetch)


def invoice_ids(reader: Reader, memory: Memory, numbers: npt.NDArray[np.int64]) -> pa.Table:
    """Public ids of dense invoice numbers, in the order given; unknown numbers are left out."""
    if len(numbers) <= small.MOST_NODES:
        return small.invoice_ids(reader, memory, numbers.tolist())
    return whole_columns.invoice_ids(reader, numbers)
