"""Plain fields are executed at once, with the answers and the errors of the library's own way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
import strawberry

from api.gql.plain_fields import Plain, executor_of, plain_fields


@strawberry.enum
class Colour(Enum):
    """A choice."""

    RED = "red"


@strawberry.type
class Leaf:
    """Plain values."""

    name: str
    size: int
    colour: Colour
    note: str | None

    @strawberry.field
    def twice(self) -> int:
        """Not a plain field."""
        return 2 * self.size


@dataclass
class Broken:
    """Values that its type does not promise."""

    size: Any = 1
    name: Any = None
    colour: Any = Colour.RED
    note: Any = None


BROKEN = {
    "none": Broken(),
    "text": Broken(name="oak", size="three"),
    "choice": Broken(name="oak", colour="red"),
}


@strawberry.type
class Query:
    """Roots."""

    @strawberry.field
    def leaf(self) -> Leaf:
        """A leaf in order."""
        return Leaf(name="oak", size=3, colour=Colour.RED, note=None)

    @strawberry.field
    def broken(self, *, number: str) -> Leaf | None:
        """A leaf out of order."""
        return BROKEN[number]  # type: ignore[return-value]


PLAIN: dict[tuple[str, str], Plain] = {}
LIBRARY = strawberry.Schema(Query)
QUICK = strawberry.Schema(Query, execution_context_class=executor_of(PLAIN))
PLAIN |= plain_fields(QUICK._schema)  # noqa: SLF001 - as the schema of the server does
DOCUMENTS = [
    "{ leaf { name size colour note twice again: name __typename } }",
    '{ broken(number: "none") { size name } }',
    '{ broken(number: "text") { name size } leaf { name } }',
    '{ broken(number: "choice") { colour } }',
]


def test_only_fields_without_resolver_that_show_a_scalar_are_plain() -> None:
    assert sorted(PLAIN) == [("Leaf", "colour"), ("Leaf", "name"), ("Leaf", "note"), ("Leaf", "size")]


def test_a_plain_field_is_read_once_and_by_nobody_else() -> None:
    read, write, nullable = PLAIN["Leaf", "name"]
    infos: list[object] = []

    def watched(source: object, info: object) -> object:
        infos.append(info)
        return read(source, info)

    PLAIN["Leaf", "name"] = (watched, write, nullable)
    try:
        assert QUICK.execute_sync("{ leaf { name } }").data == {"leaf": {"name": "oak"}}
    finally:
        PLAIN["Leaf", "name"] = (read, write, nullable)
    assert infos == [None]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_answers_and_errors_are_those_of_the_library(document: str) -> None:
    quick, library = QUICK.execute_sync(document), LIBRARY.execute_sync(document)
    assert quick.data == library.data
    assert [error.formatted for error in quick.errors or ()] == [error.formatted for error in library.errors or ()]
