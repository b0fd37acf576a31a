"""Writing the graph: files and DataFrames in, one batch out. `load`, `load_frames` and `resubmit` are the entrances."""

from __future__ import annotations

from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from loaders.rejects import rejects_of
from loaders.resubmission import resubmit
from loaders.run import load
from loaders.sources.registry import source_names

__all__ = ["LoadOptions", "LoadReport", "load", "load_frames", "rejects_of", "resubmit", "source_names"]
