"""Writing the graph: files and DataFrames in, one batch out. `load` and `load_frames` are the two entrances."""

from __future__ import annotations

from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from loaders.rejects import rejects_of, save_rejects
from loaders.run import load
from loaders.sources.registry import source_names

__all__ = ["LoadOptions", "LoadReport", "load", "load_frames", "rejects_of", "save_rejects", "source_names"]
