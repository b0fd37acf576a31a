"""What a document may cost, counted before anything is asked: rows that may be read. A rule made for each request.

A field that gives an object costs one read, or what stands in `WEIGHTS` where the work is larger. What is selected
below a page counts once for each row of the page (`first`, by literal, variable or default), below any other list of
objects ten times. Plain values cost nothing, because they come with their row. Fragments count at each use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from graph.errors import LimitError

MOST_COST: Final = 20_000
ROWS_OF_A_LIST: Final = 10  # assumed of a list that is no page
ROWS_OF_A_PAGE: Final = ("edges", "nodes")
# Roots that run a kernel or read a whole neighbourhood: what they do is bounded by limits of their own.
WEIGHTS: Final[Mapping[str, int]] = {
    "edges": 0,  # each has a node, which counts
    "pageInfo": 0,
    "search": 10,
    "household": 20,
    "personView": 20,
    "bureauView": 20,
    "officerView": 20,
    "ring": 100,
    "shortestPath": 100,
    "match": 100,
    "trace": 100,
    "rings": 200,
    "why": 5,
    "cases": 100,
    "processMap": 200,
    "indicators": 100,
    "whySame": 50,
    "links": 50,
}
Fields = Mapping[str, GraphQLField]


class Cost:
    """The cost of operations of one document with the variables of one request."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[tuple[str, int | None], int] = {}
        self._open: set[str] = set()
        self._defaults: Mapping[str, ValueNode] = {}

    def of(self, operation: OperationDefinitionNode) -> int:
        """The cost of an operation; what the standard rules refuse counts nothing."""
        self._defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
            if each.default_value is not None
        }
        self._known.clear()
        return self._inside(operation.selection_set, self._schema.get_root_type(operation.operation), rows=None)

    def _inside(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, *, rows: int | None) -> int:
        return sum(self._one(item, parent, rows) for item in (selections.selections if selections else ()))

    def _one(self, item: object, parent: GraphQLNamedType | None, rows: int | None) -> int:
        if isinstance(item, FragmentSpreadNode):
            return self._fragment(item.name.value, rows)
        if isinstance(item, InlineFragmentNode):
            named = item.type_condition.name.value if item.type_condition else None
            return self._inside(item.selection_set, self._schema.get_type(named) if named else parent, rows=rows)
        if not isinstance(item, FieldNode):
            return 0
        declared = _fields(parent).get(item.name.value)
        return self._field(item, declared, rows) if declared is not None else 0

    def _field(self, item: FieldNode, declared: GraphQLField, rows: int | None) -> int:
        kind = get_named_type(declared.type)
        if not is_composite_type(kind):
            return 0
        if "first" in declared.args:
            # The rows are counted where `edges` and `nodes` multiply what stands below them.
            return WEIGHTS.get(item.name.value, 1) + self._inside(
                item.selection_set, kind, rows=self._number(item, declared, "first")
            )
        times = self._times(item, declared, rows)
        return times * (WEIGHTS.get(item.name.value, 1) + self._inside(item.selection_set, kind, rows=None))

    def _times(self, item: FieldNode, declared: GraphQLField, rows: int | None) -> int:
        if not _is_list(declared):
            return 1
        if item.name.value in ROWS_OF_A_PAGE and rows is not None:
            return rows
        given = next((each.value for each in item.arguments or () if each.name.value == "ids"), None)
        return max(ROWS_OF_A_LIST, len(self._listed(given)))

    def _listed(self, given: ValueNode | None) -> tuple[object, ...] | list[object]:
        if isinstance(given, VariableNode):
            value = self._variables.get(given.name.value, self._defaults.get(given.name.value))
            return (
                value if isinstance(value, list) else self._listed(value if isinstance(value, ListValueNode) else None)
            )
        return given.values if isinstance(given, ListValueNode) else ()

    def _number(self, item: FieldNode, declared: GraphQLField, name: str) -> int:
        default = declared.args[name].default_value
        written = next((each.value for each in item.arguments or () if each.name.value == name), None)
        if isinstance(written, VariableNode):
            variable = written.name.value
            value = self._variables.get(variable, self._defaults.get(variable))
            written = value if isinstance(value, ValueNode) else None
            default = int(value) if isinstance(value, int | float) else default  # JSON may write 100 as 100.0
        if isinstance(written, IntValueNode):
            return max(0, int(written.value))
        return max(0, default) if isinstance(default, int) else ROWS_OF_A_LIST

    def _fragment(self, name: str, rows: int | None) -> int:
        if name not in self._fragments or name in self._open:
            return 0  # unknown and circular fragments are reported by the standard rules
        if (name, rows) not in self._known:
            self._open.add(name)
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name, rows] = self._inside(fragment.selection_set, kind, rows=rows)
            self._open.discard(name)
        return self._known[name, rows]


def _fields(kind: GraphQLNamedType | None) -> Fields:
    return kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}


def _is_list(declared: GraphQLField) -> bool:
    kind = declared.type.of_type if isinstance(declared.type, GraphQLNonNull) else declared.type
    return isinstance(kind, GraphQLList)


def cost_errors(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    most: int,
    variables: Mapping[str, Any],
    operation: str | None,
    tell: Callable[[int], None],
) -> list[GraphQLError]:
    """A LimitError inside a GraphQL error for each operation that costs more than `most`.

    Args:
        schema: what the document asks.
        document: syntactically sound.
        most: the highest cost of one operation.
        variables: of this request.
        operation: name of the operation that is asked for, where the document has several.
        tell: called with the cost of each operation that may be executed.
    """
    cost = Cost(schema, document, variables)
    meant = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    found = [(cost.of(each), each) for each in meant if _meant(each, operation)]
    for each, _ in found:
        tell(each)
    return [_too_much(each, most, at) for each, at in found if each > most]


def _too_much(found: int, most: int, at: OperationDefinitionNode) -> GraphQLError:
    limit = LimitError(
        f"The query costs {found}, and one query may cost {most}.",
        code="limit.cost",
        next_step="Ask for smaller pages (`first`), fewer levels, or in several requests.",
        cost=found,
        most=most,
    )
    return GraphQLError(limit.message, nodes=at, original_error=limit)


def cost_rule(
    *, most: int, variables: Mapping[str, Any], operation: str | None, tell: Callable[[int], None]
) -> type[ASTValidationRule]:
    """`cost_errors` as a validation rule for one request."""

    class CostRule(ASTValidationRule):
        """Refuses what costs too much."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            errors = cost_errors(
                context.schema, context.document, most=most, variables=variables, operation=operation, tell=tell
            )
            for error in errors:
                context.report_error(error)

    return CostRule


def _meant(definition: OperationDefinitionNode, operation: str | None) -> bool:
    return operation is None or (definition.name is not None and definition.name.value == operation)
