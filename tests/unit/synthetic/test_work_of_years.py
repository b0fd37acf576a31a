"""Years of officers' work: exactly so many events, everything else as it was, cases as the truth tells them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from graph.errors import SettingsError
from loaders.readers import read_file
from loaders.sources.registry import SOURCES
from loaders.synthetic import generate

EVENTS = 20_000


def made(out: Path, task_events: int) -> Path:
    generate(out, taxpayers=3_000, invoices=3_000, days=120, seed=3, format="csv", task_events=task_events)
    return out


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("work"), EVENTS)


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)


def test_so_many_events_are_written_as_asked(country: Path) -> None:
    assert len(table(country / "tasks" / "work_events.csv")) == EVENTS


def test_everything_else_is_as_without_them(country: Path, tmp_path: Path) -> None:
    plain = made(tmp_path, 0)
    files = {path.relative_to(plain) for path in plain.rglob("*.csv")}
    assert {path for path in files if (plain / path).read_bytes() != (country / path).read_bytes()} == set()


def test_the_same_seed_gives_the_same_work(country: Path, tmp_path: Path) -> None:
    again = made(tmp_path, EVENTS)
    for name in ("tasks/work_events.csv", "tasks/work_tasks.csv", "access/visits.csv", "truth/control.csv"):
        assert (again / name).read_bytes() == (country / name).read_bytes(), name


def test_every_export_of_it_is_known_to_exactly_one_source(country: Path) -> None:
    names = ("work_", "kin", "delegates", "officer_share", "tax_handler_of", "agent_of")
    paths = [path for path in sorted(country.rglob("*.csv")) if path.name.startswith(names)]
    assert len(paths) == 9
    for path in paths:
        assert sum(source.matches(read_file(path)) for source in SOURCES) == 1, path.name


def test_steps_of_a_task_follow_each_other_in_time(country: Path) -> None:
    events = table(country / "tasks" / "work_events.csv")
    number = events["序号"].astype(int)
    follows = number > 1
    assert (events["事项编号"].shift()[follows] == events["事项编号"][follows]).all()
    assert (events["时间"].shift()[follows] <= events["时间"][follows]).all()


def test_a_task_is_closed_after_those_that_it_spawned(country: Path) -> None:
    tasks = table(country / "tasks" / "work_tasks.csv").drop_duplicates("事项编号")
    closed = dict(zip(tasks["事项编号"], tasks["办结时间"], strict=True))
    pairs = [
        (closed[child], closed[parent])
        for child, parent in zip(tasks["事项编号"], tasks["上级事项编号"], strict=True)
        if parent
    ]
    done = [(child, parent) for child, parent in pairs if child and parent]
    assert len(done) > 50
    assert all(child < parent for child, parent in done)


def test_every_rule_has_planted_cases_and_look_alikes(country: Path) -> None:
    truth = table(country / "truth" / "control.csv")
    assert all(set(kinds) == {"planted", "near"} for _, kinds in truth.groupby("rule")["kind"])
    assert len(truth["rule"].unique()) == 11


def test_too_few_events_or_firms_for_the_cases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        generate(tmp_path, taxpayers=300, invoices=300, days=120, seed=3, task_events=EVENTS)
    assert caught.value.code == "settings.synthetic"
