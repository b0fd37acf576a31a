"""Addresses, settings and the owner's note."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from graph.errors import SettingsError, StoreError
from graph.settings import StoreSettings, store_settings
from graph.store.neo4j_parts.import_tool import tool_of
from graph.store.opening import embedded_path, initial_store, is_embedded, open_store
from graph.store.owner import Owner, owned_error, owner_path, read_owner, remove_owner, write_owner

NO_PROCESS = 2**22 + 1  # above the largest process number that Linux gives


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("TAXGRAPH_", "NEO4J_"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("duckdb:///graph.duckdb", "graph.duckdb"),
        ("duckdb:////data/graph.duckdb", "/data/graph.duckdb"),
        ("duckdb:///no%20such/graph.duckdb", "no such/graph.duckdb"),
    ],
)
def test_an_address_names_a_file(url: str, path: str) -> None:
    assert embedded_path(url) == Path(path)


def test_three_slashes_are_absolute_where_only_that_folder_exists(tmp_path: Path) -> None:
    assert embedded_path(f"duckdb://{tmp_path}/g.duckdb") == tmp_path / "g.duckdb"
    assert embedded_path(f"duckdb:///{tmp_path}/g.duckdb") == tmp_path / "g.duckdb"


@pytest.mark.parametrize("url", ["graph.duckdb", "postgres://x", "", "duckdb:///"])
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(url, create=True)
    assert caught.value.code == "settings.store"


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(SettingsError) as caught:
        open_store("bolt://neo4j:s3cret@localhost:7687", create=True)
    assert caught.value.code == "settings.password"
    assert "s3cret" not in str(caught.value)


def test_a_server_store_needs_a_password() -> None:
    with pytest.raises(SettingsError) as caught:
        open_store("bolt://localhost:7687", create=True)
    assert caught.value.code == "settings.password"


def test_a_missing_file_is_not_made_where_only_reading_is_meant(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"duckdb:///{tmp_path}/none.duckdb", create=False)
    assert caught.value.code == "store.missing"
    assert not list(tmp_path.iterdir())


def test_a_store_is_made_with_its_folder_and_schema(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path}/new/folder/g.duckdb", create=True)
    assert store.select("Taxpayer").total == 0
    store.close()
    again = open_store(f"duckdb:///{tmp_path}/new/folder/g.duckdb", create=False)
    assert again.meta("schema_version") == "1"
    again.close()


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("not a database, but long enough to look at " * 200)
    with pytest.raises(StoreError) as caught:
        open_store(f"duckdb:///{tmp_path}/text.duckdb", create=True)
    assert caught.value.code == "store.path"
    assert not owner_path(tmp_path / "text.duckdb").exists()


def test_only_a_duckdb_address_is_embedded() -> None:
    assert is_embedded("duckdb:///g.duckdb")
    assert not is_embedded("neo4j+s://graph.example")


# --- settings


def test_settings_have_defaults() -> None:
    settings = store_settings()
    assert settings.store == "duckdb:///taxgraph.duckdb"
    assert settings.password() is None
    assert settings.hmac_text() is None


def test_secrets_come_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from file\n")
    monkeypatch.setenv("TAXGRAPH_NEO4J_PASSWORD_FILE", str(tmp_path / "password"))
    assert store_settings().password() == "from file"
    monkeypatch.setenv("NEO4J_PASSWORD", "from environment")
    assert store_settings().password() == "from environment"
    monkeypatch.setenv("TAXGRAPH_NEO4J_PASSWORD", "our own")
    assert store_settings().password() == "our own"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXGRAPH_NEO4J_PASSWORD", "hush")
    monkeypatch.setenv("TAXGRAPH_HMAC_KEY", "quiet")
    assert "hush" not in repr(store_settings())
    assert "quiet" not in repr(store_settings())


def test_a_secret_file_that_is_not_there_is_an_error_of_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXGRAPH_HMAC_KEY_FILE", "/nowhere/key")
    with pytest.raises(SettingsError) as caught:
        store_settings().hmac_text()
    assert caught.value.facts["variable"] == "TAXGRAPH_HMAC_KEY_FILE"


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXGRAPH_THREADS", "many")
    with pytest.raises(SettingsError) as caught:
        store_settings()
    assert caught.value.facts["settings"] == "threads"
    assert "many" not in str(caught.value)


def test_settings_can_be_made_by_hand() -> None:
    assert StoreSettings(threads=2).threads == 2


# --- the owner's note


def test_the_note_is_for_this_user_alone(tmp_path: Path) -> None:
    store = tmp_path / "g.duckdb"
    write_owner(store, Owner(os.getpid(), "http://127.0.0.1:1", "secret"))
    assert stat.S_IMODE(owner_path(store).stat().st_mode) == 0o600
    assert read_owner(store) == Owner(os.getpid(), "http://127.0.0.1:1", "secret")
    assert "secret" not in repr(read_owner(store))
    assert [path.name for path in tmp_path.iterdir()] == ["g.duckdb.owner"]


def test_a_note_of_a_dead_process_does_not_count(tmp_path: Path) -> None:
    store = tmp_path / "g.duckdb"
    write_owner(store, Owner(NO_PROCESS))
    assert read_owner(store) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"pid": "x"}'])
def test_a_broken_note_does_not_count(tmp_path: Path, text: str) -> None:
    owner_path(tmp_path / "g.duckdb").write_text(text)
    assert read_owner(tmp_path / "g.duckdb") is None


def test_only_the_own_note_is_removed(tmp_path: Path) -> None:
    store = tmp_path / "g.duckdb"
    write_owner(store, Owner(os.getppid()))
    remove_owner(store)
    assert json.loads(owner_path(store).read_text())["pid"] == os.getppid()


def test_a_second_process_is_told_where_the_owner_serves(tmp_path: Path) -> None:
    store = tmp_path / "g.duckdb"
    write_owner(store, Owner(os.getpid(), "http://127.0.0.1:8000", "secret"))
    error = owned_error(store)
    assert (error.code, error.facts["address"]) == ("store.owned", "http://127.0.0.1:8000")
    assert "secret" not in str(error)


def test_an_embedded_store_has_no_import_tool(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path / 'graph.duckdb'}", create=True)
    with pytest.raises(SettingsError) as caught:
        initial_store(store, files_out=None, settings=StoreSettings())
    store.close()
    assert caught.value.code == "settings.initial"


def test_a_missing_import_tool_is_named_with_what_is_missing_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError) as caught:
        tool_of(StoreSettings(neo4j_stop="systemctl stop neo4j"))
    assert caught.value.facts["missing"] == "TAXGRAPH_NEO4J_ADMIN, TAXGRAPH_NEO4J_START"
    assert "--files-out" in str(caught.value.next_step)


@pytest.mark.parametrize("command", ["'unclosed", "no-such-program-here stop"])
def test_a_command_that_names_no_program_is_refused_before_the_load(command: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tool_of(StoreSettings(neo4j_admin="true", neo4j_stop=command, neo4j_start="true"))
    assert (caught.value.code, caught.value.facts["variable"]) == ("settings.initial", "TAXGRAPH_NEO4J_STOP")
