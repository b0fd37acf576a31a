"""JSON form of answers, and answers as files."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from graph.errors import QueryError
from queries.exporting import frames, write_payload, write_table
from queries.results import Cut, GraphPayload, plain
from queries.rings import RingOptions
from queries.trade_graph import money_text


@dataclass(frozen=True, slots=True)
class Answer:
    from_: date
    span: timedelta
    cut: tuple[Cut, ...]


def payload(label: str) -> GraphPayload:
    nodes = pa.table({"id": ["a", "b"], "type": ["Taxpayer"] * 2, "label": [label, None], "hidden": [False, True]})
    return GraphPayload(nodes, pa.table({"id": ["1"], "source": ["a"], "target": ["b"], "amount_cents": [5]}))


def test_an_answer_as_json_says_whether_it_is_truncated() -> None:
    whole = Answer(date(2026, 3, 1), timedelta(days=2), ())
    assert plain(whole) == {"from": "2026-03-01", "span": 172_800, "cut": [], "truncated": False}
    cut = Answer(date(2026, 3, 1), timedelta(0), (Cut("rows", "rows", 3),))
    assert plain(cut)["truncated"] is True


def test_graphml_escapes_what_xml_cannot_carry(tmp_path: Path) -> None:
    write_payload(payload('<贸易 & "Co">\x00\x1f'), tmp_path / "graph.graphml")
    root = ET.parse(tmp_path / "graph.graphml").getroot()  # noqa: S314 - our own file
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert [data.text for data in root.iter(f"{space}data")] == [
        "Taxpayer",
        '<贸易 & "Co">',
        "false",
        "Taxpayer",
        "true",
        "5",
    ]
    assert [key.get("attr.type") for key in root.iter(f"{space}key")] == ["string", "string", "boolean", "long"]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_csv_field_is_never_a_formula(tmp_path: Path, formula: str) -> None:
    write_table(pa.table({"name": [formula], "amount_cents": [-5]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == f'"name","amount_cents"\n"\'{formula}",-5\n'


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [(123_456, "CNY", "1,234.56 CNY"), (-5, "EUR", "-0.05 EUR"), (1500, "JPY", "1,500 JPY"), (1, "KWD", "0.001 KWD")],
)
def test_money_is_written_with_the_decimals_of_its_currency(cents: int, currency: str, text: str) -> None:
    assert money_text(cents, currency) == text


def test_options_that_a_mode_cannot_keep_are_refused() -> None:
    for options in ({"mode": "window", "strict": True}, {"mode": "static", "band": 1}):
        with pytest.raises(QueryError) as refused:
            RingOptions(**options)  # type: ignore[arg-type]  # two option sets of different types
        assert refused.value.code == "query.options"


def test_a_graph_as_frames_and_as_json_holds_the_same_rows(tmp_path: Path) -> None:
    graph = payload("贸易")
    nodes, edges = frames(graph)
    assert nodes["label"].tolist()[0] == "贸易"
    assert edges.to_dict("records") == [{"id": "1", "source": "a", "target": "b", "amount_cents": 5}]
    assert write_payload(graph, tmp_path / "graph.json") == (tmp_path / "graph.json",)
    told = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    assert told == {"nodes": graph.nodes.to_pylist(), "edges": graph.edges.to_pylist()}
