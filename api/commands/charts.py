"""Indicators as pictures, PNG or SVG: heat map, bars with intervals, one against another. Called by `indicators draw`.

Subjects are shown by their ids, which every font can draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graph.errors import QueryError

MOST = 60  # subjects in a picture; more cannot be read
Measures = Mapping[str, Mapping[str, Mapping[str, Any]]]


def draw(answer: Mapping[str, Any], kind: str, wanted: Sequence[str], path: Path) -> None:
    """Write the picture of an `indicators` answer.

    Raises:
        QueryError: `query.chart` for another kind, another ending, or indicators that the kind cannot show.
    """
    if kind not in _KINDS:
        raise _wrong("There is no such picture.", f"Use {', '.join(_KINDS)}.")
    if path.suffix not in {".png", ".svg"}:
        raise _wrong("A picture is PNG or SVG.", "Let the name of the file end in .png or .svg.")
    shown, needed = _by_indicator(answer["measures"]), _NEEDED[kind]
    names = list(wanted or shown)[: needed or None]
    if needed and len(names) < needed:
        raise _wrong(f"This picture shows {needed} indicator(s).", "Name them: --indicator volume.")
    figure = Figure(figsize=(10, 6), layout="constrained")
    axes = figure.subplots()
    title = _KINDS[kind](axes, {name: shown.get(name, {}) for name in names})
    axes.set_title(f"{title}, {answer['level']}s, {answer['period']}")
    with mpl.rc_context({"svg.hashsalt": "taxgraph", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})


def _wrong(what: str, next_step: str) -> QueryError:
    return QueryError(what, code="query.chart", next_step=next_step)


def _by_indicator(measures: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for one in measures:
        if one["value"] is not None:
            found.setdefault(one["indicator"], {})[one["subject"]] = one
    return found


def _subjects(shown: Measures) -> tuple[list[str], str]:
    every = sorted({subject for own in shown.values() for subject in own})
    left = f" (first {MOST} of {len(every)})" if len(every) > MOST else ""
    return every[:MOST], left


def _heat(axes: Axes, shown: Measures) -> str:
    """Each column by rank from worst (red) to best (green); the numbers are written into the cells."""
    subjects, left = _subjects(shown)
    grid = np.full((len(subjects), len(shown)), np.nan)
    for column, own in enumerate(shown.values()):
        known = [(own[s]["value"] * own[s]["credit"], row) for row, s in enumerate(subjects) if s in own]
        ranked = sorted({value for value, _ in known})
        for value, row in known:
            grid[row, column] = ranked.index(value) / max(1, len(ranked) - 1)
    axes.imshow(grid, aspect="auto", cmap="RdYlGn", vmin=0, vmax=1)
    axes.set_xticks(range(len(shown)), list(shown))
    axes.set_yticks(range(len(subjects)), subjects, fontsize=7)
    for column, own in enumerate(shown.values()):
        for row, subject in enumerate(subjects):
            if subject in own:
                axes.text(column, row, f"{own[subject]['value']:.3g}", ha="center", va="center", fontsize=7)
    return f"Indicators by rank{left}"


def _bar(axes: Axes, shown: Measures) -> str:
    """Values with their intervals."""
    (name, own), *_ = shown.items()
    subjects, left = _subjects(shown)
    values = [own[subject]["value"] for subject in subjects]
    spread = [[value - (own[s]["low"] or value) for s, value in zip(subjects, values, strict=True)]]
    spread += [[(own[s]["high"] or value) - value for s, value in zip(subjects, values, strict=True)]]
    drawn = own[subjects[0]]["low"] is not None if subjects else False
    axes.bar(subjects, values, yerr=np.maximum(spread, 0) if drawn else None, color="#3b6ea5", ecolor="#5b6770")
    axes.tick_params(axis="x", labelrotation=90, labelsize=7)
    axes.set_ylabel(name)
    return f"{name}, with 95 % intervals{left}" if drawn else f"{name}{left}"


def _scatter(axes: Axes, shown: Measures) -> str:
    """One indicator against another, a point a subject."""
    (across, first), (upwards, second), *_ = shown.items()
    both = sorted(set(first) & set(second))
    axes.scatter([first[s]["value"] for s in both], [second[s]["value"] for s in both], color="#3b6ea5", alpha=0.7)
    for subject in both[:MOST]:
        axes.annotate(subject, (first[subject]["value"], second[subject]["value"]), fontsize=6)
    axes.set_xlabel(across)
    axes.set_ylabel(upwards)
    return f"{upwards} against {across}"


_KINDS: Mapping[str, Callable[[Axes, Measures], str]] = {"heat": _heat, "bar": _bar, "scatter": _scatter}
_NEEDED = {"heat": 0, "bar": 1, "scatter": 2}
