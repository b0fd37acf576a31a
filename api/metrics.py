"""Figures of one server in Prometheus' text format: requests as they end, and gauges read when somebody asks.

Owned by `api.service`; shown by `api.watching`. No label comes from a caller, so there are never more series than kinds
and error codes.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COSTS: Final = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)


@dataclass(slots=True)
class Histogram:
    """How often a value fell below each bound, and the sum of all values."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def lines(self, name: str, labels: Mapping[str, str]) -> Iterable[str]:
        """As text; counts of bounds add up."""
        below = 0
        for bound, count in zip((*self.bounds, None), self.counts, strict=True):
            below += count
            edge = "+Inf" if bound is None else _number(bound)
            yield f"{name}_bucket{_labels({**labels, 'le': edge})} {below}"
        yield f"{name}_sum{_labels(labels)} {_number(self.total)}"
        yield f"{name}_count{_labels(labels)} {below}"


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure as it is now; `kind` is `gauge`, or `counter` for what only grows."""

    name: str
    meaning: str
    value: float
    kind: str = "gauge"
    labels: Mapping[str, str] = field(default_factory=dict)


class Metrics:
    """Requests of one server, counted as they end."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, Histogram] = {}
        self._cost = Histogram(COSTS)

    def request(self, kind: str, code: str, *, seconds: float, cost: int) -> None:
        """A request has ended. `kind`: query, mutation, subscription, operation or refused."""
        with self._guard:
            self._requests[kind, code] += 1
            self._seconds.setdefault(kind, Histogram(SECONDS)).observe(seconds)
            if cost:
                self._cost.observe(cost)

    def text(self, gauges: Iterable[Gauge] = ()) -> str:
        """Everything, in a fixed order."""
        with self._guard:
            lines = [*_head("taxgraph_requests_total", "Requests by kind and error code (ok: none).", "counter")]
            for (kind, code), count in sorted(self._requests.items()):
                lines.append(f"taxgraph_requests_total{_labels({'kind': kind, 'code': code})} {count}")
            lines += _head("taxgraph_request_seconds", "Time from the request to its answer.", "histogram")
            for kind, histogram in sorted(self._seconds.items()):
                lines += histogram.lines("taxgraph_request_seconds", {"kind": kind})
            lines += _head("taxgraph_query_cost", "Rows that a document might read.", "histogram")
            lines += self._cost.lines("taxgraph_query_cost", {})
        named = ""
        for gauge in gauges:
            if gauge.name != named:
                lines += _head(gauge.name, gauge.meaning, gauge.kind)
                named = gauge.name
            lines.append(f"{gauge.name}{_labels(gauge.labels)} {_number(gauge.value)}")
        return "\n".join(lines) + "\n"


def _head(name: str, meaning: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
