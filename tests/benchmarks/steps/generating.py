"""Before anything is measured: compiled kernels and the country's files."""

from __future__ import annotations

from pathlib import Path

from graph.kernels.warm import warm
from loaders.synthetic.generate import generate
from tests.benchmarks.country import files_of
from tests.benchmarks.sizes import SEED, Size


def warm_up(_size: Size, _folder: Path) -> dict[str, float]:
    """Compile what is not compiled, as an installation does."""
    warm()
    return {}


def generate_country(size: Size, folder: Path) -> dict[str, float]:
    """Write the country; the facts are rows and bytes of its files."""
    out = files_of(folder)
    made = generate(out, taxpayers=size.taxpayers, invoices=size.invoices, days=size.days, seed=SEED)
    rows = sum(count for kind, count in made.rows.items() if not kind.startswith("truth/"))
    written = [file for file in out.rglob("*.*") if file.suffix in {".csv", ".parquet"} and "truth" not in file.parts]
    size_of_all = sum(file.stat().st_size for file in written)
    return {"generate.rows": rows, "generate.megabytes": size_of_all / 1e6}
