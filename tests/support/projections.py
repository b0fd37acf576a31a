"""Compares projections, and draws random batches of invoices for tests of catching up."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st

from graph.arrays.columns import EdgeColumns
from graph.store.port import WriteBatch
from graph.store.projecting import TradeProjection
from tests.support.small_graph import Draft

FIRMS = ("A", "B", "C", "D")
INVOICES = tuple(f"i{number}" for number in range(8))
MOMENTS = ("2026-01-10", "2026-01-11", "2026-01-11T10:00:00", "2026-01-12")


def contents(projection: TradeProjection) -> dict[str, object]:
    """Everything a question can see of a projection, as plain lists."""
    found: dict[str, object] = {
        name: getattr(projection, name).tolist() for name in ("ids", "bureaus", "regions", "dated", "timed")
    }
    for currency, csr in sorted(projection.trade.items()):
        for field in fields(EdgeColumns):
            found[f"{currency}.{field.name}"] = getattr(csr.edges, field.name).tolist()
        for name, array in csr.adjacency._asdict().items():
            found[f"{currency}.{name}"] = np.asarray(array).tolist()
    return found | {"unlinked_reds": projection.unlinked_reds, "batches": projection.batches}


@st.composite
def invoice_batches(draw: st.DrawFn, *, most: int = 4) -> list[WriteBatch]:
    """Up to `most` batches over four firms and eight invoices: new, changed, void, red, reversed, merged, ended."""
    count, owners = draw(st.integers(1, most)), {firm: firm for firm in FIRMS}
    return [_first(), *(_changed(draw, f"b{number}", owners) for number in range(count))]


def _first() -> WriteBatch:
    graph = Draft()
    for firm in FIRMS:
        graph.firm(firm, bureau="11" if firm < "C" else "22", region="110000")
    return graph.batch("firms")


def _changed(draw: st.DrawFn, name: str, owners: dict[str, str]) -> WriteBatch:
    """One more batch. `owners`: the taxpayer that each firm's party is by now; a party is one taxpayer at a time."""
    graph = Draft()
    ended = draw(st.sets(st.sampled_from(INVOICES), max_size=1))
    for invoice in sorted(draw(st.sets(st.sampled_from(INVOICES), min_size=1, max_size=5)) - ended):
        _invoice(draw, graph, invoice)
    pairs = draw(st.sets(st.tuples(st.sampled_from(INVOICES), st.sampled_from(INVOICES)), max_size=2))
    for red, blue in sorted(pairs):
        graph.link("REVERSES", red, blue, basis="declared")
    for invoice in sorted(ended):
        graph.end("Invoice", invoice)
    if draw(st.booleans()):
        firm, into = draw(st.sampled_from(FIRMS)), draw(st.sampled_from(FIRMS))
        graph.end("PARTY_OF", f"no:{firm}", owners[firm]).link("PARTY_OF", f"no:{firm}", into)
        owners[firm] = into
    return graph.batch(name)


def _invoice(draw: st.DrawFn, graph: Draft, invoice: str) -> None:
    red = draw(st.integers(0, 3)) == 0
    moment = draw(st.sampled_from(MOMENTS))
    graph.invoice(
        invoice,
        seller=draw(st.sampled_from((*FIRMS, None))),
        buyer=draw(st.sampled_from(FIRMS)),
        on=moment,
        issued_precision="second" if "T" in moment else "day",
        net_cents=draw(st.sampled_from((100, 250, 400))) * (-1 if red else 1),
        red=red,
        status=draw(st.sampled_from(("normal", "normal", "void"))),
        currency=draw(st.sampled_from(("CNY", "CNY", "EUR"))),
    )
