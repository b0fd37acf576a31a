"""Figures of one server for Prometheus: requests as they end, and gauges read when somebody asks.

Owned by `api.service`; shown by `api.watching`. No label comes from a caller, so there are never more series than kinds
and error codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COSTS: Final = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody reads


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
        self._kept = CollectorRegistry()
        self._requests = Counter(
            "taxgraph_requests_total",
            "Requests by kind and error code (ok: none).",
            ("kind", "code"),
            registry=self._kept,
        )
        self._seconds = Histogram(
            "taxgraph_request_seconds",
            "Time from the request to its answer.",
            ("kind",),
            buckets=SECONDS,
            registry=self._kept,
        )
        self._cost = Histogram(
            "taxgraph_query_cost", "Rows that a document might read.", buckets=COSTS, registry=self._kept
        )

    def request(self, kind: str, code: str, *, seconds: float, cost: int) -> None:
        """A request has ended. `kind`: query, mutation, subscription, operation or refused."""
        self._requests.labels(kind, code).inc()
        self._seconds.labels(kind).observe(seconds)
        if cost:
            self._cost.observe(cost)

    def text(self, gauges: Iterable[Gauge] = ()) -> str:
        """Everything in Prometheus' text format. Gauges of one name stand together."""
        now = CollectorRegistry()
        now.register(_Now(tuple(gauges)))
        return (generate_latest(self._kept) + generate_latest(now)).decode()


@dataclass(eq=False)
class _Now(Collector):
    """Gauges as a collector."""

    gauges: tuple[Gauge, ...]

    def collect(self) -> Iterator[Metric]:
        for _, same in groupby(self.gauges, key=lambda gauge: gauge.name):
            group = list(same)
            family = GaugeMetricFamily if group[0].kind == "gauge" else CounterMetricFamily
            metric = family(group[0].name, group[0].meaning, labels=list(group[0].labels))
            for gauge in group:
                metric.add_metric(list(gauge.labels.values()), gauge.value)
            yield metric
