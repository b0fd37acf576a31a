"""Internal control inside a step: what the rules say about an act that is about to be done. Called by the desk.

A high risk blocks: the verdict names the rule, says why, and where to turn. A low one reminds: the step goes on once it
is acknowledged by the rule's name. Every rule sees what was recorded before the act, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import AccessError
from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf
from graph.trail.canonical import micros
from queries.control.alerts import STEP, Alert, alert_of
from queries.control.catalogue import CONTROL_RULES
from queries.control.hits import AlertStory, ControlRule, Done, Hit, Known, Warned
from queries.control.knowing import known_before
from queries.detection.rules import PUBLIC, RuleBook
from queries.findings.telling import in_words

BLOCKED, REMINDED = "blocked", "reminded"
APPEAL_EN = (
    "If this is wrong, ask the chief of your grid: the alert can be answered and closed, and appealed if need be."
)
APPEAL_ZH = "如有异议,请向所在网格网格长反映:该预警可答复、关闭,并可申诉。"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one rule says. `action` is blocked or reminded."""

    rule: str
    version: str
    action: str
    sentence_en: str
    sentence_zh: str
    warned: Warned


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all rules say about an act, blocking ones first. `pending`: reminders that are not acknowledged."""

    act: Done
    known: Known
    notices: tuple[Notice, ...]
    pending: tuple[str, ...]

    @property
    def blocked(self) -> tuple[Notice, ...]:
        """Notices that forbid the act."""
        return tuple(each for each in self.notices if each.action == BLOCKED)

    def demand(self) -> None:
        """Refuse what is forbidden or not acknowledged.

        Raises:
            AccessError: `access.control.blocked` or `access.control.reminder`, with rules and sentences as facts.
        """
        if self.blocked:
            raise _refused("blocked", self.blocked, APPEAL_EN)
        if self.pending:
            waiting = [each for each in self.notices if each.rule in self.pending]
            names = ", ".join(self.pending)
            raise _refused("reminder", waiting, f"Read it, and do it again with the acknowledgement of: {names}.")

    def alerts(self, supervisor: str | None, parties: dict[str, str]) -> list[Alert]:
        """Its notices as alerts of mode *step*, for the batch that does or refuses the act.

        `supervisor`: the officer to whom they go; `parties`: at which party each taxpayer's facts hang.
        """
        return [
            alert_of(
                each.rule,
                each.version,
                _hit(self.act, self.known, each.warned),
                supervisor,
                parties=parties,
                mode=STEP,
                action=each.action,
            )
            for each in self.notices
        ]


def step_checks(
    store: GraphStore,
    task: str,
    act: Done,
    *,
    acknowledged: Collection[str] = (),
    book: RuleBook = PUBLIC,
    rules: Sequence[ControlRule[Any]] = CONTROL_RULES,
    as_of: AsOf = NOW,
) -> Verdict:
    """What internal control says about an act in a task.

    Args:
        store: what is known.
        task: public id; one that is only being opened is not there yet.
        act: what is about to be done, by whom, and the status it leaves.
        acknowledged: rules whose reminder was read.
        book: the deployment's thresholds.
        rules: the rules; those without a check say nothing.
        as_of: the recorded clock up to which is known.
    """
    return verdict(
        act, known_before(store, task, (act.officer, act.acting_for), as_of=as_of), acknowledged, book, rules
    )


def verdict(
    act: Done,
    known: Known,
    acknowledged: Collection[str] = (),
    book: RuleBook = PUBLIC,
    rules: Sequence[ControlRule[Any]] = CONTROL_RULES,
) -> Verdict:
    """The same from what is known: a pure function."""
    found = []
    for rule in rules:
        in_force = book.in_force(rule.name, rule.rules, act.day)
        warned = rule.check(act, known, in_force.rules) if rule.check else None
        if warned is not None:
            found.append(_notice(rule, in_force.version, act, known, warned))
    found.sort(key=lambda each: each.action != BLOCKED)
    pending = tuple(each.rule for each in found if each.action == REMINDED and each.rule not in acknowledged)
    return Verdict(act, known, tuple(found), pending)


def _notice(rule: ControlRule[Any], version: str, act: Done, known: Known, warned: Warned) -> Notice:
    words = {name: in_words(rule.measures.get(name), value, "") for name, value in warned.measures.items()}
    before = sorted({each.officer for each in known.handlers if each.officer != act.officer})
    said = rule.explain(
        AlertStory(
            officer=act.officer or "",
            task=known.task,
            on=act.day.isoformat(),
            raw=warned.measures,
            en={name: both[0] for name, both in words.items()},
            zh={name: both[1] for name, both in words.items()},
            others=", ".join(before),
            taxpayers=", ".join(known.taxpayers),
        )
    )
    return Notice(rule.name, version, BLOCKED if warned.high else REMINDED, said.en, said.zh, warned)


def _hit(act: Done, known: Known, warned: Warned) -> Hit:
    return Hit(
        officer=act.officer or "",
        subject=known.task,
        at=micros(act.at),
        high=warned.high,
        measures=warned.measures,
        task=known.task,
        taxpayers=known.taxpayers,
    )


def _refused(what: str, notices: Sequence[Notice], next_step: str) -> AccessError:
    return AccessError(
        " ".join(each.sentence_en for each in notices),
        code=f"access.control.{what}",
        next_step=next_step,
        rules=[each.rule for each in notices],
        zh=" ".join(each.sentence_zh for each in notices),
        appeal_zh=APPEAL_ZH,
    )
