"""Batches in any order end where everything at once ends: pairs, rules, refusals, clusters, and what was left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from loaders.resolve.clusters import Clusters, clusters
from loaders.resolve.firms import links_of
from loaders.resolve.linkage.scoring import Scored, score, score_more
from tests.support.registrations import CODES, country, prepared, small_model

SIZE, BATCHES = 2_000, 10
# Small blocks, so that batches make some too large.
MODEL = replace(small_model(), block=2)


def tables(scored: Scored) -> dict[str, pa.Table]:
    return {name: getattr(scored, name) for name in scored.__slots__}


def clustered(scored: Scored) -> Clusters:
    return clusters(scored.identifiers, links_of(scored))


@pytest.mark.parametrize("seed", range(3))
def test_ten_shuffled_batches_end_where_all_at_once_end(seed: int) -> None:
    fields = country(SIZE, 30 + seed)[1]
    order = np.random.default_rng(seed).permutation(SIZE)
    parts = [fields.take(order[k::BATCHES]) for k in range(BATCHES)]
    known, said = parts[0], score(parts[0], MODEL)
    for part in parts[1:]:
        known, said = pa.concat_tables([known, part]), score_more(known, said, part, MODEL)
    everything = score(fields, MODEL)
    assert everything.oversized.num_rows > 0
    for name, table in tables(said).items():
        assert table.equals(getattr(everything, name)), name
    found, whole = clustered(said), clustered(everything)
    assert found.members.equals(whole.members)
    assert found.refused.equals(whole.refused)


def test_registrations_that_come_again_take_the_place_of_the_former_ones() -> None:
    _, fields = country(SIZE, 33)
    order = np.random.default_rng(5).permutation(SIZE)
    first, changed = fields.take(order[:1_900]), fields.take(order[1_400:])
    # As they were before: some fields of another registration.
    mixed = first.to_pydict()
    for name in ("phone", "address", "stem", "sound", "organisation"):
        mixed[name] = [
            mixed[name][(k + 17) % len(order[:1_900])] if k >= 1_400 else v for k, v in enumerate(mixed[name])
        ]
    former = pa.table(mixed, schema=fields.schema)
    said = score_more(former, score(former, MODEL), changed, MODEL)
    for name, table in tables(said).items():
        assert table.equals(getattr(score(fields, MODEL), name)), name


def test_a_value_that_a_batch_makes_shared_is_weighed_again_for_those_who_were_there() -> None:
    firm = {"name": "南京恒源商贸有限公司", "phone": "13912345678", "legal_representative": "欧阳建国"}
    known = prepared({**firm, "uscc": CODES["A"]}, {**firm, "tax_number": "320102600123456"})
    clients = [{"id": f"z{k}", "name": f"南京{k}号物流有限公司", "phone": firm["phone"]} for k in range(6)]
    batch = prepared(*clients)
    before = score(known, small_model())
    now = score_more(known, before, batch, small_model())
    assert now.pairs["weight"][0].as_py() < before.pairs["weight"][0].as_py()
    assert now.pairs.equals(score(pa.concat_tables([known, batch]), small_model()).pairs)
