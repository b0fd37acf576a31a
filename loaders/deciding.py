"""An officer decides that two registrations are one taxpayer, or two: a batch of one row, like any other load.

Called by api. Identity is resolved again at once, later loads respect the decision, and a later decision about the
same two replaces it; the batch can be withdrawn. The same rows may come as a canonical file `identity_decisions`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pandas as pd

from graph.errors import QueryError, StoreBusyError
from graph.model.governance import VERDICTS
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore
from graph.store.questions import Filter, Op, Page
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport

RECORD = "identity_decisions"


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """What was decided about two registrations, by their keys (source, colon, the source's own serial).

    `seen`: id of the batch that brought the review of the two which the decider looked at.

    Raises:
        QueryError: `query.verdict`, `query.reason`, `query.registrations` (one registration named twice).
    """

    left: str
    right: str
    verdict: str
    reason: str
    seen: str | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise QueryError(
                "There is no such verdict.", code="query.verdict", next_step=f"Use {' or '.join(VERDICTS)}."
            )
        if not self.reason.strip():
            raise QueryError("A decision needs a reason.", code="query.reason", next_step="Say why, in a sentence.")
        if self.left == self.right:
            raise QueryError(
                "A decision is about two registrations.", code="query.registrations", next_step="Name another one."
            )


def decide_identity(
    store: GraphStore,
    decided: IdentityVerdict,
    *,
    options: LoadOptions,
    progress: Tell = silent,
    stop: Stop | None = None,
) -> LoadReport:
    """Keep the decision and resolve identity anew, as one batch. `options.who` decides.

    The caller has made sure that both registrations are there and in the scope of whoever decides.

    Raises:
        StoreBusyError: `store.changed` when the review of the two is not what the decider saw.
        TaxgraphError: as `loaders.run.load`.
    """
    at = datetime.now(UTC).isoformat()
    left, right = sorted((decided.left, decided.right))
    said = (left, right, decided.verdict, at, options.who, decided.reason)
    key = "decision:" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:24]
    row = dict(zip(("left", "right", "verdict", "decided_at", "who", "reason"), said, strict=True))
    frame = pd.DataFrame([{"id": key, **row}], dtype="object")
    # Looked at where no other load is at work: the review must not change between the look and the decision.
    first = partial(check_seen, store, decided)
    return load_frames(store, {RECORD: frame}, options=options, progress=progress, stop=stop, first=first)


def check_seen(store: GraphStore, decided: IdentityVerdict) -> None:
    """Refuse a decision about a review that changed since it was read.

    Raises:
        StoreBusyError: `store.changed`.
    """
    if decided.seen is None:
        return
    left, right = sorted((decided.left, decided.right))
    where = (Filter("left", Op.EQ, left), Filter("right", Op.EQ, right))
    found = store.select("IdentityReview", where=where, page=Page(limit=1)).table["batch_from"].to_pylist()
    if [line.header.id for line in store.batches() if line.number in found] != [decided.seen]:
        raise StoreBusyError(
            "The review of these two changed since it was read.",
            code="store.changed",
            next_step="Read it again, and decide about what it says now.",
        )
