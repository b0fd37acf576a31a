"""Stores as earlier releases left them, kept as small files under `tests/data/stores`.

`two-cities-1`: schema version 1 before the ledger knew withdrawals: the two cities, then a batch that supersedes, ends
and reverses, one setting and one access event. Both engines held the same facts.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from tests.support.neo4j.server import Neo4jConnection

DATA: Final = Path(__file__).parent.parent / "data" / "stores"
DIGEST: Final = "023511963adda1484c4dfa28175fce48a92dd5cf277109e10753510841eb6309"
_KINDS: Final = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "localdatetime": datetime.fromisoformat,
}


def unpacked(folder: Path) -> Path:
    """The embedded file, in a folder."""
    path = folder / "two-cities-1.duckdb"
    path.write_bytes(lzma.decompress((DATA / "two-cities-1.duckdb.xz").read_bytes()))
    return path


def poured(server: Neo4jConnection) -> None:
    """The same store on a server, which must be empty."""
    dump: dict[str, Any] = json.loads(lzma.decompress((DATA / "two-cities-1.neo4j.json.xz").read_bytes()))
    with server.driver() as driver, driver.session() as session:
        for place, (labels, properties) in enumerate(dump["nodes"]):
            named = ":".join(labels)
            session.run(f"CREATE (n:{named}) SET n = $values, n._place = $place", values=_read(properties), place=place)
        for source, target, name, properties in dump["relationships"]:
            session.run(
                "MATCH (a {_place: $source}) MATCH (b {_place: $target}) "
                f"CREATE (a)-[r:{name}]->(b) SET r = $values",
                source=source,
                target=target,
                values=_read(properties),
            )
        session.run("MATCH (n) REMOVE n._place").consume()


def _read(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in properties.items()}


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return _KINDS[kind](text[:26] if kind == "localdatetime" else text)
