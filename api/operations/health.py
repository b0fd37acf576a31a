"""Is everything in order: settings, schema, key, owner, ledger, runs, projection. And the digest of the graph."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from api.operations.context import OperationContext
from api.operations.registry import Answer
from api.settings import read_settings
from graph.errors import TaxgraphError
from graph.model.vocabulary import SCHEMA_VERSION
from graph.settings import store_settings
from graph.store.digest import digest
from graph.store.opening import embedded_path, is_embedded
from graph.store.owner import read_owner
from graph.store.port import GraphStore

OK, WARN, FAIL = "ok", "warn", "fail"
MOST_RUNS = 30  # measured: hops double at about so many


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `state`: ok, warn (works, but see to it) or fail."""

    name: str
    state: str
    detail: str
    next_step: str | None = None


def digest_of_store(context: OperationContext) -> Answer:
    """`{"counts", "digest"}`: equal for stores that hold the same facts."""
    found = digest(context.store)
    return {"counts": found["counts"], "digest": found["digest"]}


def doctor(context: OperationContext) -> Answer:
    """Every check of an open store, in a fixed order."""
    store = context.store
    checks = [
        settings_check(),
        _schema(store),
        _key(store),
        _owner(store),
        _ledger(store),
        _runs(store),
        _projection(store),
    ]
    return report(checks)


def unreachable(error: TaxgraphError) -> Answer:
    """The report when the store cannot even be opened."""
    return report([settings_check(), Check("store", FAIL, error.message, error.next_step)])


def report(checks: list[Check]) -> Answer:
    """Checks as an answer; healthy unless one fails."""
    return {"healthy": all(check.state != FAIL for check in checks), "checks": [asdict(check) for check in checks]}


def settings_check() -> Check:
    """Are the environment's settings readable?"""
    try:
        known = store_settings()
        read_settings()
        known.password()
        known.hmac_text()
    except TaxgraphError as error:
        return Check("settings", FAIL, str(error), error.next_step)
    return Check("settings", OK, "The environment's settings make sense.")


def _schema(store: GraphStore) -> Check:
    return Check("schema", OK, f"The store answers; schema version {store.meta('schema_version') or SCHEMA_VERSION}.")


def _key(store: GraphStore) -> Check:
    from loaders.identities import FINGERPRINT, fingerprint, key_file_of  # noqa: PLC0415 - only a doctor needs it

    known = store.meta(FINGERPRINT)
    if known is None:
        return Check("key", OK, "Nothing that needs the HMAC key has been loaded yet.")
    given = store_settings().hmac_text()
    beside = key_file_of(store.url)
    if given is None and (beside is None or not beside.exists()):
        step = "Set TAXGRAPH_HMAC_KEY_FILE to the file that holds the key of this store."
        return Check("key", FAIL, f"The HMAC key of this store ({known}) is not here: nothing can be loaded.", step)
    if given is not None:
        if fingerprint(given.encode()) != known:
            return Check("key", FAIL, "The HMAC key is not the one of this store.", "Give the key it was filled with.")
        return Check("key", OK, f"The HMAC key fits ({known}).")
    step = f"Copy {beside.name if beside else 'it'} to a safe place: without it persons of later loads match nobody."
    return Check("key", WARN, f"The HMAC key ({known}) is known only from the file beside the store.", step)


def _owner(store: GraphStore) -> Check:
    if not is_embedded(store.url):
        return Check("owner", OK, "A server store has no single owner.")
    owner = read_owner(embedded_path(store.url))
    if owner is None or owner.address is None:
        return Check("owner", OK, "No server holds this file.")
    return Check("owner", OK, f"Process {owner.pid} serves this file at {owner.address}.")


def _ledger(store: GraphStore) -> Check:
    lines = [line for line in store.batches() if line.number > 0]
    pending = [line.header.id for line in lines if line.state == "pending"]
    if pending:
        step = "Run the same load again: it is resumed."
        return Check("ledger", WARN, f"Batches that were not finished: {', '.join(pending)}.", step)
    return Check("ledger", OK, f"{sum(line.state == 'committed' for line in lines)} batches committed, none pending.")


def _runs(store: GraphStore) -> Check:
    found = store.runs()
    if found < MOST_RUNS:
        return Check("runs", OK, f"Sorted runs in the tables: {found}.")
    step = "Run `taxgraph compact`; a server does it by itself when it is idle."
    return Check("runs", WARN, f"Sorted runs in the tables: {found}. Hops take about twice as long.", step)


def _projection(store: GraphStore) -> Check:
    from graph.arrays.projection import open_projection  # noqa: PLC0415 - heavy, and only a doctor needs it
    from graph.store.projecting import ledger_of, projection_folder  # noqa: PLC0415 - the same

    folder = projection_folder(store.url)
    if not _writable(folder):
        step = "Set TAXGRAPH_PROJECTION_DIR to a folder that this user may write."
        return Check("projection", WARN, "The projection's folder cannot be written: it is rebuilt each time.", step)
    try:
        held = tuple(open_projection(folder).manifest.get("batches", ()))
    except TaxgraphError:
        return Check("projection", OK, "There is no projection yet; the first question about trade makes it.")
    if held == ledger_of(store):
        return Check("projection", OK, "The projection is up to date.")
    return Check("projection", OK, "The projection is behind the ledger; the next question catches up.")


def _writable(folder: Path) -> bool:
    place = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    return os.access(place, os.W_OK)
