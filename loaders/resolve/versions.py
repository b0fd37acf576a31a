"""By what the identities of a store were resolved, as its ledger says, and when that changed. Called by `loaders.run`.

Identities are never half of one model and half of another: a load under another version resolves everything again. It
is built on all that were resolved before and every later load is built on it, so no withdrawal leaves a half behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.store.port import BatchRecord
from loaders.claims.stored import Stored

DESCRIBING = ("Registration", "RegistrationChange", "IdentityDecision", "DECIDES")
UNTOLD = ""
_COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class InForce:
    """`version`: that of the last load that resolved; `UNTOLD` if it does not say; None if none did.

    `changed_by`: ledger number of the load that brought this version where another one was.
    """

    version: str | None = None
    changed_by: int | None = None


def in_force(ledger: Iterable[BatchRecord]) -> InForce:
    """What the committed lines of a ledger, in any order, say."""
    found = InForce()
    for line in sorted(ledger, key=lambda each: each.number):
        said = _said(line)
        if said is not None and said != found.version:
            found = InForce(said, None if found.version is None else line.number)
    return found


def _said(line: BatchRecord) -> str | None:
    """The version by which a line resolved; releases that did not keep it resolved with whatever describes firms."""
    if line.state != _COMMITTED:
        return None
    described = any(name in line.header.by_type for name in DESCRIBING)
    return line.header.resolved_by or (UNTOLD if described else None)


def resolve_anew(stored: Stored, ledger: Iterable[BatchRecord], version: str) -> bool:
    """Have everything resolved again if it stands by another version; note by which load the present one came."""
    found = in_force(ledger)
    if found.version == version:
        if found.changed_by is not None:
            stored.met.batch(found.changed_by)
        return False
    if found.version is None:
        return False
    stored.unresolved = True
    stored.met.every(DESCRIBING)
    return True
