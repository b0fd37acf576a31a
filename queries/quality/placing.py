"""Who is responsible for a source's data about a taxpayer on a day.

Who holds a duty for data quality (one that names the source before any other) at a grid or bureau in charge of the
taxpayer, the nearest first; else whom dispatching finds by grid, expertise and load, up to the bureau. Where nobody
works the task waits in the nearest grid for its chief; without a grid, in that of the highest bureau. Data about no
taxpayer belongs to the duty for the source anywhere, else to the highest bureau.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from graph.store.questions import ROOT, Order, Page
from queries.dispatch.candidates import candidates
from queries.dispatch.choosing import Work, choose
from queries.dispatch.places import Place, institution_of
from queries.dispatch.telling import sentence
from queries.organisation.answering import answering
from queries.organisation.facts import Asking
from queries.raising.office import Office
from queries.reading import rows

DATA_QUALITY: Final = "data_quality"
_MOST: Final = 10_000  # duties of a country; each is a kind of work, not a person
Held = tuple[tuple[int, bool], str, str]  # steps up and whether in the own place, officer, duty
NOBODY: Final = "Nobody is responsible for these data on this day; the task waits for the chief of the grid."


@dataclass(frozen=True, slots=True)
class Placed:
    """`officer`: None where nobody is responsible; `grid`: where the task stands, None where there is no grid at all.

    `level`: of the bureau that should do it, where dispatching says so.
    """

    officer: str | None
    grid: str | None
    level: int | None
    why: str


def placed(office: Office, source: str, taxpayer: str | None) -> Placed:
    """Who is responsible, and why."""
    found = _by_duty(office, source, taxpayer)
    if found is not None:
        return found
    return _of_the_top(office, source) if taxpayer is None else _by_grid(office, source, taxpayer)


def _by_duty(office: Office, source: str, taxpayer: str | None) -> Placed | None:
    asking = Asking(office.store, office.as_of, ROOT)
    held = _near(asking, office, taxpayer) if taxpayer is not None else _anywhere(asking, office.on)
    words = office.force.rules.duties(DATA_QUALITY)
    fitting = ((source.lower() not in duty.lower(), *each) for each in held for duty in each[2:] if _is(duty, words))
    for _, _, officer, duty in sorted(fitting):
        works = asking.out("Officer", [officer], "WORKS_IN", "Grid").get(officer, [])
        if works:
            why = f"{officer} holds the duty {duty} for data of {source}."
            return Placed(officer, works[0].target, None, why)
    return None


def _is(duty: str, words: Iterable[str]) -> bool:
    return any(word.lower() in duty.lower() for word in words)


def _near(asking: Asking, office: Office, taxpayer: str) -> list[Held]:
    """Duties of whoever answers for the taxpayer by a post; to whom one is delegated before who delegated it."""
    lines = answering(asking, taxpayer, office.on)
    return [
        ((one.level or 0, one.acting_for is None), one.officer, duty.name)
        for one in lines
        for duty in one.duties
        if duty.name
    ]


def _anywhere(asking: Asking, day: date) -> list[Held]:
    """The same of everybody who holds a post with a duty on the day; no place is nearer than another."""
    every = asking.store.select("Duty", page=Page(_MOST), as_of=asking.as_of).table
    named = {str(row["id"]): str(row["name"]) for row in rows(every) if row["name"]}
    carried = asking.into("Duty", named, "CARRIES", "Post")
    posts = sorted({ground.source for each in carried.values() for ground in each})
    holding = asking.into("Post", posts, "HOLDS_POST", "Officer")
    officers = asking.named("Officer", (ground.source for each in holding.values() for ground in each))
    return [
        ((0, True), ground.source, named[duty])
        for duty, grounds in carried.items()
        for post in grounds
        for ground in holding.get(post.source, ())
        if ground.source in officers and officers[ground.source].days.holds(day)
    ]


def _by_grid(office: Office, source: str, taxpayer: str) -> Placed:
    found = office.suggested(taxpayer, DATA_QUALITY)
    if found.choice.officer is not None:
        return Placed(found.choice.officer, found.choice.grid, found.level, sentence(found.choice).en)
    if found.places:
        return Placed(None, found.places[0].grid, found.level, NOBODY)
    return _of_the_top(office, source)


def _of_the_top(office: Office, source: str) -> Placed:
    """Whoever has least to do in the institution grid of the highest bureau that has one."""
    store, rules, as_of = office.store, office.force.rules, office.as_of
    order = (Order("level"),)
    for bureau in rows(store.select("Bureau", order=order, page=Page(_MOST), as_of=as_of).table):
        grid = institution_of(store, str(bureau["id"]), as_of=as_of)
        if grid is not None:
            asked = candidates(store, (Place(grid, str(bureau["id"]), bureau["level"], 0),), rules=rules, as_of=as_of)
            choice = choose(Work("", DATA_QUALITY, frozenset(), rules.minutes(DATA_QUALITY)), asked)
            why = NOBODY if choice.officer is None else sentence(choice).en
            return Placed(choice.officer, grid, bureau["level"], f"No grid is in charge of data of {source}. {why}")
    return Placed(None, None, None, "There is no grid in which the task could stand.")
