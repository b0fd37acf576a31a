"""Files come over the API and are loaded, one load after another, by the role that loads; nothing of them stays."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from api.access.principals import Role
from api.settings import read_settings
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.flow.api.uploading import CANCEL, LOAD, START, UPLOAD, ended, post_files, start, taxpayers, upload
from tests.support.serving import Caller, Server, serving

OPERATOR = frozenset({Role.OPERATOR})
BOTH = frozenset({Role.OPERATOR, Role.INVESTIGATOR})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over an empty store, with small limits on uploads."""
    folder = tmp_path_factory.mktemp("office")
    store = cast("GraphStore", DuckdbStore.open(folder / "graph.duckdb"))
    store.ensure_schema()
    with serving(store, settings=read_settings(upload_bytes=20_000, upload_files=3, load_queue=2)) as server:
        yield server
    assert not (folder / "graph.duckdb.uploads").exists()
    store.close()


@pytest.fixture(scope="module")
def loader(office: Server) -> Caller:
    """Somebody who loads."""
    return office.caller(roles=BOTH, name="loader", officer="O77")


@pytest.fixture
def held(office: Server) -> Iterator[threading.Event]:
    """A load that runs until the event is set; everything else waits behind it."""
    going, let_go = threading.Event(), threading.Event()

    def work(_tell: object, _stop: object) -> dict[str, Any]:
        going.set()
        assert let_go.wait(60)
        return {}

    job = office.service.loads.submit(work, source="test", files=(), who="test")
    assert going.wait(60)
    yield let_go
    let_go.set()
    office.service.loads.result(job.id)


def uploads_left(office: Server) -> list[Path]:
    """Files of uploads on disk."""
    place = Path(office.store.url.removeprefix("duckdb:///") + ".uploads")
    return [path for path in place.rglob("*") if path.is_file()]


def test_an_uploaded_file_is_loaded_and_then_gone(office: Server, loader: Caller) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("A", "B")})
    found = ended(loader, load)
    assert (found["state"], found["who"], found["error"]) == ("DONE", "O77", None)
    assert found["report"]["outcome"] == "committed"
    assert (found["report"]["read"], found["report"]["accepted"]) == (2, 2)
    assert loader.ask("{ taxpayers { totalCount } }")["taxpayers"]["totalCount"] == 2
    assert uploads_left(office) == []
    batch = loader.ask("{ batches { nodes { key who files } } }")["batches"]["nodes"][0]
    assert batch == {"key": found["report"]["batch"], "who": "O77", "files": ["taxpayers.csv"]}


def test_the_same_files_again_change_nothing(office: Server, loader: Caller) -> None:
    files = {"taxpayers.csv": taxpayers("K1")}
    first, second = (ended(loader, start(loader, files)) for _ in range(2))
    assert (first["report"]["outcome"], second["report"]["outcome"]) == ("committed", "known")
    assert first["report"]["batch"] == second["report"]["batch"]


def test_a_dry_run_writes_nothing(loader: Caller) -> None:
    before = loader.ask("{ taxpayers { totalCount } }")
    found = ended(loader, start(loader, {"taxpayers.csv": taxpayers("DRY")}, check=True))
    assert found["report"]["outcome"] == "checked"
    assert loader.ask("{ taxpayers { totalCount } }") == before


def test_an_upload_lies_in_a_private_folder_until_it_is_loaded(office: Server, loader: Caller) -> None:
    bring = upload(loader, {"C:\\Users\\li\\taxpayers.csv": taxpayers("P")})
    (kept,) = uploads_left(office)
    assert kept.name == "taxpayers.csv"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    load = loader.ask(START, input={"upload": bring, "source": "canonical"})["startLoad"]["id"]
    assert ended(loader, load)["state"] == "DONE"
    assert loader.error(START, input={"upload": bring})["code"] == "not_found.upload"


def test_an_upload_belongs_to_whoever_brought_it(office: Server, loader: Caller) -> None:
    bring = upload(loader, {"taxpayers.csv": taxpayers("Q")})
    other = office.caller(roles=OPERATOR, name="another operator")
    assert other.error(START, input={"upload": bring})["code"] == "not_found.upload"
    ended(loader, loader.ask(START, input={"upload": bring})["startLoad"]["id"])


def test_a_file_that_cannot_be_read_ends_its_load_with_a_code_and_leaves_nothing(
    office: Server, loader: Caller
) -> None:
    found = ended(loader, start(loader, {"taxpayers.csv": b"\x00\x01\x02"}))
    assert found["state"] == "FAILED"
    assert found["error"]["code"].startswith("data.")
    assert found["report"] is None
    assert uploads_left(office) == []


def test_two_loads_queue_and_the_third_is_told_to_come_again(
    office: Server, loader: Caller, held: threading.Event
) -> None:
    first, second = (start(loader, {"taxpayers.csv": taxpayers(name)}) for name in ("W1", "W2"))
    states = {one["id"]: one["state"] for one in loader.ask("{ loads { id state } }")["loads"]}
    assert (states[first], states[second]) == ("QUEUED", "QUEUED")
    bring = upload(loader, {"taxpayers.csv": taxpayers("W3")})
    error = loader.error(START, input={"upload": bring, "source": "canonical"})
    assert (error["code"], error["retryable"]) == ("limit.busy", True)
    held.set()
    assert ended(loader, first)["endedAt"] <= ended(loader, second)["startedAt"]
    again = loader.ask(START, input={"upload": bring, "source": "canonical"})["startLoad"]["id"]
    assert ended(loader, again)["state"] == "DONE"


def test_a_waiting_load_is_cancelled_at_once(office: Server, loader: Caller, held: threading.Event) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("NEVER")})
    assert loader.ask(CANCEL, id=load)["cancelLoad"]["state"] == "CANCELLED"
    held.set()
    assert ended(loader, load)["report"] is None
    assert uploads_left(office) == []
    assert loader.ask('{ search(text: "NEVER有限公司") { totalCount } }')["search"]["totalCount"] == 0


def test_a_running_load_ends_at_its_next_step_when_it_is_cancelled(office: Server, loader: Caller) -> None:
    reached, go_on = threading.Event(), threading.Event()
    load = ""

    def wait_at_check(job: Any) -> None:
        if job.progress and job.progress.step == "check" and not reached.is_set():
            reached.set()
            assert go_on.wait(60)

    bring = upload(loader, {"taxpayers.csv": taxpayers("HALF")})
    blocker = threading.Event()
    before = office.service.loads.submit(
        lambda _tell, _stop: {"ok": blocker.wait(60)}, source="test", files=(), who="test"
    )
    load = loader.ask(START, input={"upload": bring, "source": "canonical"})["startLoad"]["id"]
    with office.service.loads.watching(load, wait_at_check):
        blocker.set()
        assert reached.wait(60)
        assert loader.ask(CANCEL, id=load)["cancelLoad"]["state"] == "RUNNING"
        go_on.set()
        assert ended(loader, load)["state"] == "CANCELLED"
    assert office.service.loads.job(before.id).ended
    assert loader.ask('{ search(text: "HALF有限公司") { totalCount } }')["search"]["totalCount"] == 0
    assert uploads_left(office) == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_no_other_role_uploads_loads_or_cancels(office: Server, role: Role) -> None:
    caller = office.caller(roles=frozenset({role}), name=f"as {role}")
    refused = post_files(caller, {"taxpayers.csv": taxpayers("A")})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "access.role")
    for query, given in ((START, {"input": {"upload": "x"}}), (CANCEL, {"id": "x"})):
        assert caller.error(query, **given)["code"] == "access.role"


def test_nobody_uploads_without_a_token(office: Server) -> None:
    assert post_files(office.anonymous(), {"taxpayers.csv": taxpayers("A")}).status_code == 401


def test_a_loader_of_a_bureau_sees_its_own_loads_alone(office: Server, loader: Caller) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("S")})
    local = office.caller(roles=OPERATOR, name="local loader", bureau="4401")
    assert local.ask(LOAD, id=load)["load"] is None
    assert load not in [one["id"] for one in local.ask("{ loads { id } }")["loads"]]
    assert local.error(CANCEL, id=load)["code"] == "not_found.load"
    ended(loader, load)


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({"a.csv": b"x" * 300_000}, 413, "limit.body"),
        ({f"{place}.csv": b"x" for place in range(4)}, 413, "limit.files"),
        ({"/": b"x"}, 200, "data.upload"),
        ({"a\u202egpj.csv": b"x"}, 200, "data.upload"),
        ({"x/a.csv": b"x", "y/a.csv": b"y"}, 200, "data.upload"),
    ],
)
def test_an_upload_that_is_too_large_or_has_no_names_is_refused(
    office: Server, loader: Caller, files: dict[str, bytes], status: int, code: str
) -> None:
    response = post_files(loader, files)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert uploads_left(office) == []


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ("not json", "{}"),
        ("[]", "{}"),
        ({"query": UPLOAD, "variables": {"files": [None]}}, {"0": ["query"]}),
        ({"query": UPLOAD, "variables": {"files": [None]}}, {"0": ["variables.files.7"]}),
        ({"query": UPLOAD, "variables": {"files": [None]}}, {"0": ["variables.other.x"]}),
        ({"query": UPLOAD, "variables": {"files": ["there"]}}, {"0": ["variables.files.0"]}),
        ({"query": UPLOAD, "variables": {"files": [None]}}, {"missing": ["variables.files.0"]}),
        ({"query": UPLOAD, "variables": {"files": [None]}}, {"0": ["variables.files.0"] * 4}),
    ],
)
def test_a_request_that_does_not_follow_the_multipart_specification_is_refused(
    loader: Caller, operations: Any, places: Any
) -> None:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in (operations, places)]
    parts: list[tuple[str, Any]] = [
        ("operations", (None, texts[0])),
        ("map", (None, texts[1])),
        ("0", ("a.csv", b"x")),
    ]
    response = httpx.post(f"{loader.url}/graphql", files=parts, headers={"Authorization": f"Bearer {loader.token}"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "query.multipart")


def test_text_in_place_of_a_file_is_refused(loader: Caller) -> None:
    assert loader.error(UPLOAD, files=["text"])["code"] == "query.multipart"


def test_wrong_options_are_refused_before_the_load_is_queued(loader: Caller) -> None:
    bring = upload(loader, {"taxpayers.csv": taxpayers("O")})
    for wrong in ({"source": "no such"}, {"maxRejects": "many"}, {"unknownParties": "guess"}):
        assert loader.error(START, input={"upload": bring, **wrong})["code"] != "internal"
    assert ended(loader, loader.ask(START, input={"upload": bring, "source": "canonical"})["startLoad"]["id"])


def test_every_mutation_leaves_a_line_in_the_access_log(office: Server) -> None:
    caller = office.caller(roles=OPERATOR, name="diligent", officer="O5")
    load = start(caller, {"taxpayers.csv": taxpayers("L")})
    ended(caller, load)
    caller.ask(CANCEL, id=load)
    own = [event for event in office.logged() if event["principal"] == "diligent"]
    assert [event["operation"] for event in own] == ["Bring(upload)", "Start(startLoad)", "End(cancelLoad)"]
    assert own[0]["subjects"].startswith("Upload:")
    assert [event["subjects"] for event in own[1:]] == [f"Load:{load}"] * 2
    assert {event["officer"] for event in own} == {"O5"}


def test_a_stopping_server_ends_its_loads_and_deletes_what_waits(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store) as server:
        caller = server.caller(roles=OPERATOR, name="late")
        upload(caller, {"taxpayers.csv": taxpayers("X")})
        load = start(caller, {"taxpayers.csv": taxpayers("Y")})
    assert server.service.loads.job(load).ended
    assert not (tmp_path / "graph.duckdb.uploads").exists()
    assert {record.state for record in store.batches()} <= {"committed"}
    store.close()
