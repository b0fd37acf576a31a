"""The gang view of a store: standing findings in scope joined into cases, members as taxpayers. See `cases`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.findings.cases import Gangs, Key, gangs
from queries.findings.parties import taxpayer_of
from queries.findings.stored import Stored, stored_findings


def gang_view(store: GraphStore, patterns: Iterable[str], *, as_of: AsOf = NOW, scope: Scope = ROOT) -> Gangs:
    """Cases by rank; a finding with a member out of scope is in none."""
    found = stored_findings(partial(store.export, as_of=as_of), patterns)
    if not scope.everything and found:
        seen = store.fetch("Finding", list(found), columns=("pattern",), as_of=as_of, scope=scope)
        found = {key: found[key] for key in seen["id"].to_pylist() if key in found}
    taxpayers = taxpayer_of(store, as_of=as_of)
    shown = [_as_taxpayers(each, taxpayers) for each in found.values()]
    return gangs(shown, {each.id: _amount(each) for each in shown})


def _as_taxpayers(finding: Stored, taxpayers: dict[str, str]) -> Stored:
    def shown(kind: str, key: str) -> Key:
        return ("Taxpayer", taxpayers.get(key, key)) if kind == "Party" else (kind, key)

    return replace(finding, members=tuple((*shown(kind, key), role) for kind, key, role in finding.members))


def _amount(finding: Stored) -> int:
    """The largest amount that a finding measured."""
    told: dict[str, Any] = json.loads(finding.row["measures"] or "{}")
    return max((int(value) for name, value in told.items() if name.endswith("_cents")), default=0)
