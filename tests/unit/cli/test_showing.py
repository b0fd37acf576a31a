"""What a terminal shows: exact amounts, and nothing of the data that could steer it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from api.commands.showing import amount, cut_note, error_panel, share, table, text
from api.operations.errors import error_from, error_json
from api.problems import exit_code
from graph.errors import DataError


def printed(shown: Any) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("cents", "currency", "wanted"),
    [(123_456, "CNY", "1,234.56"), (-5, "CNY", "-0.05"), (1234, "JPY", "1,234"), (1234, "KWD", "1.234")],
)
def test_an_amount_has_the_decimals_of_its_currency(cents: int, currency: str, wanted: str) -> None:
    assert amount(cents, currency).plain == wanted


@pytest.mark.parametrize(
    ("millionths", "wanted"), [(1_000_000, "100.0 %"), (-65, "0.0 %"), (-28_000, "-2.8 %"), (971_186, "97.1 %")]
)
def test_a_share_is_a_percentage_with_one_decimal(millionths: int, wanted: str) -> None:
    assert share(millionths).plain == wanted


def test_markup_in_a_name_is_text() -> None:
    assert "[red]甲[/red]" in printed(table("", {"name": "left"}, [("[red]甲[/red]",)]))


def test_a_name_cannot_steer_the_terminal() -> None:
    assert text("a\x1b[2Jb\nc").plain == "a□[2Jb□c"


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    assert "3 more rows" in printed(table("", {"n": "right"}, [(n,) for n in range(8)], shown=5))


def test_a_cut_answer_says_so() -> None:
    note = cut_note([{"part": "rings", "limit": "rows", "dropped": 4}])
    assert note is not None
    assert note.plain == "Not complete: rings cut by rows, 4 left out."
    assert cut_note([]) is None


def test_an_error_panel_says_what_where_and_what_to_do() -> None:
    error = DataError("The file breaks off.", code="data.file", next_step="Copy it again.", file="a.csv", row=3)
    shown = printed(error_panel(error_json(error)))
    for part in ("data.file", "The file breaks off.", "file=a.csv, row=3", "Next step: Copy it again."):
        assert part in shown


def test_an_error_comes_back_over_http_as_it_was() -> None:
    error = DataError("The file breaks off.", code="data.file", next_step="Copy it again.", row=3)
    back = error_from(error_json(error))
    assert error_json(back) == error_json(error)
    assert exit_code(back) == exit_code(error)


def test_a_fault_of_ours_shows_a_reference_and_nothing_else() -> None:
    shown = error_json(RuntimeError("身份证 110101199003070000"))
    assert "1101" not in str(shown)
    assert shown["facts"]["reference"]
