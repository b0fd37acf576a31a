"""What an event pins of what its author saw, as the asker may see it. Read by the types of events.

The platform's own events pin what the platform saw, which is everything.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from api.gql.context import RequestContext
from graph.store.questions import AsOf

FINDINGS, LEFT_OUT = "findings", "left_out"


async def pinned(context: RequestContext, told: str | None, as_of: AsOf) -> str | None:
    """The text without findings that the asker's scope hides, nor their number; as it is where it pins none."""
    if told is None or context.scope.everything:
        return told
    try:
        values: Any = json.loads(told)
        findings = [(str(each["id"]), each) for each in values[FINDINGS]]
    except (ValueError, TypeError, KeyError):
        return told  # another system's own words
    rows = await asyncio.gather(*(context.loaders.node("Finding", key, as_of, ()) for key, _ in findings))
    kept = [each for (_, each), row in zip(findings, rows, strict=True) if row is not None]
    shown = {name: value for name, value in values.items() if name != LEFT_OUT} | {FINDINGS: kept}
    return json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
