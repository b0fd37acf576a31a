"""Ends versions that a withdrawn batch had ended once already. Called by `writing` beside its ordinary ends.

Such a version is visible again although `batch_to` is set. Overwriting that stamp would change what was known before
the withdrawal, so it gets a new end number that counts if either end does (`BatchRecord.ends_again`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.store.duckdb_parts.engine import Reader


@dataclass(slots=True)
class Reending:
    """End numbers of one batch: `next` is the first free one, `void` all that do not count, `given` by former end."""

    next: int
    void: frozenset[int] = frozenset()
    given: dict[int, int] = field(default_factory=dict)

    def end(self, reader: Reader, table: str, wanted: str) -> None:
        """End rows of `table` (alias r) where `wanted` holds and a withdrawn batch had ended them."""
        if not self.void:
            return
        void = ", ".join(str(number) for number in sorted(self.void))
        rows = f"r.batch_to IN ({void}) AND r.batch_from NOT IN ({void}) AND {wanted}"
        formers = reader.table(f"SELECT DISTINCT r.batch_to AS former FROM {table} r WHERE {rows} ORDER BY 1")
        for row in formers.to_pylist():
            former = int(row["former"])
            again = self._number(former)
            reader.run(f"UPDATE {table} r SET batch_to = {again} WHERE r.batch_to = {former} AND {rows}")

    def _number(self, former: int) -> int:
        if former not in self.given:
            self.given[former] = self.next
            self.next += 1
        return self.given[former]

    def ends_again(self) -> dict[int, int]:
        """As the ledger line keeps them: end number → former end number."""
        return {number: former for former, number in self.given.items()}
