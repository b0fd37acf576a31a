"""Responsibility over intervals is responsibility day by day, as a slow reference finds it."""

import tempfile
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.store.duckdb_store import DuckdbStore
from queries.organisation.days import NEVER, Span, common, span, united, without
from queries.organisation.lines import Responsible
from queries.organisation.moves import responsibility_moves
from queries.organisation.responsible import responsible
from tests.support.organisation_reference import DAYS, Answer, Facts, answers_on, organisations
from tests.support.thorough import examples

SLOW = settings(
    max_examples=examples(25, 10),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SPANS = st.builds(Span, st.integers(0, 12), st.sampled_from((*range(13), NEVER)))
NUMBERS = range(-1, 14)


def told(lines: Iterable[Responsible], day: date) -> list[Answer]:
    return [
        Answer(
            one.officer,
            one.via,
            one.grid or one.bureau or "",
            one.level or 0,
            one.role or one.post or "",
            one.task or "",
            tuple(duty.id for duty in one.duties if span(duty.from_, duty.to).holds(day)),
            one.acting_for or "",
        )
        for one in lines
        if one.days.holds(day)
    ]


@SLOW
@given(organisations())
def test_the_lines_of_any_day_are_those_of_the_reference(facts: Facts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DuckdbStore.open(Path(folder) / "graph.duckdb")
        store.ensure_schema()
        store.write(facts.batch())
        moves = responsibility_moves(store, "A")
        on_days = [responsible(store, "A", on=day) for day in DAYS]
        store.close()
    for day, lines in zip(DAYS, on_days, strict=True):
        expected = answers_on(facts, day)
        assert set(told(lines, day)) == expected, day
        assert len(lines) == len(expected), "each of them once"
        assert all(span(duty.from_, duty.to).holds(day) for one in lines for duty in one.duties), day
        assert sorted(told(moves.lines, day)) == sorted(expected), day
        nobody = any(span(each.from_, each.to).holds(day) for each in moves.nobody)
        assert nobody == (not expected), day


@given(st.lists(SPANS, max_size=6), SPANS)
def test_the_algebra_of_spans_is_that_of_their_days(spans: list[Span], whole: Span) -> None:
    def holding(found: Iterable[Span]) -> set[int]:
        return {day for day in NUMBERS for each in found if each.begin <= day < each.end}

    assert holding(united(spans)) == holding(spans)
    assert holding(without(whole, spans)) == holding([whole]) - holding(spans)
    assert holding([common(whole, *spans)]) == holding([whole]).intersection(*(holding([each]) for each in spans))
    for found in (united(spans), without(whole, spans)):
        assert all(one.end < other.begin for one, other in pairwise(found)), "longest, in order"
