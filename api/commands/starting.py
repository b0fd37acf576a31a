"""What a fresh process does before a command runs: output in UTF-8, compiled kernels found, what it needs not left out.

Called by `api.cli.main` alone: it changes the process, which a library must not.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TextIO, cast

# Commands that end. pyarrow looks for pandas as soon as it meets a timestamp, which costs 0.4 s, and none of these has
# a use for it.
_ASKING: Final = frozenset({"batches", "match", "rings", "search", "trace", "who", "why"})
_DETECTING: Final = frozenset({"cases", "decide", "detect", "evidence", "findings", "patterns", "sample"})
_LOADING: Final = frozenset({"feeds", "generate", "load", "rejects"})
WITHOUT_PANDAS: Final = _ASKING | _DETECTING | _LOADING
# At its first kernel numba looks for BLAS, which loads half of SciPy, and for cffi: together 0.2 s. The kernels of
# these commands multiply no matrices and call no C.
_KERNELS_ALONE: Final = frozenset({"rings", "trace"})
_OBJECTS_BEFORE_A_COLLECTION: Final = 100_000


def start_process(arguments: Sequence[str]) -> None:
    """Prepare this process for a command line whose global options stand first."""
    _speak_utf8()
    share_compiled_kernels()
    command = next((word for word in arguments if word in WITHOUT_PANDAS), None)
    if command is None:
        return
    # Modules, classes and compiled kernels live as long as the process: to look for garbage among them costs 0.1 s.
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION)
    absent = {"pandas", "scipy.linalg", "cffi"} if command in _KERNELS_ALONE else {"pandas"}
    sys.meta_path.insert(0, _Without(absent - sys.modules.keys()))


class _Without(MetaPathFinder):
    """Answers imports of some modules as if they were not installed."""

    def __init__(self, absent: Collection[str]) -> None:
        self._absent = absent

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Refuse what is to be absent; everything else is somebody else's."""
        del path, target
        if fullname in self._absent:
            raise ModuleNotFoundError(f"this command does without {fullname}", name=fullname)


def _speak_utf8() -> None:
    """Chinese text must come out right wherever output goes, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", cast("TextIO", stream)).reconfigure(encoding="utf-8", errors="backslashreplace")


def share_compiled_kernels() -> None:
    """Use what `make setup` compiled: the cache of the virtual environment, for any processor."""
    place = Path(sys.prefix)
    if sys.prefix != sys.base_prefix and os.access(place, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(place / "numba-cache"))
        os.environ.setdefault("NUMBA_CPU_NAME", "generic")
