"""How large a run is, and which graphs it needs. Read by the command, by every step and by the page."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400
DAYS = 365
TIERS, HALF, MIXED = 0, 500_000, 1_000_000  # corr: share of firms whose buying and selling ranks coincide, millionths
BAND = 100_000
MILD, STEEP = 0.6, 0.7  # γ: firms of rank r weigh r^-γ


@dataclass(frozen=True, slots=True)
class Spec:
    """A graph of a run: invoices, corr in millionths, γ; `plain`: each pair once, no two at the same moment."""

    invoices: int
    corr: int
    plain: bool = False
    gamma: float = MILD

    @property
    def firms(self) -> int:
        """A tenth."""
        return self.invoices // 10

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.invoices}-{self.corr}-{self.gamma:g}{'-plain' if self.plain else ''}"


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of one run, in invoices.

    `invoices` is the graph of most rows, `large` that of the row about memory, `middle` that of the peers and of the
    smaller band, `growth` those of the curves, smallest first; the others are what each peer can search. Every graph
    has `planted` rings; `subjects` taxpayers are asked about, and `hubs` of the largest.
    """

    name: str
    invoices: int
    large: int
    middle: int
    growth: tuple[int, ...]
    planted: int
    subjects: int
    hubs: int
    oracle: int
    recursive: int
    server: int
    peer_starts: int
    cold_invoices: int
    cold_starts: int


SIZES = {
    "small": Size(
        name="small",
        invoices=20_000,
        large=40_000,
        middle=10_000,
        growth=(5_000, 10_000, 20_000),
        planted=20,
        subjects=10,
        hubs=3,
        oracle=3_000,
        recursive=3_000,
        server=1_500,
        peer_starts=5,
        cold_invoices=2_000,
        cold_starts=1,
    ),
    "full": Size(
        name="full",
        invoices=10_000_000,
        large=100_000_000,
        middle=1_000_000,
        growth=(500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000),
        planted=500,
        subjects=200,
        hubs=10,
        oracle=68_000,
        recursive=50_000,
        server=10_000,
        peer_starts=20,
        cold_invoices=20_000,
        cold_starts=7,
    ),
}
