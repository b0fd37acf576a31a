"""Reads a deployment's own kinds of tasks (TOML or JSON): what differs from the catalogue, or kinds of its own.

    chief_roles = ["网格长", "chief"]

    [service]
    due_days = 4
    remove = ["transfer"]

    [service.steps.close]
    evidence = ["signed_notice"]
    other_than = ["submit", "review"]

    [service.high.steps.submit]
    evidence = ["attendance"]

A step that the kind has keeps what is not said; a new one says at least `from` and `by`. All faults of a file are told
together.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from graph.errors import SettingsError
from queries.work.catalogue import COMMON, DEFAULT
from queries.work.kinds import ACTORS, CREATE, ENDS, NEEDS, NOTHING, RISKS, STATES, Change, KindOfTask, Kinds, Step

CHIEFS: Final = "chief_roles"
_DUE, _REMOVE, _STEPS = "due_days", "remove", "steps"
_FIELDS: Final = {"from": "sources", "to": "target", "by": "by", "needs": "needs", "evidence": "evidence"} | {
    "other_than": "other_than",
    "known_as": "known_as",
}
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "from": STATES | {NOTHING},
    "by": frozenset(ACTORS),
    "needs": frozenset(NEEDS),
}


def read_kinds(path: Path) -> Kinds:
    """The kinds of a deployment.

    Raises:
        SettingsError: `settings.kinds` with every fault of the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        told: Any = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise _wrong(path, [f"it cannot be read ({type(error).__name__})"]) from error
    if not isinstance(told, dict):
        raise _wrong(path, ["it is no table of kinds"])
    faults: list[str] = []
    kinds = dict(DEFAULT.kinds)
    for name, values in told.items():
        if name != CHIEFS:
            kinds[name] = _kind(name, values, kinds.get(name, KindOfTask(name, COMMON)), faults)
    chiefs = _texts(CHIEFS, told[CHIEFS], None, faults) if CHIEFS in told else tuple(DEFAULT.chief_roles)
    faults += [fault for kind in kinds.values() for fault in _broken(kind)]
    if faults:
        raise _wrong(path, faults)
    return Kinds(kinds, frozenset(chiefs), DEFAULT.other)


def _kind(name: str, told: object, known: KindOfTask, faults: list[str]) -> KindOfTask:
    if not isinstance(told, dict):
        faults.append(f"[{name}] is no table")
        return known
    own = {key: value for key, value in told.items() if key not in RISKS}
    change = _change(name, own, known.steps, faults)
    removed = frozenset(_texts(f"[{name}] {_REMOVE}", own.get(_REMOVE, []), None, faults))
    steps = _merged(known.steps, change.steps, removed)
    risks = dict(known.risks)
    for risk in RISKS:
        if risk in told:
            before = risks.get(risk, Change())
            there = _merged(steps, before.steps, frozenset())
            after = _change(f"{name}.{risk}", told[risk], there, faults)
            merged = _merged(before.steps, after.steps, frozenset())
            risks[risk] = Change(merged, after.due_days or before.due_days)
    return KindOfTask(name, steps, change.due_days or known.due_days, risks)


def _merged(steps: Iterable[Step], others: Iterable[Step], removed: frozenset[str]) -> tuple[Step, ...]:
    found = {step.action: step for step in (*steps, *others) if step.action not in removed}
    return tuple(found.values())


def _change(place: str, told: object, known: Sequence[Step], faults: list[str]) -> Change:
    if not isinstance(told, dict):
        faults.append(f"[{place}] is no table")
        return Change()
    faults += [f"[{place}] {key} is not known" for key in sorted(set(told) - {_DUE, _REMOVE, _STEPS})]
    due = told.get(_DUE)
    if due is not None and (type(due) is not int or due < 1):
        faults.append(f"[{place}] {_DUE} is no number of days")
        due = None
    steps = told.get(_STEPS, {})
    if not isinstance(steps, dict):
        faults.append(f"[{place}.{_STEPS}] is no table")
        return Change((), due)
    by_action = {step.action: step for step in known}
    made = (_step(f"{place}.{_STEPS}.{name}", name, values, by_action, faults) for name, values in steps.items())
    return Change(tuple(step for step in made if step is not None), due)


def _step(place: str, name: str, told: object, known: Mapping[str, Step], faults: list[str]) -> Step | None:
    if not isinstance(told, dict):
        faults.append(f"[{place}] is no table")
        return None
    faults += [f"[{place}] {key} is not known" for key in sorted(set(told) - set(_FIELDS))]
    if name not in known and not {"from", "by"} <= set(told):
        faults.append(f"[{place}] is a new step, and says not where it begins (from) or who may do it (by)")
        return None
    values: dict[str, Any] = {
        _FIELDS[key]: _texts(f"[{place}] {key}", value, _WORDS.get(key), faults)
        for key, value in told.items()
        if key in _FIELDS and key != "to"
    }
    if "to" in told:
        values["target"] = told["to"] or None
        if told["to"] and told["to"] not in STATES:
            faults.append(f"[{place}] to is none of {', '.join(sorted(STATES))}")
    return replace(known.get(name, Step(name, (), None, ())), **values)


def _texts(place: str, told: object, known: frozenset[str] | None, faults: list[str]) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        faults.append(f"{place} is no list of words")
        return ()
    unknown = sorted(set(told) - known) if known is not None else []
    faults += [f"{place} has {word!r}, which is none of {', '.join(sorted(known or ()))}" for word in unknown]
    return tuple(told)


def _broken(kind: KindOfTask) -> Iterator[str]:
    """What makes a kind impossible: nothing begins it, a state without a way to an end, four eyes on no action."""
    for risk in (None, *(risk for risk in RISKS if risk in kind.risks)):
        machine = kind.machine(risk)
        place = f"[{kind.name}.{risk}]" if risk else f"[{kind.name}]"
        if CREATE not in machine.actions or machine.actions[CREATE].target is None:
            yield f"{place} has no step {CREATE} that begins it"
            continue
        targets = {step.target for step in machine.steps if step.target is not None}
        reached = {state for state in targets if machine.path(NOTHING, [state])}
        stuck = sorted(state for state in reached - ENDS if machine.path(state, ENDS) is None)
        yield from (f"{place} {state} has no way to an end" for state in stuck)
        others = {action for step in machine.steps for action in step.other_than}
        yield from (f"{place} other_than names {each!r}, which is no step" for each in others - set(machine.actions))


def _wrong(path: Path, faults: Sequence[str]) -> SettingsError:
    return SettingsError(
        f"The file of kinds {path.name} does not fit: {'; '.join(faults)}.",
        code="settings.kinds",
        next_step="Correct what is named; docs/tasks.md shows the form.",
    )
