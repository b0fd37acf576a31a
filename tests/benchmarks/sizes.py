"""How large a run is. Read by the command and by every step; the seed never changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

SEED = 7
KEY = b"a key for benchmarks alone, 32 b"
WINDOW_DAYS = 30
LONGEST_RING = 6
SPAN_DAYS = 90
HOPS = 10


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of one run. `oracle_edges`: edges of the part of the country that NetworkX can search.

    `new_invoices` arrive in a second batch. `starts` traces are asked, `peer_starts` of them by the peer too; `views`
    taxpayers are looked at; `server_invoices` go to Neo4j. Over HTTP `households` median and as many of the largest
    taxpayers are asked one by one, then `clients` ask at once for `load_seconds`.
    """

    name: str
    taxpayers: int
    invoices: int
    days: int
    new_invoices: int
    oracle_edges: int
    starts: int
    peer_starts: int
    views: int
    server_invoices: int
    households: int
    clients: int
    load_seconds: int

    def facts(self) -> dict[str, object]:
        """As plain data."""
        return asdict(self)


SIZES = {
    "small": Size(
        name="small",
        taxpayers=2_000,
        invoices=20_000,
        days=365,
        new_invoices=500,
        oracle_edges=3_000,
        starts=20,
        peer_starts=5,
        views=10,
        server_invoices=2_000,
        households=20,
        clients=8,
        load_seconds=3,
    ),
    "full": Size(
        name="full",
        taxpayers=100_000,
        invoices=1_000_000,
        days=365,
        new_invoices=5_000,
        oracle_edges=40_000,
        starts=200,
        peer_starts=20,
        views=50,
        server_invoices=100_000,
        households=200,
        clients=64,
        load_seconds=300,
    ),
}
