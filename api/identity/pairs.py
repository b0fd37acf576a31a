"""Why two registrations are one taxpayer or two: the graph's facts and the engine's weights, and what follows of them.

Asked by GraphQL (`whySame`) and the command line (`why-same`), which say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from api.identity import words
from queries.identity.pairs import PairState

if TYPE_CHECKING:  # Splink takes a second, and only whoever asks why needs it
    from loaders.resolve.explain import Explanation


class Outcome(Enum):
    """What decides about a pair."""

    DECIDED_SAME = "decided same"
    RULE = "rule"
    RULES = "rules"
    EVIDENCE = "evidence"
    NUMBERS = "numbers"
    OTHERS = "others"
    DECIDED_DIFFERENT = "decided different"
    DECISIONS_CONTRADICT = "decisions contradict"
    CONFLICT = "conflict"
    KEPT_APART = "kept apart"
    NOT_WEIGHED = "not weighed"
    NAMES_DIFFER = "names differ"
    BELOW_THE_THRESHOLD = "below the threshold"


@dataclass(frozen=True, slots=True)
class PairReason:
    """What is known of two registrations, what the engine says, what follows, and that in words."""

    state: PairState
    told: Explanation
    outcome: Outcome
    said: words.Words


def pair_reason(state: PairState, told: Explanation, *, weighs: bool) -> PairReason:
    """Put together. `weighs`: whether loads weigh evidence."""
    outcome = _joined(state, told, weighs=weighs) if state.same else _apart(state, told, weighs=weighs)
    said = words.of_pair(outcome, rule=told.rule, conflict=told.conflict, total=told.total)
    return PairReason(state, told, outcome, said)


def _joined(state: PairState, told: Explanation, *, weighs: bool) -> Outcome:
    if state.verdict == "same":
        return Outcome.DECIDED_SAME
    if told.rule or told.joined:
        return Outcome.RULE if told.rule else Outcome.RULES
    if weighs and _suffices(told) and told.conflict is None:
        return Outcome.EVIDENCE
    return Outcome.NUMBERS if set(state.rules.values()) == {"serial and numbers"} else Outcome.OTHERS


def _apart(state: PairState, told: Explanation, *, weighs: bool) -> Outcome:
    if state.verdict is not None:
        return Outcome.DECIDED_DIFFERENT if state.verdict == "different" else Outcome.DECISIONS_CONTRADICT
    if told.conflict is not None:
        return Outcome.CONFLICT
    if told.joined or (weighs and _suffices(told)):
        return Outcome.KEPT_APART
    if _suffices(told):
        return Outcome.NOT_WEIGHED
    return Outcome.NAMES_DIFFER if told.total >= told.link else Outcome.BELOW_THE_THRESHOLD


def _suffices(told: Explanation) -> bool:
    return told.named and told.total >= told.link
