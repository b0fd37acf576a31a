"""Warming compiles everything once; importing the package compiles nothing."""

from __future__ import annotations

import subprocess
import sys

from graph.kernels.warm import KERNELS, warm, warm_side_by_side


def test_warming_reports_the_seconds_of_every_kernel() -> None:
    seconds = warm()
    assert list(seconds) == list(KERNELS)
    assert all(spent > 0 for spent in seconds.values())


def test_kernels_are_warmed_in_several_processes_at_once() -> None:
    seconds = warm_side_by_side(2)
    assert list(seconds) == list(KERNELS)
    assert all(spent > 0 for spent in seconds.values())


def test_a_warm_kernel_is_not_compiled_again_for_usual_arrays() -> None:
    from graph.kernels import temporal  # noqa: PLC0415 - the module is the subject

    warm()
    compiled = len(temporal._search.signatures)  # type: ignore[attr-defined]  # noqa: SLF001 - numba's own counter
    temporal.temporal_rings([0, 1], [1, 0], [1, 2], [3, 4], [0, 1], window=5, through=[1], band=1000)
    assert len(temporal._search.signatures) == compiled  # type: ignore[attr-defined]  # noqa: SLF001 - as above


def test_importing_the_package_does_not_import_numba() -> None:
    code = "import sys, graph.kernels; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own words
