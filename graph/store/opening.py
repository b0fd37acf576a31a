"""Opens the store that an address names. Called by the composition roots (`api.app`, `api.cli`) and by tests.

`duckdb:///relative/path`, `duckdb:////absolute/path` · `neo4j://…`, `neo4j+s://…`, `bolt://…`, `bolt+s://…`. An address
never carries a password.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from graph.errors import SettingsError, StoreError
from graph.settings import StoreSettings, store_settings
from graph.store.port import BatchRecord, GraphStore

if TYPE_CHECKING:
    from graph.store.neo4j_initial import InitialStore
    from graph.store.neo4j_store import Neo4jStore

SERVER_SCHEMES = frozenset({"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"})


def open_store(
    url: str,
    *,
    create: bool,
    password: str | None = None,
    read_only: bool = False,
    timeout: float | None = None,
    settings: StoreSettings | None = None,
) -> GraphStore:
    """The store at `url`, with its schema checked; created if `create` and missing.

    `timeout` (seconds) and `password` go before the settings. SettingsError for a wrong address or a missing
    password; StoreError `store.missing` if there is no embedded file and `create` is false.
    """
    known = settings or store_settings()
    seconds = timeout if timeout is not None else known.query_seconds
    if _scheme(url) == "duckdb":
        found = _embedded(embedded_path(url), known, create=create, read_only=read_only, timeout=seconds)
    else:
        found = _server(url, known, password=password, timeout=seconds)
    return _with_schema(found)


def open_unchecked(url: str) -> GraphStore:
    """The store at `url` whatever its schema version is: for migrations alone."""
    known = store_settings()
    if _scheme(url) == "duckdb":
        return _embedded(embedded_path(url), known, create=False, read_only=False, timeout=known.query_seconds)
    return _server(url, known, password=None, timeout=known.query_seconds)


def initial_store(store: GraphStore, *, files_out: Path | None, settings: StoreSettings | None = None) -> InitialStore:
    """A store whose one write is the first load of this empty server, by Neo4j's import tool.

    With `files_out` it only writes the tool's files there. SettingsError `settings.initial` for an embedded store,
    or where the tool is not at hand; StoreError `store.not_empty`.
    """
    from graph.store.neo4j_initial import InitialStore  # noqa: PLC0415 - a process loads the driver it uses

    return InitialStore(_on_a_server(store), settings or store_settings(), files_out=files_out)


def finish_import(store: GraphStore) -> BatchRecord:
    """Commit what the import tool brought into this server: StoreError `store.no_import` if there is nothing."""
    from graph.store.neo4j_parts.importing import finish  # noqa: PLC0415 - a process loads the driver it uses

    return finish(_on_a_server(store).server)


def _on_a_server(store: GraphStore) -> Neo4jStore:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - a process loads the driver it uses

    if not isinstance(store, Neo4jStore):
        raise SettingsError(
            "Only a Neo4j server is filled by an import tool.",
            code="settings.initial",
            next_step="Leave --initial out: an embedded store loads as fast without it.",
        )
    return store


def is_embedded(url: str) -> bool:
    """True if the address names a file."""
    return _scheme(url) == "duckdb"


def embedded_path(url: str) -> Path:
    """`duckdb:///a/b.duckdb` → `a/b.duckdb`; `duckdb:////a/b.duckdb` → `/a/b.duckdb`.

    Three slashes are also read as an absolute path where only that folder exists: many people write it so.
    """
    name = unquote(url.partition("://")[2]).removeprefix("/")
    if not name:
        raise SettingsError(
            "The store's address names no file.", code="settings.store", next_step="Write duckdb:///path/file.duckdb."
        )
    relative, absolute = Path(name), Path("/") / name
    if not relative.parent.is_dir() and absolute.parent.is_dir():
        return absolute
    return relative


def _scheme(url: str) -> str:
    scheme = url.partition("://")[0]
    if scheme == "duckdb" or scheme in SERVER_SCHEMES:
        return scheme
    raise SettingsError(
        "The store's address has an unknown form.",
        code="settings.store",
        next_step="Write duckdb:///path/file.duckdb, neo4j://host:port or bolt://host:port.",
    )


def _embedded(path: Path, known: StoreSettings, *, create: bool, read_only: bool, timeout: float | None) -> GraphStore:
    from graph.store.duckdb_store import DuckdbStore  # noqa: PLC0415 - a process loads the driver it uses

    if not path.exists() and not create:
        raise StoreError(
            "There is no store at this address.",
            code="store.missing",
            next_step="Load data first (`taxgraph load …`), or correct --store.",
            store=path.name,
        )
    if create:
        _make_folder(path.parent)
    return DuckdbStore.open(
        path, read_only=read_only, memory_limit=known.memory_limit, threads=known.threads, timeout=timeout
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise StoreError(
            "The store's folder cannot be made.",
            code="store.path",
            next_step="Choose a folder that this user may write.",
            folder=folder.name,
        ) from None


def _server(url: str, known: StoreSettings, *, password: str | None, timeout: float) -> GraphStore:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - a process loads the driver it uses

    if urlsplit(url).password is not None:
        raise SettingsError(
            "The store's address carries a password.",
            code="settings.password",
            next_step="Take it out and set TAXGRAPH_NEO4J_PASSWORD or TAXGRAPH_NEO4J_PASSWORD_FILE.",
        )
    secret = password if password is not None else known.password()
    if secret is None:
        raise SettingsError(
            "The server store needs a password.",
            code="settings.password",
            next_step="Set TAXGRAPH_NEO4J_PASSWORD, NEO4J_PASSWORD or TAXGRAPH_NEO4J_PASSWORD_FILE.",
        )
    return Neo4jStore.open(url, user=known.neo4j_user, password=secret, timeout=timeout)


def _with_schema(store: GraphStore) -> GraphStore:
    try:
        store.ensure_schema()
    except BaseException:
        store.close()
        raise
    return store
