"""Identity: how a taxpayer was formed, why two registrations are one, a model's training, an officer's decision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.identity.pairs import pair_reason
from api.identity.registers import model_at, model_of_loads, weighs
from api.operations.context import OperationContext
from api.operations.parsing import as_of
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.settings import load_settings
from graph.store.questions import NOW, ROOT
from queries.identity.formation import formation
from queries.identity.pairs import pair_state
from queries.identity.reviews import OPEN, ReviewFilter
from queries.identity.reviews import identity_reviews as listed
from queries.limits import Limits
from queries.reading import find_taxpayer, node
from queries.results import plain


def formed(context: OperationContext, *, taxpayer: str) -> Answer:
    """The steps that made a taxpayer what it is."""
    key = find_taxpayer(context.store, taxpayer, as_of=NOW, scope=ROOT)
    context.saw("Taxpayer", [key])
    return {"taxpayer": key, "steps": plain(formation(context.store, key))}


def why_same(context: OperationContext, *, left: str, right: str, model: str | None = None) -> Answer:
    """Why two registrations are or are not one taxpayer: field by field, by the model of loads or another one."""
    from loaders.resolve.register import Register  # noqa: PLC0415 - Splink, and only where it is asked for

    state = pair_state(context.store, left, right)
    weighed_by = model_at(Path(model)) if model else model_of_loads()
    told = Register.of(context.store).ruled().explained(left, right, weighed_by)
    context.saw("Registration", [left, right])
    found = pair_reason(state, told, weighs=weighs())
    answer: Answer = plain(told)
    return answer | {
        "taxpayers": dict(state.taxpayers),
        "same": state.same,
        "decided": state.verdict,
        "outcome": found.outcome.value,
        **found.said._asdict(),
        "model": weighed_by.digest,
    }


def identity_reviews(
    context: OperationContext,
    *,
    states: Sequence[str] = OPEN,
    reasons: Sequence[str] = (),
    limit: int = 100,
    recorded: str | None = None,
) -> Answer:
    """Pairs about which a person should decide."""
    wanted = ReviewFilter(tuple(states), tuple(reasons))
    found = listed(context.store, wanted, as_of=as_of(None, recorded), limits=Limits(rows=limit))
    context.saw("IdentityReview", (str(row["id"]) for row in found.reviews))
    return {
        "reviews": [{name: row[name] for name in _SHOWN} for row in found.reviews],
        "total": found.total,
        "truncated": bool(found.cut),
        "cut": plain(found.cut),
    }


_SHOWN = ("id", "left", "right", "reason", "rule", "weight", "state", "verdict")


def train_identity(context: OperationContext, *, out: str) -> Answer:
    """A model of this store's own register, as a file that TAXGRAPH_IDENTITY_MODEL may name."""
    from loaders.resolve.register import Register  # noqa: PLC0415 - see above

    place = Path(out)
    if place.exists():
        raise QueryError(f"{place.name} is there.", code="query.exists", next_step="Name another file.")
    register = Register.of(context.store)
    made = register.trained()
    made.write(place)
    return {"out": str(place), "digest": made.digest, "registrations": register.fields.num_rows, **made.trained}


def decide_identity(
    context: OperationContext,
    *,
    left: str,
    right: str,
    verdict: str,
    reason: str,
    seen: str | None = None,
    wait_seconds: float | None = None,
) -> Answer:
    """Keep a decision and resolve identity anew; the answer is `loaders.options.LoadReport` as JSON."""
    from loaders import deciding  # noqa: PLC0415 - heavy, and only this operation needs the loaders
    from loaders.options import LoadOptions  # noqa: PLC0415 - the same

    decided = deciding.IdentityVerdict(left, right, verdict, reason, seen)
    for key in (left, right):
        node(context.store, "Registration", key, as_of=NOW, scope=ROOT)
    context.saw("Registration", [left, right])
    seconds = load_settings().load_wait_seconds if wait_seconds is None else wait_seconds
    options = LoadOptions(who=context.who, wait_seconds=seconds)
    made = deciding.decide_identity(
        context.store, decided, options=options, progress=context.progress, stop=context.stop
    )
    return made.as_json()
