"""Which rows of a stage are written: ranges `[start, end)`, ascending, none touching the next. Called by `chunks`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Range = tuple[int, int]


def covered(done: Sequence[Range], new: Range) -> bool:
    """True if every row of `new` is in one of the ranges."""
    return any(start <= new[0] and new[1] <= end for start, end in done)


def joined(done: Sequence[Range], new: Range) -> list[Range]:
    """The ranges with `new` among them; those that touch become one."""
    made: list[Range] = []
    for start, end in sorted([*done, new]):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


def left(done: Sequence[Range], within: Range) -> Iterator[Range]:
    """What is missing of `within`, ascending."""
    start, end = within
    for first, last in done:
        if start < min(first, end):
            yield start, min(first, end)
        start = max(start, last)
    if start < end:
        yield start, end


def flat(done: Sequence[Range]) -> list[int]:
    """As the ledger keeps them: a property holds no pairs."""
    return [place for each in done for place in each]


def paired(places: Sequence[int]) -> list[Range]:
    """Inverse of `flat`."""
    return list(zip(places[::2], places[1::2], strict=True))
