"""Which party is which taxpayer, and whose a registration is, through many batches: as a plain record of them says."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf, Direction
from tests.support.small_graph import Draft
from tests.support.stores import written

FIRMS = ("A", "B", "C")
PARTIES = tuple(f"no:{firm}" for firm in FIRMS)
REGISTRATIONS = ("r1", "r2", "r3", "r4")
Ends = dict[str, str]  # the firm of each party and registration


def moved(chance: random.Random, state: Ends) -> tuple[Draft, Ends]:
    """A batch in which some parties and registrations leave their firm, and some of these come to another."""
    draft, after = Draft(), dict(state)
    for member in (*PARTIES, *REGISTRATIONS):
        name = "PARTY_OF" if member in PARTIES else "REGISTERS"
        firm = chance.choice((*FIRMS, None, state.get(member), state.get(member)))
        if firm == state.get(member):
            continue
        if member in state:
            draft.end(name, member, after.pop(member))
        if firm:
            draft.link(name, member, firm)
            after[member] = firm
    return draft.node("Task", f"t{chance.random()}"), after


def read(store: GraphStore, as_of: AsOf = NOW) -> Ends:
    """What is told from both ends, small question by small question."""
    found: Ends = {}
    for type_name, name, members in (("Party", "PARTY_OF", PARTIES), ("Registration", "REGISTERS", REGISTRATIONS)):
        rows = store.expand(type_name, members, name, Direction.OUT, columns=(), as_of=as_of).table.to_pylist()
        assert len(rows) == len({row["from_id"] for row in rows})
        outwards = {row["from_id"]: row["to_id"] for row in rows}
        inwards: Ends = {}
        for firm in FIRMS:
            rows = store.expand("Taxpayer", [firm], name, Direction.IN, columns=(), as_of=as_of).table.to_pylist()
            inwards |= {row["from_id"]: firm for row in rows}
        assert inwards == outwards
        found |= outwards
    return found


@pytest.mark.parametrize("seed", range(3))
def test_members_are_read_as_the_batches_left_them(store: GraphStore, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    start = Draft()
    for firm in FIRMS:
        start.firm(firm)
    for name in REGISTRATIONS:
        start.node("Registration", name)
    written(store, start.batch("b0"))
    state: Ends = dict(zip(PARTIES, FIRMS, strict=True))
    history: list[tuple[datetime, Ends]] = []
    for number in range(1, 6):
        draft, state = moved(chance, state)
        store.write(draft.batch(f"b{number}"))
        history.append((committed_at(store), state))
        assert read(store) == state
    for instant, then in history:
        assert read(store, AsOf(recorded=instant)) == then
    store.withdraw("b5")
    assert read(store) == history[-2][1]
    assert read(store, AsOf(recorded=history[-1][0])) == history[-1][1]
    draft, state = moved(chance, history[-2][1])
    store.write(draft.batch("b6"))
    assert read(store) == state


def committed_at(store: GraphStore) -> datetime:
    """When the last batch was committed."""
    found = store.batches()[-1].committed_at
    assert found is not None
    return found
