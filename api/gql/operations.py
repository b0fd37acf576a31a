"""What a request asks for, in a few words for the access log. An extension of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import DocumentNode, FieldNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from api.gql.context import RequestContext
from api.gql.cost import cost_rule

# Roots about the directory and the server itself: asking them alone is no read of anybody.
OPEN_ROOTS: Final = frozenset({
    "__schema", "__type", "__typename", "batches", "bureau", "bureaus", "commodities", "grid", "grids", "load", "loads",
    "officer", "officers", "schemaInfo",
})  # fmt: skip


class NamedOperation(SchemaExtension):
    """Tells the request's context what is being asked."""

    def on_validate(self) -> Iterator[None]:
        """Several operations and no name: the specification wants an error, not the first one."""
        running = self.execution_context
        context: RequestContext = running.context
        if context.operation_name is None and len(_operations(running.graphql_document)) > 1:
            running.pre_execution_errors = [
                GraphQLError("The document has several operations: name the one to execute.")
            ]
        yield

    def on_execute(self) -> Iterator[None]:
        """Name and root fields, known once the document is valid."""
        running = self.execution_context
        context: RequestContext = running.context
        if running.graphql_document is not None:
            context.kind = running.operation_type.value.lower()
            context.named = running.operation_name or ""
            context.operation = label(running.graphql_document, running.operation_name)
            context.logged = not OPEN_ROOTS.issuperset(roots(running.graphql_document, running.operation_name))
        yield


class CostLimit(SchemaExtension):
    """Adds the rule of cost, which needs the variables of the request."""

    def __init__(self, most: int) -> None:
        self._most = most

    def on_operation(self) -> Iterator[None]:
        """Before anything is parsed."""
        running = self.execution_context
        context: RequestContext = running.context
        rule = cost_rule(
            most=self._most,
            variables=running.variables or {},
            operation=context.operation_name,
            tell=context.costs,
        )
        running.validation_rules = (*running.validation_rules, rule)
        yield


def label(document: DocumentNode, name: str | None) -> str:
    """`Name(root fields)` of the operation that is executed; arguments are left out, they may name people."""
    meant = _meant(document, name)
    kind = meant.operation.value if meant else "query"
    return f"{name or kind}({','.join(roots(document, name))})"


def roots(document: DocumentNode, name: str | None) -> tuple[str, ...]:
    """Names of the root fields, each once; `…` for what stands in fragments."""
    meant = _meant(document, name)
    selections = meant.selection_set.selections if meant else ()
    names = [item.name.value if isinstance(item, FieldNode) else "…" for item in selections]
    return tuple(dict.fromkeys(names))


def _meant(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    return next(
        (d for d in _operations(document) if name is None or (d.name is not None and d.name.value == name)), None
    )


def _operations(document: DocumentNode | None) -> list[OperationDefinitionNode]:
    return [d for d in document.definitions if isinstance(d, OperationDefinitionNode)] if document else []
