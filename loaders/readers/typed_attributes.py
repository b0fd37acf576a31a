"""Attributes of XES (IEEE 1849) as JSON that keeps their types, so that they can be written out again as they were.

    string      "text"
    int         5, where written so; else {"int": "05"}
    boolean     true, false; in another writing {"boolean": "TRUE"}
    float, date, id             {"float": "1.50"}, as written
    list, container             {"list": [[key, value], …]}, in order
    an attribute with attributes of its own     {"value": …, "nested": {key: value}}
    a key that comes again                      {"repeated": [value, …]}
    the head of the log, with its first case    {"head": {…}} under the key `xes:log`

Written by `loaders.readers.event_logs`, written out as XES by `api.operations.xes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graph.trail.canonical import canonical_json

KINDS: Final = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})
HEAD: Final = "xes:log"
_COLLECTIONS: Final = frozenset({"list", "container"})
_TRUTH: Final = {"true": True, "false": False}
_LONGEST_INT: Final = 18  # digits: more do not fit 64 bits, in which others read numbers


class Typed:
    """Attributes by key; made while a document is read."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._repeated: set[str] = set()

    def add(self, key: str, value: Any) -> None:
        """Add an attribute; one whose key is there already is kept beside the first."""
        if key not in self._values:
            self._values[key] = value
        elif key in self._repeated:
            self._values[key]["repeated"].append(value)
        else:
            self._repeated.add(key)
            self._values[key] = {"repeated": [self._values[key], value]}

    def take(self, key: str, *, whole: Callable[[str], bool], kind: str = "string") -> str | None:
        """The text of an attribute, for a column of its own. It stays here too unless `whole` and of that kind."""
        value = self._values.get(key)
        if key in self._repeated:
            return None
        if kind == "string" and isinstance(value, str):
            text: str | None = value
        elif isinstance(value, dict) and set(value) == {kind}:
            text = value[kind]
        else:
            return _plain(value)
        if text is not None and whole(text):
            del self._values[key]
        return text

    def as_json(self) -> dict[str, Any]:
        """As values of JSON."""
        return self._values

    def json(self) -> str | None:
        """As text, keys in order; None for none."""
        return canonical_json(self._values) if self._values else None


def _plain(value: Any) -> str | None:
    """The text of a value of another kind than expected; None where it has no one text."""
    if isinstance(value, dict):
        return _plain(value["value"] if "nested" in value else next(iter(value.values()), None))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None


@dataclass(slots=True)
class Attribute:
    """An attribute while it is open."""

    kind: str
    key: str
    value: str | None
    items: list[list[Any]] | None = None  # of a list, once its element `values` was seen
    inner: list[tuple[str, Any]] = field(default_factory=list)

    def itemise(self) -> None:
        """What follows are the values of a list."""
        if self.kind in _COLLECTIONS:
            self.items = self.items or []

    def add(self, key: str, value: Any) -> None:
        """Add what stands inside."""
        if self.items is not None:
            self.items.append([key, value])
        else:
            self.inner.append((key, value))

    def typed(self) -> Any:
        """As a value of JSON."""
        if self.kind in _COLLECTIONS and self.items is None:
            return {self.kind: [[key, value] for key, value in self.inner]}
        own = {self.kind: self.items} if self.kind in _COLLECTIONS else _simple(self.kind, self.value)
        if not self.inner:
            return own
        nested = Typed()
        for key, value in self.inner:
            nested.add(key, value)
        return {"value": own, "nested": nested.as_json()}


def _simple(kind: str, value: str | None) -> Any:
    if value is None:
        return {kind: None}
    if kind == "string":
        return value
    if kind == "int" and len(value) <= _LONGEST_INT and value.removeprefix("-").isascii() and _is_plain_int(value):
        return int(value)
    if kind == "boolean" and value in _TRUTH:
        return _TRUTH[value]
    return {kind: value}


def _is_plain_int(value: str) -> bool:
    return value.removeprefix("-").isdecimal() and str(int(value)) == value


@dataclass(slots=True)
class Head:
    """What a log says before its traces: its own attributes, extensions, globals and classifiers."""

    attributes: Typed = field(default_factory=Typed)
    globals: list[tuple[str | None, Typed]] = field(default_factory=list)
    said: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def note(self, name: str, attributes: Mapping[str, str]) -> None:
        """Keep an element that has attributes of XML only."""
        kept = {key: value for key, value in attributes.items() if not key.startswith("xmlns")}
        self.said.setdefault(name, []).append(kept)

    def json(self) -> dict[str, Any]:
        """As values of JSON."""
        return {
            **self.said,
            "global": [{"scope": scope, "attributes": own.as_json()} for scope, own in self.globals],
            "attributes": self.attributes.as_json(),
        }
