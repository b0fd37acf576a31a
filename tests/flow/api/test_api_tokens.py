"""Tokens of named officers: made, listed and revoked by the command line, while a server runs and while none does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import SERVING, CommandLine, write_tables
from tests.support.serving import Caller

BUREAUS = [{"id": "44", "name": "省局"}, {"id": "4401", "name": "市局"}]
COUNT = "{ taxpayers { totalCount } }"
INSPECTOR = ("token", "create", "--officer", "O1", "--role", "investigator", "--bureau", "4401")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A store with two bureaus."""
    folder = tmp_path_factory.mktemp("tokens")
    write_tables(folder / "tables", {"bureaus": BUREAUS})
    line = CommandLine(folder)
    line.answer("load", "canonical", "tables")
    return line


@pytest.fixture(scope="module")
def address(line: CommandLine) -> Iterator[str]:
    """Where a server serves that store."""
    server = line.start_server()
    assert server.stdout is not None
    found = SERVING.search(server.stdout.readline())
    assert found is not None
    yield found[1]
    server.send_signal(signal.SIGTERM)
    server.wait(30)


def test_a_token_opens_a_running_server_until_it_is_revoked(line: CommandLine, address: str) -> None:
    made = line.answer(*INSPECTOR, "--days", "7")
    caller = Caller(address, made["secret"])
    assert caller.post(COUNT).status_code == 200
    ended = line.answer("token", "revoke", made["token"]["id"])["token"]
    assert ended["state"] == "revoked"
    assert caller.error(COUNT)["status"] == 401
    assert line.answer("token", "revoke", made["token"]["id"])["token"] == ended


def test_the_list_tells_whose_and_until_when_and_never_the_token(line: CommandLine, address: str) -> None:
    made = line.answer(*INSPECTOR)
    done = line.run("token", "list", "--json")
    assert made["token"]["id"] in done.stdout
    assert made["secret"] not in done.stdout + line.run("token", "list").stdout
    listed = next(each for each in line.answer("token", "list")["tokens"] if each["id"] == made["token"]["id"])
    assert (listed["officer"], listed["roles"], listed["bureau"]) == ("O1", ["investigator"], "4401")
    assert (listed["state"], listed["created_at"][:4] <= listed["expires_at"][:4]) == ("valid", True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--officer", "O1", "--role", "king", "--bureau", "4401"), "query.role"),
        (("--officer", "O1", "--role", "investigator"), "query.bureau"),
        (("--officer", "O1", "--role", "investigator", "--bureau", "none"), "query.bureau"),
        (("--officer", " ", "--role", "root"), "query.officer"),
        (("--officer", "O1", "--role", "root", "--days", "0"), "query.days"),
    ],
)
def test_a_token_that_would_mean_nothing_is_refused(
    line: CommandLine, address: str, words: tuple[str, ...], code: str
) -> None:
    exit_code, error = line.error("token", "create", *words)
    assert (exit_code, error["code"]) == (2, code)


def test_a_token_that_is_not_there_cannot_be_revoked(line: CommandLine, address: str) -> None:
    assert line.error("token", "revoke", "000000000000")[1]["code"] == "not_found.token"


def test_an_officer_of_a_role_gets_no_further_than_that_role(line: CommandLine, address: str) -> None:
    made = line.answer("token", "create", "--officer", "O9", "--role", "operator", "--role", "root")
    assert Caller(address, made["secret"]).error(COUNT)["code"] == "access.role"


def test_tokens_are_made_without_a_server_too(tmp_path: Path) -> None:
    write_tables(tmp_path / "tables", {"bureaus": BUREAUS})
    line = CommandLine(tmp_path)
    line.answer("load", "canonical", "tables")
    made = line.answer(*INSPECTOR)
    server = line.start_server()
    try:
        assert server.stdout is not None
        found = SERVING.search(server.stdout.readline())
        assert found is not None
        headers = {"Authorization": f"Bearer {made['secret']}"}
        answer = httpx.post(f"{found[1]}/graphql", json={"query": COUNT}, headers=headers, trust_env=False)
        assert answer.status_code == 200
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
