"""Thresholds of the patterns: named, with units, versioned, with effective dates, and overridable by a deployment.

Each pattern declares a class of rules; `RuleBook` gives the values in force on a day. Thresholds are confidential:
answers show them to the rules role only, and a deployment can replace the public defaults by a private file.

The file is TOML, one table a pattern; `from` holds later values, each with its first day:

    [ring_invoicing]
    window_days = 60

    [[ring_invoicing.from]]
    since = 2026-07-01
    window_days = 45
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from graph.errors import SettingsError

LATER, SINCE = "from", "since"
Value = int | bool | str
R = TypeVar("R", bound="Rules")


@dataclass(frozen=True, slots=True)
class Rules:
    """Base of every pattern's rules. `VERSION` moves when a definition changes, not when a value does."""

    VERSION: ClassVar[str] = "1"

    def values(self) -> dict[str, Value]:
        """Every rule by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def rule(default: Value, unit: str, *, en: str, zh: str, least: int = 0, most: int = 10**15) -> Any:
    """A threshold: its public default, unit and meaning; integers lie in least..most."""
    return field(default=default, metadata={"unit": unit, "en": en, "zh": zh, "least": least, "most": most})


@dataclass(frozen=True, slots=True)
class Meaning:
    """One threshold as documentation shows it."""

    name: str
    default: Value
    unit: str
    en: str
    zh: str


def meanings(kind: type[Rules]) -> tuple[Meaning, ...]:
    """Every threshold of a pattern, in declared order."""
    return tuple(
        Meaning(each.name, cast("Value", each.default), *(each.metadata[name] for name in ("unit", "en", "zh")))
        for each in fields(kind)
    )


@dataclass(frozen=True, slots=True)
class InForce(Generic[R]):
    """Rules in force for one pattern: its values, and a version that names definition and values."""

    rules: R
    version: str

    def as_json(self) -> str:
        """The values, canonical JSON."""
        return json.dumps(self.rules.values(), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A deployment's own values by pattern: (first day or None, values), oldest first."""

    own: Mapping[str, tuple[tuple[date | None, Mapping[str, Value]], ...]]

    def in_force(self, pattern: str, kind: type[R], day: date) -> InForce[R]:
        """What applies to a pattern on a day."""
        rules = kind()
        for since, values in self.own.get(pattern, ()):
            if since is None or since <= day:
                rules = replace(rules, **values)
        changed = rules.values() != kind().values()
        return InForce(rules, f"{kind.VERSION}+{_short(rules)}" if changed else kind.VERSION)


PUBLIC = RuleBook({})


def _short(rules: Rules) -> str:
    return hashlib.sha256(json.dumps(rules.values(), sort_keys=True).encode()).hexdigest()[:8]


def read_rules(path: Path, known: Mapping[str, type[Rules]]) -> RuleBook:
    """A deployment's rule file; `known`: the rules of every pattern.

    Raises:
        SettingsError: `settings.rules` names the file, the table and the value that does not fit.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, f"it cannot be read ({type(error).__name__})", "write it as UTF-8 TOML") from error
    return RuleBook({pattern: _of_pattern(path, pattern, values, known) for pattern, values in told.items()})


def _of_pattern(
    path: Path, pattern: str, told: object, known: Mapping[str, type[Rules]]
) -> tuple[tuple[date | None, Mapping[str, Value]], ...]:
    if pattern not in known or not isinstance(told, dict):
        raise _wrong(path, f"[{pattern}] is no pattern", f"use one of {', '.join(sorted(known))}")
    now = {name: value for name, value in told.items() if name != LATER}
    later = told.get(LATER, [])
    if not isinstance(later, list) or not all(isinstance(each, dict) for each in later):
        raise _wrong(path, f"[{pattern}] {LATER} is no list of tables", f"write [[{pattern}.{LATER}]]")
    dated = [_dated(path, pattern, each, known[pattern]) for each in later]
    return (None, _checked(path, pattern, now, known[pattern])), *sorted(dated, key=lambda each: str(each[0]))


def _dated(
    path: Path, pattern: str, told: Mapping[str, object], kind: type[Rules]
) -> tuple[date | None, Mapping[str, Value]]:
    since = told.get(SINCE)
    if not isinstance(since, date):
        raise _wrong(path, f"[[{pattern}.{LATER}]] has no first day", f"add {SINCE} = 2026-07-01")
    return since, _checked(path, pattern, {n: v for n, v in told.items() if n != SINCE}, kind)


def _checked(path: Path, pattern: str, told: Mapping[str, object], kind: type[Rules]) -> Mapping[str, Value]:
    declared = {each.name: each for each in fields(kind)}
    for name, value in told.items():
        if name not in declared:
            raise _wrong(path, f"[{pattern}] {name} is no rule", f"use one of {', '.join(declared)}")
        default = declared[name].default
        if type(value) is not type(default):
            raise _wrong(path, f"[{pattern}] {name} is no {type(default).__name__}", f"write a value like {default}")
        least, most = declared[name].metadata["least"], declared[name].metadata["most"]
        if type(value) is int and not least <= value <= most:
            raise _wrong(path, f"[{pattern}] {name} is out of range", f"use {least} to {most}")
    return cast("Mapping[str, Value]", told)


def _wrong(path: Path, what: str, next_step: str) -> SettingsError:
    return SettingsError(
        f"The rule file {path.name} does not fit: {what}.", code="settings.rules", next_step=f"{next_step}."
    )
