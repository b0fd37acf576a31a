"""The report on a store's identities: what it counts, the sample it draws, what labels of it tell; on both stores."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pandas as pd
import pytest

from api.operations.context import OperationContext
from api.operations.identity_quality import identity_report
from api.operations.local import LocalProjections
from graph.errors import DataError, QueryError
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions
from tests.support.batches import KEY
from tests.support.registrations import country, small_model

SIZE, SEED = 1_000, 14
COLUMNS = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")


@pytest.fixture
def context(store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationContext:
    """A store that holds a small country, resolved by a model."""
    path = tmp_path / "model.json"
    small_model().write(path)
    monkeypatch.setenv("TAXGRAPH_IDENTITY_MODEL", str(path))
    told = country(SIZE, SEED)[0].registrations.to_pylist()
    rows = [{"id": f"R{place}", **{name: row[name] for name in COLUMNS}} for place, row in enumerate(told)]
    frame = pd.DataFrame(rows, dtype="object")
    load_frames(store, {"taxpayers": frame}, options=LoadOptions(hmac_key=KEY))
    return OperationContext(store, LocalProjections(store))


def firms() -> dict[str, int]:
    """The truth by key of the registration."""
    drawn = country(SIZE, SEED)[0]
    of = {row["id"]: row["taxpayer"] for row in drawn.truth.to_pylist()}
    return {f"canonical:R{place}": of[row["id"]] for place, row in enumerate(drawn.registrations.to_pylist())}


def label(path: Path) -> None:
    """Fill in a sample as somebody who knows would."""
    truth = firms()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("left", "right", "label"))
        for row in rows:
            same = truth[row["left"]] == truth[row["right"]]
            writer.writerow((row["left"], row["right"], "same" if same else "different"))


def test_the_report_counts_what_the_graph_holds_and_a_labelled_sample_judges_it(
    context: OperationContext, tmp_path: Path
) -> None:
    out = tmp_path / "quality"
    first = identity_report(context, sample=120, seed="7", out=str(out))
    ends = context.store.export("REGISTERS").to_pylist()
    sizes = Counter(Counter(row["to_id"] for row in ends).values())
    assert {row["registrations"]: row["taxpayers"] for row in first["sizes"]} == dict(sizes)
    assert {row["rule"]: row["registrations"] for row in first["matched_by"]} == Counter(row["rule"] for row in ends)
    joined = sum(size * (size - 1) // 2 * count for size, count in sizes.items())
    assert sum(row["pairs"] for row in first["strata"] if row["joined"]) == joined
    assert (first["precision"], first["recall"], first["labels"]["placed"]) == (None, None, 0)
    assert first["resolved_by"] == f"kept scores of model {small_model().digest}"
    assert (first["loads_weigh"], first["next_load_resolves_anew"]) == (True, False)
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["strata"] == first["strata"]
    for name in ("sizes.svg", "strata.svg"):
        texts = [each.text for each in fromstring((out / name).read_text(encoding="utf-8")).iter()]  # noqa: S314 - ours
        assert any("log" in str(text) for text in texts)
    label(out / "sample.csv")
    judged = identity_report(context, labels=str(out / "sample.csv"))
    assert judged["labels"] == {"placed": 120, "never_compared": 0, "never_compared_same": 0, "unknown": 0}
    for found in (judged["precision"], judged["recall"]):
        assert 0 < found["low"] <= found["estimate"] <= found["high"] <= 1_000_000
        assert found["covers"] == 1_000_000
    assert judged["precision"]["estimate"] > 900_000


def test_another_model_in_the_settings_is_told(context: OperationContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAXGRAPH_IDENTITY_MODEL")
    told: dict[str, Any] = identity_report(context)
    assert (told["loads_weigh"], told["next_load_resolves_anew"]) == (False, True)


def test_nothing_is_written_over_and_a_sample_needs_a_place(context: OperationContext, tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text("left,right,label\n", encoding="utf-8")
    for asked in ({"out": str(tmp_path)}, {"sample": 5}, {"sample": 0, "out": str(tmp_path / "new")}):
        with pytest.raises(QueryError):
            identity_report(context, **asked)
    with pytest.raises(DataError, match="holds no labels"):
        identity_report(context, labels=str(tmp_path / "nothing.csv"))
