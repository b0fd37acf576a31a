"""Executes fields that only show an attribute at once. Given to the schema by `api.gql.schema`.

Most fields of an answer are plain values of an object that is there already. The library makes a path, an info object
and several calls for each; here the attribute is read and written in its scalar's form. Whatever is not as simple as
that, a missing value or an error too, goes the library's way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLSchema, Undefined, is_leaf_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

Plain = tuple[Callable[..., Any], Callable[[Any], Any], bool]  # reads it, writes it, whether null is an answer
PlainFields = Mapping[tuple[str, str], Plain]  # by type and field


def plain_fields(schema: GraphQLSchema) -> dict[tuple[str, str], Plain]:
    """Fields without resolver and arguments whose values are scalars or enums."""
    found: dict[tuple[str, str], Plain] = {}
    for kind in schema.type_map.values():
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            required = isinstance(field.type, GraphQLNonNull)
            leaf = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            # The library marks resolvers that only read the attribute.
            if is_leaf_type(leaf) and not field.args and getattr(field.resolve, "_is_default", False):
                found[kind.name, name] = (field.resolve, leaf.coerce_output_value, not required)
    return found


def executor_of(plain: PlainFields) -> type[StrawberryGraphQLCoreExecutionContext]:
    """The library's executor, with a short way for these fields."""

    class PlainFirst(StrawberryGraphQLCoreExecutionContext):
        """One operation."""

        def execute_field(
            self, parent_type: Any, source: Any, field_details_list: Any, path: Any, position_context: Any
        ) -> Any:
            """The value of a plain field, or what the library makes of any other."""
            known = plain.get((parent_type.name, field_details_list[0].node.name.value))
            if known is not None and not (self.middleware_manager and self.middleware_manager.middlewares):
                read, write, nullable = known
                try:
                    value = read(source, None)
                    if value is None and nullable:
                        return None
                    shown = write(value)
                    if shown is not None and shown is not Undefined:
                        return shown
                except Exception:  # noqa: BLE001, S110 - the library meets it again and says where it happened
                    pass
            return super().execute_field(parent_type, source, field_details_list, path, position_context)

    return PlainFirst
