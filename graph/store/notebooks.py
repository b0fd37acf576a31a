"""Answers as py2neo subgraphs, for notebooks that speak it. Needs the optional extra `py2neo` (end of life: see ADR).

A subgraph is made in memory; `Graph.create` or `Graph.merge` of py2neo writes it where the notebook wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graph.errors import SettingsError

if TYPE_CHECKING:
    import py2neo


def subgraph(nodes: Iterable[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> py2neo.Subgraph:
    """A graph payload's rows as a subgraph: nodes labelled by `type`, relationships named by `type`.

    Args:
        nodes: rows with `id` (becomes the property `id`), `type` and more properties.
        edges: rows with `id`, `type`, `source`, `target` (ids of nodes) and more properties.

    Raises:
        SettingsError: `settings.extra` where py2neo is not installed.
    """
    try:
        import py2neo  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise SettingsError(
            "py2neo is not installed.", code="settings.extra", next_step="Install taxgraph[py2neo]."
        ) from error
    made = {str(row["id"]): py2neo.Node(str(row["type"]), **_properties(row, ("type",))) for row in nodes}
    left_out = ("type", "source", "target")
    links = [
        py2neo.Relationship(
            made[str(row["source"])], str(row["type"]), made[str(row["target"])], **_properties(row, left_out)
        )
        for row in edges
    ]
    return py2neo.Subgraph(made.values(), links)


def _properties(row: Mapping[str, Any], left_out: tuple[str, ...]) -> dict[str, Any]:
    """Values that every server stores: times as ISO text, nothing for null."""
    kept = {name: value for name, value in row.items() if name not in left_out and value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in kept.items()}
