"""The picture of a trace: every taxpayer once, value from left to right, text escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from api.commands.picture import draw_trace

SVG = "{http://www.w3.org/2000/svg}"


def node(key: str, hop: int, **own: Any) -> dict[str, Any]:
    values = {"name": f"公司{key}", "hidden": False, "carried_cents": 100, "share": 500_000}
    return {"id": key, "hop": hop, **values, **own}


def edge(seller: str, buyer: str) -> dict[str, Any]:
    return {"seller": seller, "buyer": buyer, "carried_cents": 100}


def drawn(
    path: Path, *, direction: str = "down", nodes: list[dict[str, Any]], edges: list[dict[str, Any]]
) -> ET.Element:
    answer = {
        "nodes": nodes,
        "edges": edges,
        "currency": "CNY",
        "start_cents": 100,
        "truncated": False,
        "options": {"direction": direction, "method": "haircut"},
    }
    draw_trace(answer, path)
    return ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - written by ourselves a line above


def left_edges(picture: ET.Element) -> list[int]:
    return [int(box.get("x", "")) for box in picture.iter(f"{SVG}rect") if box.get("class")]


def test_value_flows_from_left_to_right_in_both_directions(tmp_path: Path) -> None:
    nodes, edges = [node("A", 0), node("B", 1)], [edge("A", "B")]
    down = left_edges(drawn(tmp_path / "a.svg", nodes=nodes, edges=edges))
    up = left_edges(drawn(tmp_path / "b.svg", direction="up", nodes=nodes, edges=[edge("B", "A")]))
    assert down == sorted(down)
    assert up == sorted(up, reverse=True)


def test_a_name_is_escaped(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "a.svg", nodes=[node("A", 0, name="<b>&\"'")], edges=[])
    assert "<b>&\"'" in "".join(picture.itertext())


def test_invoices_of_one_pair_are_one_line(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "a.svg", nodes=[node("A", 0), node("B", 1)], edges=[edge("A", "B"), edge("A", "B")])
    assert len(list(picture.iter(f"{SVG}path"))) == 1


def test_what_is_not_drawn_is_said(tmp_path: Path) -> None:
    many = [node("A", 0), *(node(f"B{n:02}", 1) for n in range(45))]
    picture = drawn(tmp_path / "a.svg", nodes=many, edges=[])
    assert "5 taxpayers not drawn" in "".join(picture.itertext())
