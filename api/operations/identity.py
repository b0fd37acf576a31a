"""Identity: how a taxpayer was formed, why two registrations are one, a model's training, an officer's decision."""

from __future__ import annotations

from pathlib import Path

from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.settings import load_settings
from graph.store.questions import NOW, ROOT
from queries.identity.formation import formation
from queries.reading import OUT, find_taxpayer, node, related, rows
from queries.results import plain


def formed(context: OperationContext, *, taxpayer: str) -> Answer:
    """The steps that made a taxpayer what it is."""
    key = find_taxpayer(context.store, taxpayer, as_of=NOW, scope=ROOT)
    context.saw("Taxpayer", [key])
    return {"taxpayer": key, "steps": plain(formation(context.store, key))}


def why_same(context: OperationContext, *, left: str, right: str, model: str | None = None) -> Answer:
    """Why two registrations are or are not one taxpayer: field by field, by the model of loads or another one."""
    from loaders.resolve.linkage.model import read_model  # noqa: PLC0415 - Splink, and only where it is asked for
    from loaders.resolve.register import Register  # noqa: PLC0415 - the same

    for key in (left, right):
        node(context.store, "Registration", key, as_of=NOW, scope=ROOT)
    place = Path(model) if model else load_settings().identity_model
    told = Register.of(context.store).explained(left, right, read_model(place))
    context.saw("Registration", [left, right])
    answer: Answer = plain(told)
    ends = related(context.store, "Registration", [left, right], "REGISTERS", OUT, as_of=NOW, scope=ROOT)
    taxpayers = {row["from_id"]: row["to_id"] for row in rows(ends.table)}
    return answer | {"taxpayers": taxpayers, "same": len(set(taxpayers.values())) == 1}


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
    context: OperationContext, *, left: str, right: str, verdict: str, reason: str, wait_seconds: float | None = None
) -> Answer:
    """Keep a decision and resolve identity anew; the answer is `loaders.options.LoadReport` as JSON."""
    from loaders import deciding  # noqa: PLC0415 - heavy, and only this operation needs the loaders
    from loaders.options import LoadOptions  # noqa: PLC0415 - the same

    decided = deciding.IdentityVerdict(left, right, verdict, reason)
    for key in (left, right):
        node(context.store, "Registration", key, as_of=NOW, scope=ROOT)
    context.saw("Registration", [left, right])
    seconds = load_settings().load_wait_seconds if wait_seconds is None else wait_seconds
    options = LoadOptions(who=context.who, wait_seconds=seconds)
    made = deciding.decide_identity(
        context.store, decided, options=options, progress=context.progress, stop=context.stop
    )
    return made.as_json()
