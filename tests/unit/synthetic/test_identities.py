"""Synthetic identities: the shares that were asked for, look-alikes that are alike, the same tables twice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stdnum.cn import uscc

from graph.errors import SettingsError
from loaders.synthetic.identities.draw import Identities, identities
from loaders.synthetic.identities.lookalikes import KINDS
from loaders.synthetic.identities.noise import edited
from loaders.synthetic.identities.plan import IdentityPlan
from loaders.synthetic.identities.writing import write_identities
from tests.support.edit_distance import edit_distance

SIZE = 10_000


@cache
def drawn(seed: int = 5) -> Identities:
    return identities(IdentityPlan(SIZE, seed))


def rows() -> pd.DataFrame:
    return drawn().registrations.to_pandas().merge(drawn().truth.to_pandas(), on="id")


def test_the_same_plan_writes_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    paths = write_identities(IdentityPlan(SIZE, 5), tmp_path)
    assert all(pq.read_table(path).equals(getattr(drawn(), name)) for name, path in paths.items())
    assert not drawn(6).registrations.equals(drawn().registrations)


def test_eighteen_in_a_hundred_registrations_are_further_ones_and_two_look_alike() -> None:
    found = rows()
    assert len(found) == SIZE
    assert found["taxpayer"].nunique() == SIZE * 82 // 100
    first = found.drop_duplicates("taxpayer")
    assert (first["lookalike"] != "").sum() == SIZE * 2 // 100
    assert set(first["lookalike"]) == {"", *KINDS}


def test_codes_have_right_check_digits_and_belong_to_one_taxpayer_each() -> None:
    coded = rows().dropna(subset="uscc")
    assert all(uscc.is_valid(code) for code in coded["uscc"])
    assert not coded.drop_duplicates(["uscc", "taxpayer"])["uscc"].duplicated().any()


def test_a_former_number_is_told_of_or_holds_the_organisation_code_or_tells_nothing() -> None:
    found = rows()
    code = found.dropna(subset="uscc").drop_duplicates("taxpayer").set_index("taxpayer")["uscc"]
    old = found[found["uscc"].isna() & found["tax_number"].notna() & found["taxpayer"].isin(code.index)]
    holds = old["tax_number"].str[6:] == old["taxpayer"].map(code).str[8:17]
    told = drawn().changes.to_pandas().query("item == 'tax_number'")
    is_told = old["tax_number"].isin(told["old_value"])
    assert not (holds & is_told).any()
    assert holds.sum() == pytest.approx(0.03 * SIZE, rel=0.15)
    assert is_told.sum() == pytest.approx(0.04 * SIZE, rel=0.15)
    assert (~holds & ~is_told).sum() == pytest.approx(0.06 * SIZE, rel=0.15)


def test_look_alikes_share_what_their_kind_says_with_their_host() -> None:
    found = rows().drop_duplicates("taxpayer").set_index("taxpayer")
    alike = found[found["host"] >= 0]
    host = found.loc[alike["host"]].set_index(alike.index)
    same = {name: (alike[name] == host[name]).groupby(alike["lookalike"]).mean() for name in ("phone", "address")}
    assert same["phone"]["father_and_son"] > 0.9
    assert same["address"]["father_and_son"] > 0.9
    assert 0.5 < same["phone"]["one_person"] < 0.8
    surname = alike["legal_representative"].str[0] == host["legal_representative"].str[0]
    assert surname[alike["lookalike"] == "father_and_son"].mean() > 0.9
    person = (alike["legal_representative"] == host["legal_representative"])[alike["lookalike"] == "father_and_son"]
    assert not person.any()


def test_firms_of_an_agent_share_one_telephone_fifty_at_a_time() -> None:
    big = identities(IdentityPlan(50_000, 3))
    found = big.registrations.to_pandas().merge(big.truth.to_pandas(), on="id").drop_duplicates("taxpayer")
    agents = found[found["lookalike"] == "agent"].dropna(subset="phone")
    assert agents["phone"].value_counts().max() in range(45, 51)


def test_an_edited_text_is_another_one_within_so_many_edits() -> None:
    names = drawn().registrations["name"].combine_chunks()
    edits = np.arange(len(names)) % 3
    changed = edited(names, edits, np.random.default_rng(1)).to_pylist()
    distance = np.array([edit_distance(str(a), str(b)) for a, b in zip(names.to_pylist(), changed, strict=True)])
    assert not distance[edits == 0].any()
    assert (distance[edits == 1] == 1).all()
    assert distance.max() <= 3  # neighbours that are swapped and then parted count three
    assert (distance[edits == 2] == 2).mean() > 0.8


def test_nothing_is_edited_where_nothing_is_due() -> None:
    names = pa.array(["恒源有限公司", None])
    assert edited(names, np.array([0, 0]), np.random.default_rng(1)).equals(names)


def test_too_few_registrations_are_refused() -> None:
    with pytest.raises(SettingsError) as refusal:
        IdentityPlan(999, 1)
    assert refusal.value.code == "settings.synthetic"
