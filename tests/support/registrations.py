"""Registrations with defaults, for tests of identity resolution: a test names only what it is about."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

from loaders.resolve.linkage.fields import CHANGES, REGISTRATIONS, prepare
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.training import train
from loaders.synthetic.identities.draw import Identities, identities
from loaders.synthetic.identities.plan import IdentityPlan

# Right check signs, drawn for nobody: 南京's M0000001 and M0000002, 深圳's M0000003.
CODES = {"A": "91320102M00000019D", "B": "91320102M000000278", "C": "91440305M00000035P"}


def registrations(*rows: dict[str, Any]) -> pa.Table:
    """A register; ids are a, b, c …, everything else is null unless said."""
    told = [{"id": "abcdefgh"[place], **row} for place, row in enumerate(rows)]
    return pa.Table.from_pylist(told, schema=REGISTRATIONS)


def prepared(*rows: dict[str, Any], changes: tuple[tuple[str, str, str, str], ...] = ()) -> pa.Table:
    """Prepared registrations; changes are (registration, item, old value, new value)."""
    told = [dict(zip(CHANGES.names, change, strict=True)) for change in changes]
    return prepare(registrations(*rows), pa.Table.from_pylist(told, schema=CHANGES))


@cache
def country(size: int, seed: int) -> tuple[Identities, pa.Table]:
    """A generated register and its prepared rows."""
    drawn = identities(IdentityPlan(size, seed))
    return drawn, prepare(drawn.registrations, drawn.changes)


@cache
def small_model() -> Model:
    """A model trained on a small country."""
    return train(country(4_000, 21)[1], seed=3, pairs=100_000)
