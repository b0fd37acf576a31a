"""Paths into a document's tree, written as text in the mapping tables of the invoice syntaxes. Used by `en16931`.

A/B                 text of each B in each A
A/B@code            attribute `code` of each B
A[B/C=x]/D          only in those A whose B/C is x (`!=`: is not x; an absent one is the empty text)
A[@unit=$BT-5]      … is the value of a term that has been read before
A/B -> C            the first C of each A/B, empty where it has none: repeated groups stay aligned
A | B               A's values, then B's
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from loaders.readers.markup import Element

_STEP = re.compile(r"(?P<name>[A-Za-z]+)(?:\[(?P<path>[^\]=!]*)(?P<unequal>!?)=(?P<value>[^\]]*)\])?")
_SLASH_OUTSIDE = re.compile(r"/(?![^\[]*\])")
_AT_OUTSIDE = re.compile(r"@(?![^\[]*\])")


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    condition: _Route | None
    unequal: bool
    value: str


@dataclass(frozen=True, slots=True)
class _Route:
    steps: tuple[_Step, ...]
    attribute: str


@dataclass(frozen=True, slots=True)
class _Alternative:
    group: _Route | None
    route: _Route


def values_at(root: Element, expression: str, known: Mapping[str, str]) -> list[str]:
    """All values of the path in document order, alternatives one after the other; `known` gives the `$` values."""
    return [value for alternative in _compiled(expression) for value in _values(root, alternative, known)]


def elements_at(root: Element, expression: str) -> list[Element]:
    """All elements of a path without attribute, group and alternatives."""
    return list(_reach(root, _route(expression).steps, {}))


@cache
def _compiled(expression: str) -> tuple[_Alternative, ...]:
    return tuple(_alternative(part.strip()) for part in expression.split(" | "))


def _alternative(text: str) -> _Alternative:
    group, arrow, rest = text.partition(" -> ")
    return _Alternative(_route(group), _route(rest)) if arrow else _Alternative(None, _route(text))


def _route(text: str) -> _Route:
    path, attribute, *_ = [*_AT_OUTSIDE.split(text, maxsplit=1), ""]
    return _Route(tuple(_step(step) for step in _SLASH_OUTSIDE.split(path) if step), attribute)


def _step(text: str) -> _Step:
    match = _STEP.fullmatch(text)
    if match is None:
        raise ValueError(f"no path step: {text}")  # a mapping table is wrong: found by its unit test, never by a file
    condition = None if match["path"] is None else _route(match["path"])
    return _Step(match["name"], condition, bool(match["unequal"]), match["value"] or "")


def _values(root: Element, alternative: _Alternative, known: Mapping[str, str]) -> Iterator[str]:
    if alternative.group is None:
        yield from _read(root, alternative.route, known)
        return
    for element in _reach(root, alternative.group.steps, known):
        yield next(iter(_read(element, alternative.route, known)), "")


def _read(root: Element, route: _Route, known: Mapping[str, str]) -> Iterator[str]:
    for element in _reach(root, route.steps, known):
        value = element.attributes.get(route.attribute, "") if route.attribute else element.text
        yield " ".join(value.split())


def _reach(root: Element, steps: tuple[_Step, ...], known: Mapping[str, str]) -> Iterable[Element]:
    reached = [root]
    for step in steps:
        reached = [child for element in reached for child in element.named(step.name) if _holds(child, step, known)]
    return reached


def _holds(element: Element, step: _Step, known: Mapping[str, str]) -> bool:
    if step.condition is None:
        return True
    wanted = known.get(step.value[1:], "") if step.value.startswith("$") else step.value
    found = next(iter(_read(element, step.condition, known)), "")
    return (found == wanted) != step.unequal
