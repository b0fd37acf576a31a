"""The whole register of a store as linkage reads it: for training, and for explaining a pair. Never part of a load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.store.port import GraphStore
from loaders.resolve.explain import Explanation, explain
from loaders.resolve.linkage.fields import CHANGES, REGISTRATIONS, prepare
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import Scored, ruled
from loaders.resolve.linkage.training import train

SEED = 1


@dataclass(frozen=True, slots=True)
class Register:
    """Prepared registrations of everybody."""

    fields: pa.Table

    @classmethod
    def of(cls, store: GraphStore) -> Register:
        """Read and prepared; memory grows with the registrations."""
        told = store.export("Registration")
        columns: dict[str, Any] = {f.name: pa.nulls(told.num_rows, f.type) for f in REGISTRATIONS}
        columns |= {name: told.column(name) for name in REGISTRATIONS.names if name in told.column_names}
        changes = store.export("RegistrationChange").select(CHANGES.names)
        return cls(prepare(pa.table(columns), changes))

    def trained(self) -> Model:
        """A model of this register's own; the same register gives the same model."""
        return train(self.fields, seed=SEED)

    def ruled(self) -> Ruled:
        """With what rules say of everybody."""
        return Ruled(self.fields, ruled(self.fields))


@dataclass(frozen=True, slots=True)
class Ruled:
    """Prepared registrations of everybody and what rules say of them: explains pair after pair."""

    fields: pa.Table
    said: Scored

    def explained(self, left: str, right: str, model: Model) -> Explanation:
        """Why two registrations are or are not one firm.

        Raises:
            NotFoundError: if one of them is not there.
        """
        return explain(left, right, fields=self.fields, scored=self.said, model=model)
