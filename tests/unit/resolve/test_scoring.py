"""Weighed pairs: what joins two registrations without a common number, and what does not however much it agrees."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import SettingsError
from loaders.resolve.linkage.model import Model, read_model
from loaders.resolve.linkage.scoring import score
from loaders.resolve.linkage.training import train
from tests.support.registrations import CODES, country, prepared, small_model

FIRM = {
    "name": "南京恒源商贸有限公司",
    "legal_representative": "欧阳建国",
    "phone": "13912345678",
    "address": "南京市玄武区人民路12号405室",
}
CODED = {**FIRM, "uscc": CODES["A"]}
OLD = {**FIRM, "tax_number": "320102600123456"}


def verdicts(*rows: dict[str, Any], changes: Any = ()) -> dict[str, str]:
    found = score(prepared(*rows, changes=changes), small_model())
    return {row["left"] + row["right"]: row["verdict"] for row in found.pairs.to_pylist()}


@pytest.mark.parametrize(
    "differs",
    [
        {},
        {"name": "恒源商贸有限责任公司"},
        {"name": "南京横源商贸有限公司"},
        {"name": "南京恒源商贸有限公"},
        {"phone": None},
        {"address": "深圳市南山区科技园路3号", "phone": "13800000000"},
        {"legal_representative": "王秀英"},
    ],
)
def test_one_firm_whose_evidence_differs_a_little_is_one(differs: dict[str, Any]) -> None:
    assert verdicts(CODED, {**OLD, **differs}) == {"ab": "same"}


@pytest.mark.parametrize(
    "name",
    [
        "南京恒源建材有限公司",  # another trade
        "南京恒源商贸商行",  # another form
        "南京恒源二商贸有限公司",  # a second firm
        "南京鑫泰商贸有限公司",  # another brand
        "南京恒泰商贸有限公司",
        "深圳恒源商贸有限公司",  # another city
        "南京瑞丰物流有限公司",
    ],
)
def test_two_firms_of_one_person_in_one_house_stay_two(name: str) -> None:
    assert verdicts(CODED, {**OLD, "name": name, "representative_key": "pe1"}).get("ab") != "same"


def test_a_branch_is_not_compared_with_its_head_office() -> None:
    assert verdicts(CODED, {**OLD, "name": "南京恒源商贸有限公司苏州分公司"}) == {}


def test_two_codes_are_not_compared() -> None:
    assert verdicts(CODED, {**FIRM, "uscc": CODES["B"]}) == {}


def test_a_name_alone_makes_nobody_one() -> None:
    stranger = {"legal_representative": "王秀英", "phone": "13800000000", "address": "深圳市南山区科技园路3号"}
    assert verdicts(CODED, {**OLD, **stranger}).get("ab") != "same"


def test_a_recorded_former_name_is_a_name() -> None:
    renamed = {**OLD, "name": "南京瑞丰物流有限公司"}
    assert verdicts(CODED, renamed)["ab"] == "review"
    assert verdicts(CODED, renamed, changes=(("a", "name", "南京瑞丰物流有限公司", FIRM["name"]),)) == {"ab": "same"}


def test_a_telephone_of_many_firms_tells_less() -> None:
    agent = [{"name": f"南京{brand}物流有限公司", "phone": FIRM["phone"], "uscc": None} for brand in "甲乙丙丁戊己"]
    alone, shared = (
        score(prepared({**CODED, "address": None}, {**OLD, "address": None}, *others), small_model()).pairs
        for others in ([], agent)
    )
    assert shared["weight"][0].as_py() < alone["weight"][0].as_py()


def test_too_large_blocks_are_left_out_and_told_of_without_the_value() -> None:
    rows = [{"name": f"南京{brand}物流有限公司", "phone": FIRM["phone"], "region": "320102"} for brand in "甲乙丙丁戊"]
    fields = prepared(*rows)
    model = Model(**{**small_model_parts(), "block": 4})
    assert score(fields, model).oversized.to_pylist() == [{"block": "phone", "rows": 5, "pairs": 10, "example": "a"}]
    cities = [*rows[:4], {**rows[4], "region": "440305"}]
    assert score(prepared(*cities), model).oversized.num_rows == 0


@cache
def small_model_parts() -> dict[str, Any]:
    model = small_model()
    return {name: getattr(model, name) for name in model.__slots__}


def test_training_twice_gives_one_model_and_a_file_keeps_it(tmp_path: Path) -> None:
    model = small_model()
    assert train(country(4_000, 21)[1], seed=3, pairs=100_000).digest == model.digest
    model.write(tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == model


def test_the_order_of_rows_does_not_change_a_model() -> None:
    fields = country(4_000, 21)[1]
    assert train(fields.take(pa.array(range(fields.num_rows))[::-1]), seed=3, pairs=100_000) == small_model()


@pytest.mark.parametrize(
    "change", [('"link": 1.0', '"link": 9.0'), ('"version": 1', '"version": 2'), ("{", "["), ("phone", "fax")]
)
def test_an_altered_model_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    file = tmp_path / "model.json"
    small_model().write(file)
    file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        read_model(file)
    assert refusal.value.code == "settings.identity_model"


def test_the_shipped_model_is_read_and_its_levels_grow_weaker_downwards() -> None:
    model = read_model()
    for field in ("phone", "address"):
        own, few, many = (model.weight(field, f"same, {who}") for who in ("its own", "shared by few", "shared by many"))
        assert own > max(few, many)
        assert model.weight(field, "different") < 0


def test_a_model_that_is_not_there_is_named_in_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_model(tmp_path / "missing.json")
    assert caught.value.code == "settings.identity_model"
