"""An officer decides that two registrations are one taxpayer, or two: a batch of one row, like any other load.

Called by api. Identity is resolved again at once, later loads respect the decision, and a later decision about the
same two replaces it; the batch can be withdrawn. The same rows may come as a canonical file `identity_decisions`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from graph.errors import QueryError
from graph.model.governance import VERDICTS
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport

RECORD = "identity_decisions"


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """What was decided about two registrations, by their keys (source, colon, the source's own serial).

    Raises:
        QueryError: `query.verdict`, `query.reason`, `query.registrations` (one registration named twice).
    """

    left: str
    right: str
    verdict: str
    reason: str

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
        TaxgraphError: as `loaders.run.load`.
    """
    at = datetime.now(UTC).isoformat()
    left, right = sorted((decided.left, decided.right))
    said = (left, right, decided.verdict, at, options.who, decided.reason)
    key = "decision:" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:24]
    row = dict(zip(("left", "right", "verdict", "decided_at", "who", "reason"), said, strict=True))
    frame = pd.DataFrame([{"id": key, **row}], dtype="object")
    return load_frames(store, {RECORD: frame}, options=options, progress=progress, stop=stop)
