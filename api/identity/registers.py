"""The register of a server as linkage reads it: prepared once for each state of the ledger. Shared by all requests.

It takes about half a minute for a million registrations, so it is made when somebody first asks why, and kept until a
load brings registrations.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from graph.settings import load_settings
from graph.store.port import BatchRecord, GraphStore

if TYPE_CHECKING:  # Splink takes a second, and only whoever asks why needs it
    from loaders.resolve.linkage.model import Model
    from loaders.resolve.register import Ruled

_READ = ("Registration", "RegistrationChange")


class RegisterBook:
    """The prepared register of one store, and the model by which its pairs are weighed."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._present: tuple[tuple[int, ...], Ruled] | None = None

    def open(self, ledger: Sequence[BatchRecord]) -> Ruled:
        """The register of this ledger. One thread prepares, the others wait."""
        from loaders.resolve.register import Register  # noqa: PLC0415 - heavy, see above

        brought = tuple(line.number for line in ledger if _counts(line))
        with self._lock:
            if self._present is None or self._present[0] != brought:
                self._present = (brought, Register.of(self._store).ruled())
            return self._present[1]


def _counts(line: BatchRecord) -> bool:
    named = line.header.by_type
    return line.state == "committed" and (not named or any(name in named for name in _READ))


def weighs() -> bool:
    """Whether loads weigh evidence: the settings name a model."""
    return load_settings().identity_model is not None


def model_of_loads() -> Model:
    """The model of the settings; where there is none, the shipped one."""
    return model_at(load_settings().identity_model)


@cache
def model_at(path: Path | None) -> Model:
    """The model of a file, read once."""
    from loaders.resolve.linkage.model import read_model  # noqa: PLC0415 - heavy, see above

    return read_model(path)
