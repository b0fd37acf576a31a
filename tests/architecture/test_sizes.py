"""Small pieces: the sizes that style.md asks for."""

from __future__ import annotations

import statistics

from tests.architecture.tree import PACKAGES, ROOT, functions, python_files

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
# A numba kernel cannot be cut into small calls without a cost in time, and its docstring carries shapes and sources.
LONG_BY_NATURE = ("graph/kernels/",)


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        str(p.relative_to(ROOT)): p.read_text(encoding="utf-8").count("\n") for p in python_files(*PACKAGES, "tests")
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = [
        (str(p.relative_to(ROOT)), name, lines)
        for p in python_files(*PACKAGES, "tests")
        if not str(p.relative_to(ROOT)).startswith(LONG_BY_NATURE)
        for name, lines in functions(p)
        if lines > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_the_median_function_is_about_ten_lines() -> None:
    lengths = [lines for p in python_files(*PACKAGES) for _, lines in functions(p)]
    assert statistics.median(lengths) <= 12
