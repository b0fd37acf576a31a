"""Commands that bring data in go through the server: they wait their turn, tell how far they are, end with Ctrl-C."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from api.operations.remote import run_remotely
from api.operations.route import operations_router
from graph.errors import TaxgraphError
from graph.progress import Progress
from graph.store.duckdb_store import DuckdbStore
from graph.store.owner import Owner
from graph.store.port import GraphStore
from tests.flow.api.running import graceful
from tests.flow.api.test_api_events import OPERATOR, held_load
from tests.support.command_line import small_country, write_tables
from tests.support.serving import Server

SECRET = "the secret of this run"


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[tuple[Server, Owner]]:
    """A server with the route of the command line, and its owner's note."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with graceful(store, extra_routers=[operations_router(SECRET)]) as (server, _, _):
        yield server, Owner(1, server.url, SECRET)
    store.close()


def load_of(folder: Path) -> dict[str, Any]:
    """Parameters of a load of the small country."""
    return {"source": "canonical", "paths": [str(write_tables(folder / "tables", small_country()))]}


def test_a_load_tells_its_steps_to_the_command_line(owned: tuple[Server, Owner], tmp_path: Path) -> None:
    _, owner = owned
    seen: list[Progress] = []
    answer = run_remotely("load", load_of(tmp_path), owner=owner, who="li", show=seen.append)
    assert answer["state"] == "committed"
    assert [now.steps_done for now in seen] == sorted(now.steps_done for now in seen)
    assert {now.steps_total for now in seen} <= {5}


def test_a_load_of_the_command_line_waits_behind_one_of_the_api(owned: tuple[Server, Owner], tmp_path: Path) -> None:
    server, owner = owned
    answers: list[dict[str, Any]] = []
    with held_load(server) as (before, let_go):
        loading = threading.Thread(
            target=lambda: answers.append(run_remotely("load", load_of(tmp_path), owner=owner, who="li"))
        )
        loading.start()
        _until(lambda: len(server.service.loads.jobs()) == 2)
        waiting = server.service.loads.jobs()[0]
        assert (waiting.state, waiting.who, waiting.files) == ("queued", "local:li", ("tables",))
        let_go.set()
    loading.join(60)
    assert answers[0]["state"] == "committed"
    jobs = {job.id: job for job in server.service.loads.jobs()}
    ended, began = jobs[before].ended_at, jobs[waiting.id].started_at
    assert ended is not None
    assert began is not None
    assert ended <= began


def test_a_load_whose_command_was_ended_is_cancelled(owned: tuple[Server, Owner], tmp_path: Path) -> None:
    server, _ = owned
    body = {"parameters": load_of(tmp_path), "who": "li"}
    with held_load(server):
        with httpx.stream(
            "POST", f"{server.url}/operate/load", json=body, headers={"x-owner-secret": SECRET}, timeout=60
        ) as response:
            assert next(response.iter_lines()) == ""
            job = server.service.loads.jobs()[0]
        _until(lambda: server.service.loads.job(job.id).ended)
    assert server.service.loads.job(job.id).state == "cancelled"
    assert server.store.batches() == []


def test_a_load_cancelled_over_the_api_is_told_to_the_command_line(owned: tuple[Server, Owner], tmp_path: Path) -> None:
    server, owner = owned
    faults: list[TaxgraphError] = []

    def load() -> None:
        try:
            run_remotely("load", load_of(tmp_path), owner=owner, who="li")
        except TaxgraphError as error:
            faults.append(error)

    with held_load(server):
        loading = threading.Thread(target=load)
        loading.start()
        _until(lambda: len(server.service.loads.jobs()) == 2)
        caller = server.caller(roles=OPERATOR, name="operator")
        job = server.service.loads.jobs()[0].id
        caller.ask("mutation($id: ID!) { cancelLoad(id: $id) { state } }", id=job)
        loading.join(60)
    assert [fault.code for fault in faults] == ["limit.cancelled"]


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)
