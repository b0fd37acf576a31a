"""Attributes of events as elements of XES, from the JSON that keeps their types (`loaders.readers.typed_attributes`).

JSON of another origin is written too: its objects as containers, its lists as lists. Used by `xes` and `xes_head`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from api.operations import markup
from loaders.readers.typed_attributes import KINDS

_COLLECTIONS = ("list", "container")


def object_of(text: str | None) -> dict[str, Any]:
    """The JSON object in a text; empty for none."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {"task:attributes": text}
    return found if isinstance(found, dict) else {"task:attributes": text}


def write_attributes(file: TextIO, attributes: Mapping[str, Any], *, depth: int) -> None:
    """Each in a line or, with something inside, in several."""
    for key, value in attributes.items():
        write_attribute(file, key, value, depth=depth)


def write_attribute(file: TextIO, key: str, value: Any, *, depth: int) -> None:
    """One attribute, or several of one key."""
    if isinstance(value, dict) and isinstance(value.get("repeated"), list):
        for each in value["repeated"]:
            write_attribute(file, key, each, depth=depth)
        return
    nested: Mapping[str, Any] = {}
    if isinstance(value, dict) and isinstance(value.get("nested"), dict):
        value, nested = value.get("value"), value["nested"]
    kind, content = _kind(value)
    if kind in _COLLECTIONS:
        _collection(file, key, kind, content, nested, depth=depth)
        return
    own = {"key": key} if content is None else {"key": key, "value": content}
    if not nested:
        markup.line(file, markup.empty(kind, own), depth=depth)
        return
    markup.line(file, markup.start(kind, own), depth=depth)
    write_attributes(file, nested, depth=depth + 1)
    markup.line(file, f"</{kind}>", depth=depth)


def _kind(value: Any) -> tuple[str, Any]:
    """The XES type of a value, and its text or, of a collection, its pairs."""
    if isinstance(value, bool):
        return "boolean", str(value).lower()
    if isinstance(value, int | float):
        return ("int" if isinstance(value, int) else "float"), repr(value)
    if isinstance(value, list):
        return "list", [(str(place), each) for place, each in enumerate(value)]
    if not isinstance(value, dict):
        return "string", value
    if len(value) == 1 and (kind := next(iter(value))) in KINDS:
        return kind, value[kind]
    return "container", list(value.items())


def _collection(
    file: TextIO, key: str, kind: str, items: Iterable[tuple[str, Any]], nested: Mapping[str, Any], *, depth: int
) -> None:
    inner = depth + 1 + (kind == "list")
    markup.line(file, markup.start(kind, {"key": key}), depth=depth)
    write_attributes(file, nested, depth=depth + 1)
    if kind == "list":
        markup.line(file, "<values>", depth=depth + 1)
    for name, value in items:
        write_attribute(file, name, value, depth=inner)
    if kind == "list":
        markup.line(file, "</values>", depth=depth + 1)
    markup.line(file, f"</{kind}>", depth=depth)
