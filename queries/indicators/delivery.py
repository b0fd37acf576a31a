"""A period's indicators as one file for the personnel system: repeatable to the byte, and versioned.

The same period, recorded clock and definitions give the same bytes. What an upheld appeal took out is listed, so that
a later delivery of the same period says in what it differs and why.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.indicators.appealed import UPHELD, appeals
from queries.indicators.definitions import INDICATORS, VERSION
from queries.indicators.grouping import Level
from queries.indicators.measuring import Counted, Measure, measures

FORMAT = "taxgraph-indicators-1"
_PLACES = 6
_OF_APPEAL = ("id", "indicator", "task", "event", "officer")


def delivery(store: GraphStore, found: Counted) -> dict[str, Any]:
    """Everything as JSON values; `digest` is the sha256 of the rest in canonical form."""
    body = {
        "format": FORMAT,
        "definitions": VERSION,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "recorded": _instant(found.recorded),
        "snapshot": found.snapshot,
        "events": found.events[0],
        "events_of_other_systems": found.events[1],
        "indicators": [
            {"name": each.name, "form": each.form.value, "credit": each.credit, "en": each.en, "zh": each.zh}
            for each in INDICATORS
        ],
        "measures": [_told(each) for level in Level for each in measures(found, level)],
        "upheld_appeals": [
            {name: row[name] for name in _OF_APPEAL}
            for row in appeals(store, state=UPHELD, as_of=AsOf(recorded=found.recorded))
        ],
    }
    return body | {"digest": hashlib.sha256(canonical(body).encode()).hexdigest()}


def canonical(body: dict[str, Any]) -> str:
    """One text for one content."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _told(one: Measure) -> dict[str, Any]:
    return {name: round(value, _PLACES) if isinstance(value, float) else value for name, value in asdict(one).items()}


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
