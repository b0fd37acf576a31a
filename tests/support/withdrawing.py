"""Random histories of loads and withdrawals: what a store must show after each step is a replay of what is left."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graph.store.port import GraphStore, WriteBatch
from tests.support.small_graph import Draft

_FIRMS, _INVOICES = "ABC", "1234"


@dataclass(frozen=True, slots=True)
class Step:
    """A batch that is written, with the keys it names, or the id of one that is withdrawn with what builds on it."""

    batch: WriteBatch | None = None
    keys: frozenset[str] = frozenset()
    withdrawn: str = ""


def history(seed: int, *, steps: int = 8) -> list[Step]:
    """A function of the seed alone. Few keys, so that batches supersede and end what others brought."""
    chance = random.Random(seed)  # noqa: S311 - a fixed world, no secret
    made: list[Step] = []
    for place in range(steps):
        left = surviving(made)
        if left and chance.random() < 0.4:
            made.append(Step(withdrawn=chance.choice(left).header.id))
        else:
            made.append(_batch(chance, f"b{place}"))
    return made


def surviving(steps: Sequence[Step]) -> list[WriteBatch]:
    """The batches that are left after these steps, in their order."""
    return [step.batch for step in _left(steps) if step.batch is not None]


def play(store: GraphStore, steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Take the steps one by one; gives those taken so far."""
    for place, step in enumerate(steps):
        before = steps[:place]
        if step.batch is None:
            gone = store.withdraw(step.withdrawn, with_later=True, who="tester")
            assert {line.header.id for line in gone} == _going(before, step.withdrawn)
        else:
            numbers = {line.header.id: line.number for line in store.batches()}
            met = [numbers[each.header.id] for each in _met(before, step)]
            store.write(replace(step.batch, header=replace(step.batch.header, built_on=tuple(met))))
        yield steps[: place + 1]


def _left(steps: Sequence[Step]) -> list[Step]:
    left: list[Step] = []
    for place, step in enumerate(steps):
        if step.batch is not None:
            left.append(step)
            continue
        going = _going(steps[:place], step.withdrawn)
        left = [each for each in left if each.batch and each.batch.header.id not in going]
    return left


def _going(before: Sequence[Step], withdrawn: str) -> set[str]:
    """Ids that go with a batch: itself, and what met it, through others too."""
    going, keys = {withdrawn}, set[str]()
    left = _left(before)
    names = [step.batch.header.id for step in left if step.batch]
    for name, step in zip(names, left, strict=True):
        if name == withdrawn or (names.index(withdrawn) < names.index(name) and keys & step.keys):
            going.add(name)
            keys |= step.keys
    return going


def _met(before: Sequence[Step], step: Step) -> list[WriteBatch]:
    return [each.batch for each in _left(before) if each.batch is not None and each.keys & step.keys]


def _batch(chance: random.Random, name: str) -> Step:
    draft, keys = Draft(), set[str]()
    for firm in chance.sample(_FIRMS, chance.randrange(3)):
        keys.add(firm)
        if chance.random() < 0.2:
            draft.end("Taxpayer", firm)
        else:
            draft.node("Taxpayer", firm, name=f"{firm} by {name}", bureau="11")
    for invoice in chance.sample(_INVOICES, 1 + chance.randrange(2)):
        keys.add(invoice)
        draft.invoice(invoice, seller="A", buyer=chance.choice("BC"), net_cents=chance.randrange(1, 9))
        if chance.random() < 0.3:
            draft.end("SOLD", "no:B", invoice)
        draft.link("LISTS", invoice, "goods", line=1, name=f"line by {name}")
    return Step(draft.batch(name), frozenset(keys))
