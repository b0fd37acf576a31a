"""The page about work: a line for each goal that was measured, no more."""

from tests.benchmarks.work.__main__ import STEPS
from tests.benchmarks.work.page import GOALS, page
from tests.benchmarks.work.sizes import SIZES


def test_a_goal_has_a_line_once_it_is_measured() -> None:
    facts = {"loop.p95": 0.05, "loop.cpu.p95": 0.04}
    text = page(facts, SIZES["small"], on="2026-01-01", machine_text="a machine")
    (line,) = [each for each in text.splitlines() if each.startswith("| loop")]
    assert line == "| loop of 1,000 tasks, p95 | 50 ms | 40 ms | 0.10 s | 0.50 |"
    assert "responsibility" not in text
    assert "Gaps" not in text


def test_every_goal_is_of_a_step() -> None:
    assert {goal.wall.partition(".")[0] for goal in GOALS} <= set(STEPS)
