"""Roots about identity: `formation`, `whySame`, `identityReviews`; deciding whether two registrations are one."""

from __future__ import annotations

import strawberry

from api.access.principals import Right
from api.gql.connections import Asked, Connection, select_page
from api.gql.context import AsOfInput, Info
from api.gql.fields import field, mutation
from api.gql.types.formation import FormationStep, formation_steps
from api.gql.types.identity import IdentityReview, PairExplanation, explained_pair
from api.gql.types.loads import LoadJobInfo, job_info
from api.loads.patience import patiently
from graph.progress import Tell
from graph.settings import load_settings
from graph.stopping import Stop
from graph.store.questions import NOW
from loaders.deciding import RECORD, IdentityVerdict, check_seen, decide_identity
from loaders.options import LoadOptions
from queries.identity.formation import formation
from queries.identity.reviews import OPEN, ORDER, ReviewFilter
from queries.reading import find_taxpayer, node


@strawberry.input(description="What was decided about two registrations. 身份决定")
class IdentityDecisionInput:
    """They are one taxpayer, or two."""

    left: strawberry.ID = strawberry.field(description="Key of a registration.")
    right: strawberry.ID = strawberry.field(description="Key of another one.")
    verdict: str = strawberry.field(description="same or different.")
    reason: str = strawberry.field(description="Why, in a sentence.")
    seen: str | None = strawberry.field(
        default=None,
        description="`provenance.batch` of their review as it was read: refused if the review changed since.",
    )


@strawberry.type
class IdentityRoots:
    """How taxpayers came to be."""

    @field
    def formation(self, info: Info, *, taxpayer: strawberry.ID) -> list[FormationStep]:
        """How a taxpayer was formed, step by step (归并过程); by any id it ever had."""
        context = info.context
        key = find_taxpayer(context.store, str(taxpayer), as_of=NOW, scope=context.scope)
        context.saw("Taxpayer", key)
        return formation_steps(formation(context.store, key, scope=context.scope))

    @field
    def why_same(self, info: Info, *, left: strawberry.ID, right: strawberry.ID) -> PairExplanation:
        """Why two registrations are one taxpayer or two, field by field, as things stand now (归并理由)."""
        info.context.demand(Right.READ)
        return explained_pair(info.context, str(left), str(right))

    @field
    def identity_reviews(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        states: list[str] | None = None,
        reasons: list[str] | None = None,
    ) -> Connection[IdentityReview]:
        """Pairs about which a person should decide (身份复核), by reason, the heaviest evidence first.

        Both registrations are in scope; by default those that are open.
        """
        info.context.demand(Right.READ)
        wanted = ReviewFilter(tuple(states) if states is not None else OPEN, tuple(reasons or ()))
        return select_page(info, IdentityReview, Asked(first, after, as_of, wanted.conditions(), ORDER))


@strawberry.type
class IdentityMutations:
    """Human decisions about identity."""

    @mutation
    def decide_identity(self, info: Info, *, input: IdentityDecisionInput) -> LoadJobInfo:  # noqa: A002 - its name
        """Join or part two registrations (人工认定) as a load of its own; `load` and `loadProgress` tell."""
        context = info.context
        context.demand(Right.IDENTIFY)
        keys = str(input.left), str(input.right)
        decided = IdentityVerdict(*keys, input.verdict, input.reason, input.seen)
        for key in keys:
            node(context.store, "Registration", key, as_of=NOW, scope=context.scope)
        check_seen(context.store, decided)
        options = LoadOptions(who=context.who, wait_seconds=load_settings().load_wait_seconds)
        store = context.store

        def work(tell: Tell, stop: Stop) -> dict[str, object]:
            with patiently(store):
                return decide_identity(store, decided, options=options, progress=tell, stop=stop).as_json()

        job = context.loads.submit(work, source=RECORD, files=(), who=context.who)
        context.did("Load", job.id)
        return job_info(job)
