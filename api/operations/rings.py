"""Rings of trade, and why a ring is one. Texts become options here; the search is `queries.rings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.operations.context import OperationContext
from api.operations.naming import taxpayer_id
from api.operations.parsing import as_of, millionths
from api.operations.registry import Answer
from api.operations.ring_ids import ring_reference, shown_id
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.durations import parse_duration, whole_seconds
from queries.limits import MOST_ROWS, Limits
from queries.results import plain
from queries.rings import RingAnswer, RingOptions, find_ring
from queries.rings import rings as find_rings
from queries.why import why as explain

DEFAULT_WINDOW = "30d"
DEFAULT_MAX_LENGTH = 10


def rings(
    context: OperationContext,
    *,
    window: str = DEFAULT_WINDOW,
    max_length: int = DEFAULT_MAX_LENGTH,
    min_length: int = 2,
    mode: str = "time-ordered",
    strict: bool = False,
    band: str | None = None,
    through: Sequence[str] = (),
    currency: str | None = None,
    resolution: str = "auto",
    limit: int = 100,
    budget: str = "60s",
    recorded: str | None = None,
) -> Answer:
    """Counts of all rings of one currency and a list of the first `limit`."""
    moment = as_of(None, recorded)
    options = _options(
        window=window,
        max_length=max_length,
        min_length=min_length,
        mode=mode,
        strict=strict,
        band=band,
        currency=currency,
        resolution=resolution,
    )
    keys = tuple(taxpayer_id(context.store, each, as_of=moment) for each in through)
    limits = Limits(rows=limit, seconds=whole_seconds(parse_duration(budget)))
    found = find_rings(
        context.projection(moment), context.store, replace(options, through=keys), as_of=moment, limits=limits
    )
    context.saw("Taxpayer", (member for ring in found.rings for member in ring.members))
    return _shown(context.store, found, options, moment)


def why(
    context: OperationContext,
    *,
    ring: str,
    window: str = DEFAULT_WINDOW,
    max_length: int = DEFAULT_MAX_LENGTH,
    min_length: int = 2,
    mode: str = "time-ordered",
    strict: bool = False,
    band: str | None = None,
    currency: str | None = None,
    resolution: str = "auto",
    budget: str = "60s",
    recorded: str | None = None,
) -> Answer:
    """What makes a ring one. The options count only for an id that does not carry its own."""
    moment, reference = as_of(None, recorded), ring_reference(ring)
    options = reference.options or _options(
        window=window,
        max_length=max_length,
        min_length=min_length,
        mode=mode,
        strict=strict,
        band=band,
        currency=currency,
        resolution=resolution,
    )
    asked = replace(options, through=(reference.member,)) if reference.member else options
    limits = Limits(rows=MOST_ROWS, seconds=whole_seconds(parse_duration(budget)))
    projection = context.projection(moment)
    found = find_ring(projection, context.store, reference.ring, asked, as_of=moment, limits=limits)
    context.saw("Taxpayer", found.members)
    explained: Answer = plain(explain(found))
    return explained | {"asked": ring}


def _options(
    *,
    window: str,
    max_length: int,
    min_length: int,
    mode: str,
    strict: bool,
    band: str | None,
    currency: str | None,
    resolution: str,
) -> RingOptions:
    return RingOptions(
        mode=mode,
        window=parse_duration(window),
        min_length=min_length,
        max_length=max_length,
        strict=strict,
        band=millionths(band, "--band"),
        currency=currency.upper() if currency else None,
        resolution=resolution,
    )


def _shown(store: GraphStore, found: RingAnswer, options: RingOptions, moment: AsOf) -> Answer:
    """The answer as JSON, ring ids as `why` takes them, members with the numbers that people know them by."""
    answer: Answer = plain(found)
    numbers = _tax_numbers(store, found, moment)
    for ring in answer["rings"]:
        ring["id"] = shown_id(ring["id"], options, member=ring["members"][0], currency=found.currency)
        ring["tax_numbers"] = [numbers.get(member) for member in ring["members"]]
    first = {name: answer.pop(name) for name in ("counts", "rings", "truncated", "cut")}
    return first | answer


def _tax_numbers(store: GraphStore, found: RingAnswer, moment: AsOf) -> dict[str, Any]:
    members = sorted({member for ring in found.rings for member in ring.members})
    rows = store.fetch("Taxpayer", members, as_of=moment).select(["asked", "tax_number"]).to_pylist() if members else []
    return {row["asked"]: row["tax_number"] for row in rows}
