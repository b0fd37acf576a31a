"""Why registrations are one taxpayer, and pairs about which a person should decide."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal

import strawberry

from api.access.principals import Right
from api.gql.building import Node, built, class_of, shown
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import millionths, share_of
from api.gql.types.links import LazyRegistration
from api.identity import words
from api.identity.pairs import Outcome, PairReason, pair_reason
from api.identity.registers import model_of_loads, weighs
from graph.store.questions import AsOf
from queries.identity.pairs import pair_state
from queries.identity.reviews import ReviewVersion, review_history

PairOutcome = strawberry.enum(Outcome, name="PairOutcome", description="What decides about two registrations. 结论依据")


@strawberry.type(description="How one field of two registrations compares. 字段比对")
class FieldComparison:
    """Says how the values compare, never what they are."""

    field: str
    english: str
    chinese: str
    level: str = strawberry.field(description="How the values compare.")
    level_chinese: str
    bits: Decimal = strawberry.field(description="What that adds; negative: speaks against.")


@strawberry.type(description="Why two registrations are one taxpayer, or two. 归并理由")
class PairExplanation:
    """Of the present register; both are in scope."""

    left: strawberry.ID = strawberry.field(description="Key of a registration.")
    right: strawberry.ID
    same: bool = strawberry.field(description="Whether they are one taxpayer now.")
    outcome: PairOutcome  # type: ignore[valid-type]  # Strawberry's enum is the class itself
    english: str
    chinese: str
    rule: str | None = strawberry.field(description="Certain rule that joins the two themselves.")
    conflict: str | None = strawberry.field(description="Hard identifiers by which they may not be one.")
    decided: str | None = strawberry.field(description="What a person decided: same or different.")
    names_agree: bool = strawberry.field(description="Without it no weight joins.")
    fields: list[FieldComparison]
    prior_bits: Decimal = strawberry.field(description="Before anything is compared.")
    bits: Decimal = strawberry.field(description="Everything together.")
    needed_bits: Decimal | None = strawberry.field(description="The threshold; for the rules role.")
    model: str = strawberry.field(description="Digest of the model that weighed them.")


def explained_pair(context: RequestContext, one: str, other: str) -> PairExplanation:
    """Why two registrations in scope are one taxpayer or two.

    Raises:
        NotFoundError: `not_found.registration`.
    """
    state = pair_state(context.store, one, other, as_of=context.now, scope=context.scope)
    for key in (one, other):
        context.saw("Registration", key)
    context.deadline.remaining()
    model = model_of_loads()
    told = context.registers.open(context.all_batches).explained(one, other, model)
    context.deadline.remaining()
    return _shown(pair_reason(state, told, weighs=weighs()), model.digest, needed=context.may(Right.RULES))


def _shown(found: PairReason, model: str, *, needed: bool) -> PairExplanation:
    told = found.told
    return PairExplanation(
        left=strawberry.ID(told.left),
        right=strawberry.ID(told.right),
        same=found.state.same,
        outcome=found.outcome,
        english=found.said.english,
        chinese=found.said.chinese,
        rule=told.rule,
        conflict=told.conflict,
        decided=found.state.verdict,
        names_agree=told.named,
        fields=[
            FieldComparison(
                field=each.field,
                english=words.FIELDS[each.field].english,
                chinese=words.FIELDS[each.field].chinese,
                level=each.level,
                level_chinese=words.LEVELS[each.level],
                bits=share_of(each.weight),
            )
            for each in told.fields
        ],
        prior_bits=share_of(told.prior),
        bits=share_of(told.total),
        needed_bits=share_of(told.link) if needed else None,
        model=model,
    )


@strawberry.type(description="Why a registration belongs to its taxpayer. 归属理由")
class MatchReason:
    """In words; `links` says field by field what ties it to others of the taxpayer."""

    rule: str
    score: Decimal = strawberry.field(description="How sure it is: 1 is certain.")
    english: str
    chinese: str
    others: int = strawberry.field(description="How many other registrations of the taxpayer are in scope.")
    registration: strawberry.Private[str]
    keys: strawberry.Private[tuple[str, ...]]

    @field
    def links(self, info: Info, *, first: int = 3) -> list[PairExplanation]:
        """It and the first so many others, in order of their keys: why each pair is one taxpayer (逐对说明)."""
        chosen = self.keys[: min(max(first, 0), MOST_LINKS)]
        return [explained_pair(info.context, self.registration, other) for other in chosen]


MOST_LINKS = 10


def match_reason(registration: str, rule: str, score: int, keys: tuple[str, ...]) -> MatchReason:
    """The reason of a registration. `keys`: of the other ones of its taxpayer."""
    said = words.of_belonging(rule, score)
    return MatchReason(
        rule=rule,
        score=share_of(score),
        english=said.english,
        chinese=said.chinese,
        others=len(keys),
        registration=registration,
        keys=keys,
    )


@strawberry.type(description="What a review said from an instant on. 复核历史")
class IdentityReviewStep:
    """The oldest first."""

    at: datetime
    batch: str
    who: str = strawberry.field(description="Who loaded or decided.")
    state: str
    reason: str
    weight: Decimal | None
    verdict: str | None


@shown
class IdentityReview(Node):
    """Two registrations in scope, and why resolution does not decide about them."""

    left: str | None
    right: str | None
    reason: str | None
    rule: str | None
    weight: Decimal | None
    state: str | None
    verdict: str | None

    @field
    async def registrations(self, info: Info) -> list[LazyRegistration]:
        """Both registrations (登记)."""
        context, clock = info.context, self.origin.as_of
        keys = [str(key) for key in (self.left, self.right)]
        rows = await asyncio.gather(*(context.loaders.node("Registration", key, clock) for key in keys))
        return [built(class_of("Registration"), row, clock, context) for row in rows if row]

    @field
    def why(self, info: Info) -> PairExplanation:
        """Field by field, as things stand now (复核说明)."""
        return explained_pair(info.context, str(self.left), str(self.right))

    @field
    def history(self, info: Info) -> list[IdentityReviewStep]:
        """Every state that led to this one, the oldest first (历史)."""
        context = info.context
        return [_step(each) for each in review_history(context.store, self.key, as_of=AsOf(), scope=context.scope)]


def _step(version: ReviewVersion) -> IdentityReviewStep:
    row = version.row
    return IdentityReviewStep(
        at=version.at,
        batch=version.batch,
        who=version.who,
        state=row["state"],
        reason=row["reason"],
        weight=millionths(row["weight"]),
        verdict=row["verdict"],
    )
