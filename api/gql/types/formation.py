"""How a taxpayer was formed, as the API shows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import strawberry

from api.gql.scalars import millionths
from queries.identity.formation import Moved, Step


@strawberry.type(description="A number or registration that became part of a taxpayer, or ceased to be. 归并")
class FormationMove:
    """Both null: never; `was` null: not known before; `now` null: what brought it was withdrawn."""

    party: str = strawberry.field(description="Kind and token, as no:91350100M000100Y43.")
    registration: str | None = strawberry.field(description="Key of the registration, if it is one.")
    was: str | None = strawberry.field(description="Id of the taxpayer before.")
    now: str | None = strawberry.field(description="Id of the taxpayer from then on.")
    matched_by: str | None = strawberry.field(description="The rule that says so.")
    score: Decimal | None = strawberry.field(description="How sure it is: 1 is certain.")


@strawberry.type(description="A human decision that came with a step. 人工认定")
class FormationDecision:
    """Shown to those who see everything."""

    key: str
    verdict: str
    who: str
    reason: str
    decided_at: datetime


@strawberry.type(description="What one batch, or its withdrawal, changed of a taxpayer. 归并步骤")
class FormationStep:
    """In order of the recorded clock."""

    at: datetime
    batch: str
    source: str
    who: str
    withdrawn: bool = strawberry.field(description="Whether this is the withdrawal of the batch.")
    moved: list[FormationMove]
    decisions: list[FormationDecision]


def formation_steps(steps: Iterable[Step]) -> list[FormationStep]:
    """The steps as the schema shows them."""
    return [
        FormationStep(
            at=step.at,
            batch=step.batch,
            source=step.source,
            who=step.who,
            withdrawn=step.withdrawn,
            moved=[_move(each) for each in step.moved],
            decisions=[
                FormationDecision(
                    key=said.id, verdict=said.verdict, who=said.who, reason=said.reason, decided_at=said.decided_at
                )
                for said in step.decisions
            ],
        )
        for step in steps
    ]


def _move(moved: Moved) -> FormationMove:
    score = millionths(moved.score) if moved.score is not None else None
    return FormationMove(
        party=moved.party,
        registration=moved.registration,
        was=moved.was,
        now=moved.now,
        matched_by=moved.rule,
        score=score,
    )
