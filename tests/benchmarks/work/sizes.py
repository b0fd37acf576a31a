"""How large the country of a run is, how often it is asked, and how many actions are done at once."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 11
LOOP_TASKS = 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """A country, the number of subjects each question is asked for, and of actions.

    `task_events`: of years of officers' work with planted cases of internal control, beside the country's own.
    """

    name: str
    taxpayers: int
    invoices: int
    days: int
    task_events: int
    asked: int
    actions: int


SIZES = {
    size.name: size
    for size in (
        Size("small", taxpayers=8_000, invoices=4_000, days=120, task_events=20_000, asked=60, actions=100),
        Size(
            "full",
            taxpayers=100_000,
            invoices=200_000,
            days=365,
            task_events=2_000_000,
            asked=300,
            actions=10_000,
        ),
    )
}
