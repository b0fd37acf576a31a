"""The table of problems: every family of errors has a status and an exit code; foreign faults say nothing."""

from __future__ import annotations

import logging

import pytest

from api.problems import INTERNAL, described, exit_code, http_status, problem_of
from graph.errors import (
    AccessError,
    DataError,
    LimitError,
    NotFoundError,
    QueryError,
    SettingsError,
    StoreBusyError,
    StoreError,
    TaxgraphError,
    WorkError,
)

CASES: list[tuple[TaxgraphError, int, int]] = [
    (SettingsError("s", code="settings.value"), 500, 3),
    (DataError("d", code="data.columns"), 422, 4),
    (StoreError("s", code="store.owned"), 503, 5),
    (StoreBusyError("b"), 503, 5),
    (QueryError("q", code="query.cursor"), 400, 2),
    (WorkError("w", code="work.transition"), 409, 9),
    (LimitError("l", code="limit.page"), 413, 6),
    (LimitError("l", code="limit.busy"), 429, 6),
    (LimitError("l", code="limit.time"), 503, 6),
    (AccessError("a", code="access.role"), 403, 7),
    (AccessError("a", code="access.token"), 401, 7),
    (NotFoundError("n", code="not_found.taxpayer"), 404, 8),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda case: getattr(case, "code", case))
def test_each_family_has_its_status_and_exit_code(error: TaxgraphError, status: int, code: int) -> None:
    assert (http_status(error), exit_code(error)) == (status, code)


def test_an_unknown_code_is_an_internal_fault() -> None:
    assert problem_of("queryish.thing") is INTERNAL


def test_an_error_of_ours_is_shown_with_code_facts_and_next_step() -> None:
    shown = described(QueryError("No.", code="query.type", next_step="Ask otherwise.", type="Nothing", rows=3))
    assert shown == {
        "message": "No.",
        "extensions": {
            "code": "query.type",
            "category": "QUERY",
            "retryable": False,
            "facts": {"type": "Nothing", "rows": 3},
            "nextStep": "Ask otherwise.",
        },
    }


def test_a_foreign_fault_shows_a_reference_and_neither_log_nor_answer_quotes_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        shown = described(ValueError("the tax number 91350100M000100Y43"))
    assert shown["extensions"]["reference"] in caplog.text
    assert "91350100M000100Y43" not in caplog.text + str(shown)
    assert exit_code(ValueError()) == 1
