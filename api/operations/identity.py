"""Identity: how a taxpayer was formed, and an officer's decision about two registrations."""

from __future__ import annotations

from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.settings import load_settings
from graph.store.questions import NOW, ROOT
from queries.identity.formation import formation
from queries.reading import find_taxpayer, node
from queries.results import plain


def formed(context: OperationContext, *, taxpayer: str) -> Answer:
    """The steps that made a taxpayer what it is."""
    key = find_taxpayer(context.store, taxpayer, as_of=NOW, scope=ROOT)
    context.saw("Taxpayer", [key])
    return {"taxpayer": key, "steps": plain(formation(context.store, key))}


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
