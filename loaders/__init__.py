"""Writing the graph: files and DataFrames in, one batch out. `load`, `load_frames` and `resubmit` are the entrances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loaders.options import LoadOptions, LoadReport
from loaders.rejects import rejects_of
from loaders.resubmission import resubmit
from loaders.run import load
from loaders.sources.registry import source_names

if TYPE_CHECKING:
    from loaders.frames import load_frames

__all__ = ["LoadOptions", "LoadReport", "load", "load_frames", "rejects_of", "resubmit", "source_names"]


def __getattr__(name: str) -> Any:
    """`load_frames`, once somebody asks for it: it brings pandas, which costs every other load a third of a second."""
    if name != "load_frames":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from loaders.frames import load_frames  # noqa: PLC0415 - only who loads DataFrames waits for pandas

    return load_frames
