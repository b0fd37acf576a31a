"""The projection on disk: columns, adjacency and vertex arrays as memory-mapped files in versioned folders.

Written after each batch, opened by queries. Layout: `CURRENT` names a version folder; a version holds
`manifest.json`, `vertices/*.npy` and `edges/<currency>/*.npy`. A version is complete before `CURRENT` is replaced, so
a reader sees the old one or the new one, never a half one. One version before the current one is kept for readers
that are just opening it. The store is the truth: a projection that does not fit is rebuilt, never repaired.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.arrays.csr import STORED, Csr, stored_arrays
from graph.errors import DataError, StoreBusyError, StoreError
from graph.kernels.adjacency import Adjacency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[Any]

FORMAT = 3
CURRENT = "CURRENT"
LOCK = "LOCK"
MANIFEST = "manifest.json"
UNFINISHED = ".writing"
KEPT_BEFORE_CURRENT = 1
OPENING_TRIES = 5
REBUILD = "rebuild the projection from the store"


@dataclass(frozen=True, slots=True)
class Projection:
    """One version, mapped read-only in effect: pages are private copies if anything writes to them."""

    version: str
    manifest: dict[str, Any]
    """format, last_batch, vertices, edges (counts by currency), arrays (digest) and what the writer added."""
    vertices: dict[str, Array]
    trade: dict[str, Csr]
    """By currency."""

    @property
    def last_batch(self) -> int:
        """The last batch whose facts the arrays hold."""
        return int(self.manifest["last_batch"])


def write_projection(
    folder: Path,
    *,
    edges: Mapping[str, EdgeColumns],
    vertices: Mapping[str, Array],
    manifest: Mapping[str, object],
) -> str:
    """Write a new version and switch to it; the name of the version.

    Args:
        folder: the projection, created if absent.
        edges: net edges by currency code.
        vertices: arrays of one entry a vertex, all of one length, by name.
        manifest: JSON facts of the writer, `last_batch` among them.

    Raises:
        DataError: `data.projection.*` for names, lengths or a manifest that do not fit.
        StoreBusyError: `store.projection.busy` when another writer is at work.
    """
    _check_input(edges, vertices, manifest)
    folder.mkdir(parents=True, exist_ok=True)
    with _only_writer(folder):
        unfinished = folder / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        _write_version(unfinished, edges, vertices, manifest)
        version = _next_version(folder)
        unfinished.rename(folder / version)
        _write_text(folder / f"{CURRENT}.new", version)
        (folder / f"{CURRENT}.new").replace(folder / CURRENT)
        _sync(folder)
        _remove_old(folder, version)
    return version


def open_projection(folder: Path) -> Projection:
    """Map the current version.

    Raises:
        StoreError: `store.projection.missing` when there is none, `store.projection.format` for another format,
            `store.projection.broken` when files do not fit the manifest.
    """
    for _ in range(OPENING_TRIES):
        version = _current(folder)
        try:
            return _open_version(folder / version)
        except FileNotFoundError:
            # Two writers in a row removed it between the two reads: the next CURRENT names a version that is there.
            if version == _current(folder):
                break
    raise StoreError(
        "the projection lacks files", code="store.projection.broken", next_step=REBUILD, folder=folder.name
    )


def _write_version(
    place: Path, edges: Mapping[str, EdgeColumns], vertices: Mapping[str, Array], manifest: Mapping[str, object]
) -> None:
    """Fill the folder of a version: arrays first, the manifest that vouches for them last."""
    count = _vertex_count(vertices)
    for currency, columns in sorted(edges.items()):
        _write_arrays(place / "edges" / currency, _arrays_of(columns, count))
    _write_arrays(place / "vertices", vertices.items())
    facts = {
        **manifest,
        "format": FORMAT,
        "vertices": count,
        "edges": {currency: len(columns) for currency, columns in sorted(edges.items())},
        "arrays": _digest(place),
    }
    _write_text(place / MANIFEST, json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False))


def _open_version(place: Path) -> Projection:
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT:
        raise StoreError(
            "the projection has another format",
            code="store.projection.format",
            next_step=REBUILD,
            found=manifest.get("format"),
            expected=FORMAT,
        )
    if manifest["arrays"] != _digest(place):
        raise StoreError(
            "files of the projection do not fit its manifest",
            code="store.projection.broken",
            next_step=REBUILD,
            version=place.name,
        )
    trade = {currency: _csr_of(_read_arrays(place / "edges" / currency)) for currency in sorted(manifest["edges"])}
    return Projection(place.name, manifest, _read_arrays(place / "vertices"), trade)


def _current(folder: Path) -> str:
    try:
        return (folder / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError as missing:
        raise StoreError(
            "there is no projection yet",
            code="store.projection.missing",
            next_step="build the projection from the store",
            folder=folder.name,
        ) from missing


def _arrays_of(edges: EdgeColumns, vertex_count: int) -> Iterator[tuple[str, Array]]:
    yield from ((field.name, getattr(edges, field.name)) for field in fields(edges))
    yield from stored_arrays(edges, vertex_count=vertex_count)


def _csr_of(arrays: dict[str, Array]) -> Csr:
    edges = EdgeColumns(**{field.name: arrays[field.name] for field in fields(EdgeColumns)})
    grouped = {name: arrays[name] for name in STORED}
    adjacency = Adjacency(
        source=edges.seller, target=edges.buyer, tick=edges.tick, amount=edges.amount_cents, **grouped
    )
    return Csr(edges, adjacency)


def _write_arrays(folder: Path, arrays: Iterable[tuple[str, Array]]) -> None:
    folder.mkdir(parents=True)
    for name, array in arrays:
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, np.ascontiguousarray(array), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())


def _read_arrays(folder: Path) -> dict[str, Array]:
    return {path.stem: _map(path) for path in sorted(folder.glob("*.npy"))}


def _map(path: Path) -> Array:
    """The array, mapped copy-on-write: a read-only type would have every kernel compiled a second time."""
    try:
        return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
    except FileNotFoundError:
        raise
    except (ValueError, OSError) as broken:
        raise StoreError(
            "a file of the projection cannot be read",
            code="store.projection.broken",
            next_step=REBUILD,
            file=path.name,
        ) from broken


def _digest(place: Path) -> str:
    """SHA-256 over the names and sizes of all arrays."""
    listing = [f"{path.relative_to(place).as_posix()} {path.stat().st_size}" for path in place.rglob("*.npy")]
    return hashlib.sha256("\n".join(sorted(listing)).encode()).hexdigest()


def _vertex_count(vertices: Mapping[str, Array]) -> int:
    lengths = {name: len(array) for name, array in sorted(vertices.items())}
    if len(set(lengths.values())) != 1:
        raise DataError(
            "vertex arrays must be there and of one length",
            code="data.projection.vertices",
            next_step="build all vertex arrays from the same vertices",
            lengths=lengths,
        )
    return next(iter(lengths.values()))


def _check_input(
    edges: Mapping[str, EdgeColumns], vertices: Mapping[str, Array], manifest: Mapping[str, object]
) -> None:
    """Refuse what does not fit before anything is written."""
    _vertex_count(vertices)
    _check_names([*edges, *vertices])
    if "last_batch" not in manifest:
        raise DataError(
            "the manifest names no last batch",
            code="data.projection.manifest",
            next_step="pass manifest={'last_batch': number}",
        )


def _check_names(names: list[str]) -> None:
    wrong = sorted(name for name in names if not name.isidentifier())
    if wrong:
        raise DataError(
            "names of arrays and currencies become file names and must be identifiers",
            code="data.projection.names",
            next_step="use letters, digits and underscores",
            names=wrong,
        )


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Hold the writer's lock; the system frees it when the process ends, however it ends."""
    with (folder / LOCK).open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise StoreBusyError(
                "another process writes this projection",
                code="store.projection.busy",
                next_step="try again when the other load is done",
                folder=folder.name,
            ) from held
        yield


def _versions(folder: Path) -> list[str]:
    """Version folders, oldest first."""
    return sorted(path.name for path in folder.glob("v[0-9]*") if path.is_dir())


def _next_version(folder: Path) -> str:
    versions = _versions(folder)
    return f"v{int(versions[-1][1:]) + 1 if versions else 1:09d}"


def _remove_old(folder: Path, current: str) -> None:
    older = [version for version in _versions(folder) if version != current]
    for version in older[: max(len(older) - KEPT_BEFORE_CURRENT, 0)]:
        shutil.rmtree(folder / version, ignore_errors=True)


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the renames last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
