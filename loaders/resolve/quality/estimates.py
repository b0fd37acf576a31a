"""What labels tell of a register: precision and recall over its strata, and which pairs they say nothing of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from graph.errors import DataError
from graph.model.governance import VERDICTS
from loaders.resolve.quality.intervals import Interval, share, share_of, weighted_sum
from loaders.resolve.quality.population import BASES

Pair = tuple[str, str]
COLUMNS = ("left", "right", "label")
SAME = VERDICTS[0]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Pairs of one kind: how many there are, how many were labelled, and how many of those are the same firm."""

    joined: bool
    basis: str
    pairs: int
    labelled: int
    same: int

    @property
    def share(self) -> Interval | None:
        """How many of a hundred are the same firm."""
        return share(self.same, self.labelled) if self.labelled else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval, and which share of the pairs that it is about lies in strata with labels."""

    interval: Interval
    covers: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What labels tell.

    Attributes:
        strata: joined ones first, in order of `BASES`.
        precision: of the pairs that are one taxpayer, those that are the same firm; None without labels of any.
        recall: of the pairs that are the same firm and are joined or were compared, those that are one taxpayer.
        never_compared: labelled pairs that are neither joined nor were compared, and how many of them are the same.
        unknown: labelled pairs with a registration that is not there.
    """

    strata: tuple[Stratum, ...]
    precision: Estimate | None
    recall: Estimate | None
    never_compared: tuple[int, int]
    unknown: int


def judged(pairs: pa.Table, ids: Iterable[str], labels: Mapping[Pair, bool]) -> Judged:
    """Judge a register.

    Args:
        pairs: `population.population`.
        ids: of every registration.
        labels: by pair (the smaller id first) whether it is the same firm.
    """
    known = set(ids)
    strata: dict[tuple[bool, str], list[int]] = {}
    placed = 0
    missed = dict(labels)
    for joined, basis, left, right in zip(
        *(pairs[name].to_pylist() for name in ("joined", "basis", "left", "right")), strict=True
    ):
        counts = strata.setdefault((joined, basis), [0, 0, 0])
        counts[0] += 1
        if (same := missed.pop((left, right), None)) is not None:
            counts[1] += 1
            counts[2] += same
            placed += 1
    there = [same for (left, right), same in missed.items() if left in known and right in known]
    found = [Stratum(joined, basis, *counts) for (joined, basis), counts in strata.items()]
    found.sort(key=lambda each: (not each.joined, BASES.index(each.basis)))
    return Judged(
        tuple(found), _precision(found), _recall(found), (len(there), sum(there)), len(labels) - placed - len(there)
    )


def _precision(strata: Sequence[Stratum]) -> Estimate | None:
    joined = [each for each in strata if each.joined]
    told = [each for each in joined if each.labelled]
    if not told:
        return None
    return Estimate(_summed(told, sum(each.pairs for each in told)), _covered(told, joined))


def _recall(strata: Sequence[Stratum]) -> Estimate | None:
    told = [each for each in strata if each.labelled]
    if not any(each.same for each in told):
        return None
    made, missed = (_summed([each for each in told if each.joined == side], 1) for side in (True, False))
    return Estimate(share_of(made, missed), _covered(told, strata))


def _summed(strata: Sequence[Stratum], whole: int) -> Interval:
    return weighted_sum((each.pairs / whole, share(each.same, each.labelled)) for each in strata)


def _covered(told: Sequence[Stratum], whole: Sequence[Stratum]) -> float:
    return sum(each.pairs for each in told) / sum(each.pairs for each in whole)


def read_labels(path: Path) -> dict[Pair, bool]:
    """Labels of a CSV file with `left, right, label` (same, different; empty: not labelled yet).

    Raises:
        DataError: `data.labels` with every fault of the file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as unreadable:
        raise _refused(path, ["it cannot be read as UTF-8 text"]) from unreadable
    if rows and not set(COLUMNS) <= set(rows[0]):
        raise _refused(path, [f"its columns are not {', '.join(COLUMNS)}"])
    labels: dict[Pair, bool] = {}
    faults = []
    for place, row in enumerate(rows, start=2):
        left, right, label = ((row[name] or "").strip() for name in COLUMNS)
        pair = min(left, right), max(left, right)
        if fault := _fault(pair, label, labels):
            faults.append(f"line {place}: {fault}")
        elif label:
            labels[pair] = label == SAME
    if faults:
        raise _refused(path, faults)
    return labels


def _fault(pair: Pair, label: str, labels: Mapping[Pair, bool]) -> str:
    if label not in {*VERDICTS, ""}:
        return f"the label is neither {' nor '.join(VERDICTS)}"
    if not pair[0] or pair[0] == pair[1]:
        return "it does not name two registrations"
    return "the pair has another label before" if label and labels.get(pair, label == SAME) != (label == SAME) else ""


def _refused(path: Path, faults: Sequence[str]) -> DataError:
    return DataError(
        f"{path.name} holds no labels: {'; '.join(faults[:5])}.",
        code="data.labels",
        next_step="Write left, right, label: same or different; `--sample` makes such a file to be filled in.",
        file=path.name,
        faults=len(faults),
    )
