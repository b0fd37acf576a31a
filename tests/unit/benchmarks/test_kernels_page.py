"""The page of the kernels and its plot, from made-up facts."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.kernels.page import MISSING, PEERS, ROWS, SENTENCES, curve, page, peers, sentences, table
from tests.benchmarks.kernels.plot import draw_growth
from tests.benchmarks.kernels.sizes import HALF, SIZES, TIERS
from tests.benchmarks.kernels.steps import STEPS, step_named

NAMED = re.compile(r"\{[fsm]\[([\w.]+)\]")


def made_up(**changed: float) -> dict[str, float]:
    """A fact of every name that the page knows, each 1; `changed` with `__` for dots."""
    texts = [*(row.title + row.found for row in ROWS), *(each.title + each.same for each in PEERS), *SENTENCES]
    names = [name for text in texts for name in NAMED.findall(text)]
    names += [row.name + fact for row in ROWS for fact in (row.cpu, row.wall)]
    names += [name for each in PEERS for name in (each.own, each.peer)]
    places = {"invoices": (1_000, 4_000), "window": (30, 90), "length": (4, 10)}
    points = [(kind, corr, place) for kind, own in places.items() for corr in (TIERS, HALF) for place in own]
    facts = {f"growth.{kind}.{corr}.{place}.cpu_seconds": float(place) for kind, corr, place in points}
    return facts | dict.fromkeys(names, 1.0) | {name.replace("__", "."): value for name, value in changed.items()}


def written(facts: dict[str, float]) -> str:
    return page(facts, SIZES["full"], on="2026-01-02", machine_text="2 cores")


def test_every_row_peer_and_sentence_is_told_once_all_steps_are_done() -> None:
    assert len(table(made_up(large__peak_megabytes=1)).splitlines()) == 2 + len(ROWS) + 1
    assert len(peers(made_up()).splitlines()) == 2 + len(PEERS)
    assert len(list(sentences(made_up()))) == len(SENTENCES)


def test_a_goal_that_is_missed_is_marked() -> None:
    title = "1 invoices, tiers, 30 days, ≤ 10 members"
    assert f"| {title} | 3 s | 1 s | ≤ 3 s | met |" in table(made_up(tiers__cpu_seconds=3))
    assert f"| {title} | 3.1 s | 1 s | ≤ 3 s | **not met** |" in table(made_up(tiers__cpu_seconds=3.1))


def test_memory_is_a_goal_of_its_own() -> None:
    assert "6,000 MB | ≤ 6,000 MB | met |" in table(made_up(large__peak_megabytes=6_000))
    assert "6,001 MB | ≤ 6,000 MB | **not met** |" in table(made_up(large__peak_megabytes=6_001))


def test_a_peer_must_take_so_many_times_as_long() -> None:
    own, peer = "snapml__half__plain__cpu_seconds", "snapml__half__plain__peer__cpu_seconds"
    assert "| 200 ms | 10 s | 50 | ≥ 50 | met |" in peers(made_up(**{own: 0.2, peer: 10}))
    assert "| 200 ms | 9.8 s | 49 | ≥ 50 | **not met** |" in peers(made_up(**{own: 0.2, peer: 9.8}))


def test_steps_that_are_not_done_are_left_out() -> None:
    facts = {name: value for name, value in made_up().items() if not name.startswith(("half.", "mild.", "networkx."))}
    text = written(facts)
    assert "half-mixed, 30 days, ≤ 10 members | 1 s" not in text.replace("a new day of 1 invoices on half-mixed", "")
    assert "NetworkX" not in peers(facts)
    assert "tiers, 30 days, ≤ 10 members | 1 s" in text


@pytest.mark.parametrize("name", MISSING)
def test_a_peer_that_is_not_at_hand_is_told(name: str) -> None:
    assert MISSING[name] in written({name: 1.0})
    assert MISSING[name] not in written({})


def test_the_page_names_the_command_the_day_and_the_machine() -> None:
    assert "`python -m tests.benchmarks.kernels --size full` on 2026-01-02: 2 cores." in written(made_up())


def test_a_curve_has_its_own_places_in_their_order() -> None:
    assert curve(made_up(), "invoices", HALF) == [(1_000, 1_000.0), (4_000, 4_000.0)]


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_its_function(name: str) -> None:
    assert callable(step_named(name))


def test_the_same_facts_draw_the_same_plot(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw_growth(made_up(), tmp_path / "images" / name)
    one, two = (tmp_path / "images" / name for name in ("one.svg", "two.svg"))
    assert one.read_bytes() == two.read_bytes()
    texts = {text.text for text in ET.parse(one).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314 - our own
    assert {"thousand invoices (30 days, ≤ 10)", "window, days (≤ 6)", "tiers", "half-mixed"} <= texts


def test_without_a_curve_nothing_is_drawn(tmp_path: Path) -> None:
    draw_growth({}, tmp_path / "growth.svg")
    assert list(tmp_path.iterdir()) == []
