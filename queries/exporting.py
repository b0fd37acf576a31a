"""Answers to take away: a graph as GraphML, JSON, CSV, Parquet or pandas, a table as CSV or Parquet. Called by api."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # writing only: what is read goes through defusedxml

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from graph.errors import QueryError
from graph.spreadsheets import defused
from queries.results import GraphPayload, plain

if TYPE_CHECKING:  # heavy, and only named here
    import pandas as pd

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
FORMATS = ("csv", "parquet", "graphml", "json")
_CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}  # XML 1.0 has no place for these


def write_payload(payload: GraphPayload, out: Path) -> tuple[Path, ...]:
    """Write a graph in the format of the name's ending; the files written.

    `.graphml` and `.json` are one file; `.csv` and `.parquet` are two, `<name>.nodes.<ending>` and `<name>.edges.…`.

    Raises:
        QueryError: `query.format` for another ending.
    """
    ending = out.suffix.removeprefix(".").lower()
    if ending == "graphml":
        write_graphml(payload, out)
        return (out,)
    if ending == "json":
        write_json(payload, out)
        return (out,)
    files = (out.with_suffix(f".nodes.{ending}"), out.with_suffix(f".edges.{ending}"))
    write_table(payload.nodes, files[0])
    write_table(payload.edges, files[1])
    return files


def write_json(payload: GraphPayload, out: Path) -> None:
    """Write a graph as one JSON document of two lists of objects, times as ISO text."""
    document = {name: getattr(payload, name).to_pylist() for name in ("nodes", "edges")}
    out.write_text(json.dumps(plain(document), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def frames(payload: GraphPayload) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A graph as two pandas frames, nodes and edges, for notebooks."""
    return payload.nodes.to_pandas(), payload.edges.to_pandas()


def write_table(table: pa.Table, out: Path) -> None:
    """Write a table as CSV (UTF-8 with a header) or Parquet, by the name's ending.

    A CSV field that a spreadsheet would run as a formula gets an apostrophe before it; see `graph.spreadsheets`.

    Raises:
        QueryError: `query.format` for another ending.
    """
    if out.suffix.lower() == ".parquet":
        pyarrow.parquet.write_table(table, out)
    elif out.suffix.lower() == ".csv":
        pyarrow.csv.write_csv(defused(table), out)
    else:
        raise QueryError(
            "There is no such export format.", code="query.format", next_step=f"End the name in {', '.join(FORMATS)}."
        )


def write_graphml(payload: GraphPayload, out: Path) -> None:
    """Write a graph as GraphML with every column as a typed attribute."""
    root = ET.Element("graphml", xmlns=NAMESPACE)
    node_keys = _keys(root, payload.nodes, "node", left_out=("id",))
    edge_keys = _keys(root, payload.edges, "edge", left_out=("id", "source", "target"))
    graph = ET.SubElement(root, "graph", id="answer", edgedefault="directed")
    _elements(graph, payload.nodes, "node", ("id",), node_keys)
    _elements(graph, payload.edges, "edge", ("id", "source", "target"), edge_keys)
    ET.indent(root)
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)


def _keys(root: ET.Element, table: pa.Table, domain: str, *, left_out: Iterable[str]) -> dict[str, str]:
    """Declare the attributes of nodes or edges; column → key."""
    keys = {}
    for number, field in enumerate(field for field in table.schema if field.name not in left_out):
        keys[field.name] = f"{domain}{number}"
        declared = {"id": keys[field.name], "for": domain, "attr.name": field.name, "attr.type": _type(field.type)}
        ET.SubElement(root, "key", declared)
    return keys


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    return "long" if pa.types.is_integer(kind) else "string"


def _elements(graph: ET.Element, table: pa.Table, name: str, attributes: tuple[str, ...], keys: dict[str, str]) -> None:
    for row in table.to_pylist():
        element = ET.SubElement(graph, name, {attribute: _text(row[attribute]) for attribute in attributes})
        for column, key in keys.items():
            if row[column] is not None:
                ET.SubElement(element, "data", key=key).text = _text(row[column])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).translate(_CONTROL)
