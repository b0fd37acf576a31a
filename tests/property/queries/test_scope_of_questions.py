"""What lies outside a scope leaves no trace in any answer, and changes none."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import WriteBatch
from tests.support.scopes import every_answer, their_own_facts, two_cities
from tests.support.thorough import examples

HIDDEN = re.compile(r'secret|tp-b\d|no:b\d|"b\d"|Firm b\d')
SLOW = settings(
    max_examples=examples(10, 4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _store(folder: str) -> DuckdbStore:
    store = DuckdbStore.open(Path(folder) / "graph.duckdb")
    store.ensure_schema()
    return store


def _text(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, default=str)


@SLOW
@given(two_cities(), their_own_facts())
def test_no_answer_names_or_counts_what_lies_outside_the_scope(base: WriteBatch, theirs: WriteBatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = _store(folder)
        store.write(base)
        before = every_answer(store)
        store.write(theirs)
        after = every_answer(store)
        store.close()
    for name, answer in before.items():
        assert after[name] == answer, name
        assert not HIDDEN.search(_text(answer)), (name, _text(answer))


@settings(SLOW, max_examples=1)
@given(two_cities())
def test_the_other_city_answers_like_what_does_not_exist(base: WriteBatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = _store(folder)
        store.write(base)
        answers = every_answer(store)
        store.close()
    assert answers["trace b0 down"] == answers["trace nobody down"]
    assert answers["household b0"]["error"] == "not_found.taxpayer"
    assert answers["person secret-p2"]["error"] == "not_found.person"
    assert answers["loop secret-t0"]["error"] == "not_found.task"
    for firm in ("a0", "a1"):
        assert answers[f"household {firm}"]["header"]["id"] == firm
