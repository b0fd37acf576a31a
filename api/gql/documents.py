"""Documents that were found valid before: a screen sends the same text for every taxpayer. An extension of the schema.

What a text parses to, and whether the rules of the schema allow it, hang on the text alone. Its cost hangs on the
variables too and is counted for each request; nothing of an answer is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from graphql import DocumentNode, GraphQLError
from strawberry.extensions import SchemaExtension

from api.gql.context import RequestContext
from api.gql.cost import cost_errors

MOST_DOCUMENTS: Final = 200
MOST_SIGNS: Final = 32_000  # of a text that is kept
CostKey = tuple[str | None, str | None, str]  # text, operation, the variables that a cost can hang on


class DocumentBook:
    """Valid documents by their text; the one that was not asked for longest goes first."""

    def __init__(self, most: int = MOST_DOCUMENTS) -> None:
        self._most = most
        self._known: OrderedDict[str, DocumentNode] = OrderedDict()
        self.costs: dict[CostKey, int] = {}
        self._guard = threading.Lock()

    def keep_cost(self, key: CostKey, cost: int) -> None:
        """Remember what a document costs with such variables."""
        with self._guard:
            self.costs[key] = cost
            while len(self.costs) > self._most:
                self.costs.pop(next(iter(self.costs)))

    def find(self, text: str | None) -> DocumentNode | None:
        """The document of a text that was found valid."""
        with self._guard:
            found = self._known.get(text) if text else None
            if found is not None and text:
                self._known.move_to_end(text)
            return found

    def keep(self, text: str | None, document: DocumentNode | None) -> None:
        """Remember a valid document."""
        if not text or document is None or len(text) > MOST_SIGNS:
            return
        with self._guard:
            self._known[text] = document
            while len(self._known) > self._most:
                self._known.popitem(last=False)


class KnownDocuments(SchemaExtension):
    """Neither parses nor checks a document of the book again, but for its cost."""

    def __init__(self, book: DocumentBook, *, most_cost: int) -> None:
        self._book = book
        self._most_cost = most_cost
        self._known: DocumentNode | None = None

    def on_parse(self) -> Iterator[None]:
        """The library parses only where there is no document yet."""
        self._known = self._book.find(self.execution_context.query)
        if self._known is not None:
            self.execution_context.graphql_document = self._known
        yield

    def on_validate(self) -> Iterator[None]:
        """The library checks only where nobody has found out yet whether there are errors."""
        running = self.execution_context
        if self._known is not None and running.pre_execution_errors is None:
            context: RequestContext = running.context
            running.pre_execution_errors = self._cost_errors(context)
        yield
        if self._known is None and not running.pre_execution_errors:
            self._book.keep(running.query, running.graphql_document)

    def _cost_errors(self, context: RequestContext) -> list[GraphQLError]:
        """Counted again unless this document was asked with such variables before; ids and texts do not matter."""
        running = self.execution_context
        variables = running.variables or {}
        sizes = {name: value for name, value in variables.items() if isinstance(value, int | float | list)}
        key = (running.query, context.operation_name, repr(sorted(sizes.items())))
        known = self._book.costs.get(key)
        if known is not None and known <= self._most_cost:
            context.costs(known)
            return []
        errors = cost_errors(
            running.schema._schema,  # noqa: SLF001 - the library's own extensions reach it in the same way
            self._known or DocumentNode(),
            most=self._most_cost,
            variables=variables,
            operation=context.operation_name,
            tell=context.costs,
        )
        self._book.keep_cost(key, context.cost)
        return errors
