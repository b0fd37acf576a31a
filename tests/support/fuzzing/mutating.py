"""A seed and a case number → one mutated file. Called by `judging`; the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from random import Random

from tests.support.fuzzing.bytewise import CHANGES
from tests.support.fuzzing.documents import changed_document
from tests.support.fuzzing.packages import changed_gzip, changed_parquet, changed_workbook
from tests.support.fuzzing.seeds import Seed
from tests.support.fuzzing.tables import changed_text

_BYTES_ONLY, _BYTES_TOO = 0.2, 0.3
_LEFT_TO_AUTO = 0.85


@dataclass(frozen=True, slots=True)
class Case:
    """One mutated file: its number, the source to load it as, its bytes, and the seed that they were made of."""

    number: int
    source: str
    content: bytes
    seed: Seed


def case_of(seeds: Sequence[Seed], run: int, number: int) -> Case:
    """Case `number` of the run with this seed."""
    chance = Random(f"{run}/{number}")  # noqa: S311 - a repeatable choice, no secret
    kinds = sorted({_kind(seed) for seed in seeds})
    kind = chance.choice(kinds)
    seed = chance.choice([seed for seed in seeds if _kind(seed) == kind])
    way = chance.random()
    content = seed.content if way < _BYTES_ONLY else _structure(seed.name)(chance, seed.content)
    if way < _BYTES_TOO:
        content = chance.choice(CHANGES)(chance, content)
    auto = chance.random() < _LEFT_TO_AUTO
    return Case(number, "auto" if auto else seed.source, content, seed)


def _kind(seed: Seed) -> tuple[str, str]:
    """Source and format, drawn first: a source with few files is tried as often as one with many."""
    return seed.source, PurePath(seed.name).suffix


def _structure(name: str) -> Callable[[Random, bytes], bytes]:
    """The change that knows the format of a file with this name."""
    path = PurePath(name)
    if path.suffix == ".gz":
        return partial(_inside_gzip, inside=_structure(path.stem))
    return _BY_ENDING.get(path.suffix, lambda chance, data: chance.choice(CHANGES)(chance, data))


def _inside_gzip(chance: Random, data: bytes, *, inside: Callable[[Random, bytes], bytes]) -> bytes:
    return changed_gzip(chance, data, inside)


_BY_ENDING: dict[str, Callable[[Random, bytes], bytes]] = {
    ".csv": changed_text,
    ".xml": changed_document,
    ".xes": changed_document,
    ".xlsx": changed_workbook,
    ".parquet": changed_parquet,
}
