"""What a document may cost before anything is asked: depth, root fields, aliases, length. Rules of validation.

They walk through fragments, spread or inline, and hold whichever operation of the document is named. A fragment is
walked once and remembered, so that nested spreads cannot make the walk itself expensive.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)

from graph.errors import LimitError

MOST_TOKENS = 5000


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection: levels of fields, fields at its top, aliases anywhere inside (fragments counted at each use)."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def beside(self, other: Size) -> Size:
        """Two selections that stand side by side."""
        return Size(max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases)


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, Size] = {}
        self._open: set[str] = set()

    def of(self, selections: SelectionSetNode | None) -> Size:
        total = Size()
        for item in selections.selections if selections else ():
            total = total.beside(self._one(item))
        return total

    def _one(self, item: object) -> Size:
        if isinstance(item, FragmentSpreadNode):
            return self._fragment(item.name.value)
        if isinstance(item, InlineFragmentNode):
            return self.of(item.selection_set)
        if not isinstance(item, FieldNode):
            return Size()
        inside = self.of(item.selection_set)
        # The standard rules bound the depth of introspection; tools ask it deeper than our own types go.
        depth = 0 if item.name.value.startswith("__") else inside.depth + 1
        return Size(depth, 1, inside.aliases + bool(item.alias))

    def _fragment(self, name: str) -> Size:
        if name not in self._fragments or name in self._open:
            return Size()  # unknown and circular fragments are reported by the standard rules
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self.of(self._fragments[name].selection_set)
            self._open.discard(name)
        return self._known[name]


def too_many_tokens() -> LimitError:
    """The error of a document that the parser gave up on."""
    return LimitError("The document is too long.", code="limit.tokens", next_step="Ask in several requests.")


def size_rule(*, depth: int, aliases: int) -> type[ASTValidationRule]:
    """A validation rule that refuses documents deeper, or with more root fields or aliases, than this."""

    class SizeRule(ASTValidationRule):
        """Refuses what is too large, by a LimitError inside the GraphQL error."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            measure = _Measure(context.document)
            for definition in context.document.definitions:
                if isinstance(definition, OperationDefinitionNode):
                    self._judge(measure.of(definition.selection_set), definition)

        def _judge(self, size: Size, at: OperationDefinitionNode) -> None:
            self._refuse_above(size.depth, depth, "depth", "levels of fields", at)
            self._refuse_above(size.fields, aliases, "root_fields", "root fields", at)
            self._refuse_above(size.aliases, aliases, "aliases", "aliases", at)

        def _refuse_above(self, found: int, most: int, name: str, what: str, at: OperationDefinitionNode) -> None:
            if found <= most:
                return
            limit = LimitError(
                f"The query has more than {most} {what}.",
                code=f"limit.{name}",
                next_step="Ask in several requests.",
                found=found,
                most=most,
            )
            self.context.report_error(GraphQLError(limit.message, nodes=at, original_error=limit))

    return SizeRule
