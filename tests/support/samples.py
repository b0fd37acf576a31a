"""Where the public samples lie: beside the project, read where they are. Asked by every test that reads them."""

from __future__ import annotations

import os
from pathlib import Path

_BESIDE = Path(__file__).parents[3] / "shared" / "samples"
SAMPLES = Path(os.environ.get("TAXGRAPH_SAMPLES", _BESIDE))
