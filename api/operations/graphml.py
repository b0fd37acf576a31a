"""Who trades with whom and who controls whom, as GraphML (graphml.graphdrawing.org) for Gephi, yEd and NetworkX.

Nodes: taxpayers and persons. Edges: net trade from seller to buyer (number and sum of invoices, by currency), and
control relationships as they hold or held.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import pyarrow as pa

from api.operations import markup
from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.store.projecting import TradeProjection

CONTROL: Final = (
    "LEGAL_REPRESENTATIVE_OF",
    "FINANCE_OFFICER_OF",
    "TAX_HANDLER_OF",
    "INVOICE_COLLECTOR_OF",
    "AGENT_OF",
    "HOLDS_SHARE",
    "CONTROLS",
    "RELATED_TO",
    "BRANCH_OF",
)
_NODE_KEYS: Final = {"type": "string", "label": "string", "region": "string", "bureau": "string", "status": "string"}
_EDGE_KEYS: Final = {
    "kind": "string",
    "invoices": "long",
    "net_cents": "long",
    "currency": "string",
    "ratio": "long",
    "valid_from": "string",
    "valid_to": "string",
}
Values = dict[str, Any]


def write_graphml(context: OperationContext, out: Path) -> Answer:
    """Write the file; counts of nodes and edges."""
    out.parent.mkdir(parents=True, exist_ok=True)
    nodes = edges = 0
    with out.open("w", encoding="utf-8") as file:
        _head(file)
        for key, values in _nodes(context):
            _element(file, "node", values, {"id": key})
            nodes += 1
        for source, target, values in _edges(context):
            _element(file, "edge", values, {"id": f"e{edges}", "source": source, "target": target})
            edges += 1
        markup.line(file, "</graph>", depth=1)
        markup.line(file, "</graphml>")
    return {"nodes": nodes, "edges": edges}


def _head(file: TextIO) -> None:
    markup.line(file, '<?xml version="1.0" encoding="UTF-8"?>')
    markup.line(file, markup.start("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"}))
    for place, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for name, kind in keys.items():
            attributes = {"id": _key(place, name), "for": place, "attr.name": name, "attr.type": kind}
            markup.line(file, markup.empty("key", attributes), depth=1)
    markup.line(file, markup.start("graph", {"id": "taxgraph", "edgedefault": "directed"}), depth=1)


def _key(place: str, name: str) -> str:
    return f"{place[0]}_{name}"


def _element(file: TextIO, kind: str, values: Values, attributes: dict[str, str]) -> None:
    markup.line(file, markup.start(kind, attributes), depth=2)
    for name, value in values.items():
        if value is not None:
            data = f"{markup.start('data', {'key': _key(kind, name)})}{markup.text(value)}</data>"
            markup.line(file, data, depth=3)
    markup.line(file, f"</{kind}>", depth=2)


def _nodes(context: OperationContext) -> Iterator[tuple[str, Values]]:
    names = ("id", "name", "region", "bureau", "status")
    taxpayers = context.store.export("Taxpayer").select(list(names)).sort_by("id")
    for batch in taxpayers.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            shown = {"region": row["region"], "bureau": row["bureau"], "status": row["status"]}
            yield f"t:{row['id']}", {"type": "Taxpayer", "label": row["name"] or row["id"], **shown}
    people = context.store.export("Person").select(["id", "name", "region"]).sort_by("id")
    for row in people.to_pylist():
        yield f"p:{row['id']}", {"type": "Person", "label": row["name"] or row["id"], "region": row["region"]}


def _edges(context: OperationContext) -> Iterator[tuple[str, str, Values]]:
    yield from _trade(context.projection())
    known = {f"t:{each}" for each in context.store.export("Taxpayer")["id"].to_pylist()}
    known |= {f"p:{each}" for each in context.store.export("Person")["id"].to_pylist()}
    parties = context.store.parties()
    taxpayer_of: dict[Any, Any] = dict(
        zip(parties["party_id"].to_pylist(), parties["taxpayer_id"].to_pylist(), strict=True)
    )
    for name in CONTROL:
        for row in _sorted(context.store.export(name)):
            ends = [_end(row[f"{side}_type"], row[f"{side}_id"], taxpayer_of) for side in ("from", "to")]
            # An end that no row describes, or a stub of another store, is no node of this file.
            if all(end in known for end in ends):
                yield ends[0], ends[1], {"kind": name, **{key: row.get(key) for key in _DATED}}


_DATED: Final = ("ratio", "valid_from", "valid_to")


def _sorted(table: pa.Table) -> list[Values]:
    keys = [name for name in ("from_type", "from_id", "to_type", "to_id", "valid_from") if name in table.column_names]
    return table.sort_by([(name, "ascending") for name in keys]).to_pylist()


def _end(type_name: str, key: str, taxpayer_of: dict[Any, Any]) -> str:
    return f"p:{key}" if type_name == "Person" else f"t:{taxpayer_of.get(key, key)}"


def _trade(projection: TradeProjection) -> Iterator[tuple[str, str, Values]]:
    """One edge for each seller, buyer and currency, in order of ids."""
    for currency in sorted(projection.trade):
        edges = projection.trade[currency].edges
        pairs = edges.seller.astype(np.int64) << 32 | edges.buyer
        unique, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
        cents = np.zeros(len(unique), np.int64)
        np.add.at(cents, place, edges.amount_cents)
        for pair, count, net in zip(unique.tolist(), counts.tolist(), cents.tolist(), strict=True):
            values = {"kind": "TRADE", "invoices": count, "net_cents": net, "currency": currency}
            yield f"t:{projection.id(pair >> 32)}", f"t:{projection.id(pair & 0xFFFF_FFFF)}", values
