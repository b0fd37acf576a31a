"""Store reads that the time limit of a question is no measure for. Used by loads and by long operations."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from graph.store.port import GraphStore

PATIENT_SECONDS: Final = 86_400.0


def patiently(store: GraphStore) -> AbstractContextManager[None]:
    """Reads of this thread inside the block may take a day each."""
    limited = getattr(store, "deadline", None)
    return limited(PATIENT_SECONDS) if limited else nullcontext()
