"""Bounds of every question, with their defaults by name. Built by api from a request, read by all queries."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import LimitError

MOST_HOPS = 50
MOST_ROWS = 100_000
MOST_SECONDS = 600


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise LimitError(
            f"The limit '{name}' must lie between 1 and {most}.",
            code=f"limit.{name}",
            next_step=f"Ask with {name} between 1 and {most}.",
            value=value,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost. A list that ends at a bound says so; counts are never cut by `rows`.

    Raises:
        LimitError: `limit.<name>` when a bound is below one or above what any caller may ask for.
    """

    hops: int = 10  # longest walk from the start
    rows: int = 1000  # longest list in an answer
    per_node: int = 5000  # relationships read of one node for a list
    seconds: int = 60  # time of a search

    def __post_init__(self) -> None:
        _check("hops", self.hops, MOST_HOPS)
        _check("rows", self.rows, MOST_ROWS)
        _check("per_node", self.per_node, MOST_ROWS)
        _check("seconds", self.seconds, MOST_SECONDS)


DEFAULT_LIMITS = Limits()
