"""Canonical rows with defaults: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable

from graph.store.port import GraphStore
from loaders import LoadReport

Rows = list[dict[str, object]]
Loading = Callable[..., LoadReport]


def invoice(**given: object) -> dict[str, object]:
    """A blue invoice of 100 yuan and 13 tax from A to B."""
    row: dict[str, object] = {
        "number": "00000001",
        "seller": "A",
        "buyer": "B",
        "issued_at": "2026-03-01",
        "net": "100.00",
        "tax": "13.00",
    }
    return {**row, **given}


def taxpayer(**given: object) -> dict[str, object]:
    """A registered taxpayer T1 with the number A."""
    row: dict[str, object] = {"id": "T1", "tax_number": "A", "name": "甲公司", "region": "350100", "bureau": "13501"}
    return {**row, **given}


def column(store: GraphStore, type_name: str, name: str) -> list[object]:
    """One column of all visible rows of a type, sorted as text."""
    values: list[object] = store.export(type_name).column(name).to_pylist()
    return sorted(values, key=str)
