"""Literals of a pattern as values of the property they are compared with. Used by the text and the JSON form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from graph.errors import QueryError
from graph.model.fields import Kind, Property
from graph.store.questions import Value

_INTEGERS = (Kind.INTEGER, Kind.CENTS, Kind.MILLIONTHS)
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def typed_value(written: object, property_: Property) -> Value:
    """`"2026-03-01"` for a date property → that date; text for text; whole numbers for amounts and counts.

    Raises:
        ValueError: with the sentence that says what this property holds.
    """
    return _READERS[property_.kind](written, property_.name)


def _integer(written: object, name: str) -> int:
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    hint = " in minor units (cents)" if name.endswith("_cents") else ""
    raise ValueError(f"'{name}' is compared with a whole number{hint}.")


def _text(written: object, name: str) -> str:
    if isinstance(written, str):
        return written
    raise ValueError(f"'{name}' is compared with a text in quotes.")


def _decimal(written: object, name: str) -> str:
    if _DECIMAL.fullmatch(str(written)) and not isinstance(written, bool):
        return str(written)
    raise ValueError(f"'{name}' is compared with a decimal number.")


def _boolean(written: object, name: str) -> bool:
    if isinstance(written, bool):
        return written
    raise ValueError(f"'{name}' is compared with true or false.")


def _date(written: object, name: str) -> date:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"'{name}' is compared with a date like 2026-03-01.") from None


def _civil_time(written: object, name: str) -> datetime:
    moment = _moment(written, name)
    if moment.tzinfo is not None:
        raise ValueError(f"'{name}' is civil time and takes no offset.")
    return moment


def _instant(written: object, name: str) -> datetime:
    moment = _moment(written, name)
    if moment.tzinfo is None:
        raise ValueError(f"'{name}' is an instant and needs an offset or Z.")
    return moment


def _moment(written: object, name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"'{name}' is compared with a time like 2026-03-01T09:30:00.") from None


_READERS: dict[Kind, Callable[[object, str], Value]] = {
    Kind.TEXT: _text,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.CIVIL_TIME: _civil_time,
    Kind.INSTANT: _instant,
    **dict.fromkeys(_INTEGERS, _integer),
}


def property_of(properties: tuple[Property, ...], name: str, owner: str) -> Property:
    """The property called `name`.

    Raises:
        QueryError: `query.property` with the names there are.
    """
    for property_ in properties:
        if property_.name == name:
            return property_
    raise QueryError(
        f"{owner} has no property '{name}'.",
        code="query.property",
        next_step=f"Use one of {', '.join(p.name for p in properties)}.",
        property=name,
    )
