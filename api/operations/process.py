"""The process map of tasks, for the command line and its server."""

from __future__ import annotations

from typing import cast

from api.operations.context import OperationContext
from api.operations.parsing import as_of, day
from api.operations.registry import Answer
from queries.process.mapping import Bounds
from queries.process.reading import Which, process_of
from queries.results import plain


def process_map(
    context: OperationContext,
    *,
    kind: str | None = None,
    source: str | None = None,
    bureau: str | None = None,
    since: str | None = None,
    until: str | None = None,
    recorded: str | None = None,
    variants: int = 20,
) -> Answer:
    """`{"which", "cases", "events", "activities", "arcs", "variants", …, "cut"}`; nobody is named in it."""
    which = Which(kind, source, bureau, day(since, "--from"), day(until, "--to"))
    context.progress("count", 0, 1)
    found = process_of(context.store, which, bounds=Bounds(variants=variants), as_of=as_of(None, recorded))
    context.saw("ProcessMap", [kind or source or "every"])
    return {"which": plain(which)} | cast("Answer", plain(found))
