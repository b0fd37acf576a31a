"""Which resolver a deployment uses: by a trained model where it has one, else by serials and numbers alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graph.settings import load_settings
from loaders.resolve.base import Resolver
from loaders.resolve.deterministic import DeterministicResolver


def chosen_resolver() -> Resolver:
    """The resolver of the settings.

    Raises:
        SettingsError: `settings.identity_model` if its file is no model.
    """
    path = load_settings().identity_model
    return _by_model(path.resolve()) if path is not None else DeterministicResolver()


@cache
def _by_model(path: Path) -> Resolver:
    """Read once a process: a model that changes under a server would make the order of batches matter."""
    from loaders.resolve.evident import EvidenceResolver  # noqa: PLC0415 - Splink takes a second, and only this needs it
    from loaders.resolve.linkage.model import read_model  # noqa: PLC0415 - the same

    return EvidenceResolver(read_model(path))
