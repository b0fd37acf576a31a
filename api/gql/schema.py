"""The schema: its roots, its types, its rules. Made once by `api.app`, printed by `api.gql.print_schema`."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.gql.building import Node
from api.gql.cost import MOST_COST
from api.gql.documents import DocumentBook, KnownDocuments
from api.gql.faults import dress
from api.gql.limits import MOST_TOKENS, size_rule
from api.gql.operations import CostLimit, NamedOperation
from api.gql.plain_fields import Plain, executor_of, plain_fields
from api.gql.roots import Mutation, Query, Subscription
from api.gql.scalars import SCALARS
from api.gql.types import control, documents, facts, governance, identity, indicators, organisation, parties, work

TYPES: tuple[type[Node], ...] = (
    parties.Taxpayer,
    parties.Person,
    parties.Registration,
    parties.RegistrationChange,
    *facts.FACTS,
    documents.Invoice,
    documents.Commodity,
    organisation.Bureau,
    organisation.Grid,
    organisation.Officer,
    organisation.Post,
    organisation.Duty,
    work.Task,
    work.TaskEvent,
    governance.Finding,
    governance.QualityIssue,
    governance.Reject,
    governance.Batch,
    governance.AccessEvent,
    identity.IdentityReview,
    control.ControlAlert,
    indicators.IndicatorAppeal,
)


class QuietSchema(strawberry.Schema):
    """Errors get the one form that callers know; the library's log would repeat messages that may quote data."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Before they are formatted, by whatever transport."""
        del execution_context
        for error in errors:
            dress(error)


def make_schema(
    *, depth: int = 10, aliases: int = 20, cost: int = MOST_COST, tokens: int = MOST_TOKENS
) -> strawberry.Schema:
    """The schema with its limits on documents."""
    rule, book = size_rule(depth=depth, aliases=aliases), DocumentBook()
    plain: dict[tuple[str, str], Plain] = {}
    schema = QuietSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=TYPES,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[
            NamedOperation,
            lambda: AddValidationRules([rule]),
            lambda: CostLimit(cost),
            lambda: MaxTokensLimiter(max_token_count=tokens),
            lambda: KnownDocuments(book, most_cost=cost),
        ],
        execution_context_class=executor_of(plain),
    )
    plain |= plain_fields(schema._schema)  # noqa: SLF001 - known once the schema is made; see `documents`
    return schema
