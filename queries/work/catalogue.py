"""The kinds of tasks that come with the platform. Data only; a deployment overrides it by a file (`configured`)."""

from __future__ import annotations

from typing import Final

from queries import office_words
from queries.work.kinds import (
    ASSIGNED,
    CHIEF,
    CREATE,
    DISPATCH,
    EVIDENCE,
    GRID,
    MEMBER,
    NOTHING,
    OFFICER,
    REASON,
    SYSTEM,
    Change,
    KindOfTask,
    Kinds,
    Step,
    changed,
)

CHIEF_ROLES: Final = frozenset({office_words.CHIEF, "chief", "lead", "supervisor"})
_OPEN: Final = ("created", "dispatched", "accepted", "in_work", "waiting", "submitted", "reviewed", "reopened")
_BEFORE_SUBMITTING: Final = ("created", "dispatched", "accepted", "in_work", "waiting", "reopened")
_WITH_OFFICER: Final = ("dispatched", "accepted", "in_work", "waiting", "reopened")
_LEADERS: Final = (CHIEF, SYSTEM)

COMMON: Final = (
    Step(CREATE, (NOTHING,), "created", (CHIEF, MEMBER, SYSTEM), known_as=("created",)),
    Step(DISPATCH, ("created", "reopened"), "dispatched", _LEADERS, (OFFICER,), known_as=("dispatched",)),
    Step("accept", ("dispatched",), "accepted", (ASSIGNED,), known_as=("accepted",)),
    Step("decline", ("dispatched",), "created", (ASSIGNED,), (REASON,), known_as=("declined",)),
    Step("start", ("accepted", "waiting", "reopened"), "in_work", (ASSIGNED,), known_as=("in_work", "started")),
    Step("wait", ("in_work",), "waiting", (ASSIGNED,), (REASON,), known_as=("waiting",)),
    Step("submit", ("in_work", "waiting"), "submitted", (ASSIGNED,), (EVIDENCE,), known_as=("submitted",)),
    Step("review", ("submitted",), "reviewed", (CHIEF,), other_than=("submit",), known_as=("reviewed",)),
    Step("return", ("submitted", "reviewed"), "reopened", (CHIEF,), (REASON,), known_as=("returned", "reopened")),
    Step("close", ("reviewed",), "closed", (CHIEF,), other_than=("submit",), known_as=("closed",)),
    Step("reopen", ("closed",), "reopened", (CHIEF,), (REASON,), known_as=("reopened",)),
    Step("cancel", _BEFORE_SUBMITTING, "cancelled", (CHIEF,), (REASON,), known_as=("cancelled",)),
    Step("merge", _BEFORE_SUBMITTING, "cancelled", (SYSTEM,), (REASON,), known_as=("merged",)),
    # The asking side has an answer: `answer:<task>`.
    Step("receive", _OPEN, None, (ASSIGNED, CHIEF), (EVIDENCE,), known_as=("received",)),
    Step("assign", _WITH_OFFICER, None, _LEADERS, (OFFICER, REASON), known_as=("reassigned",)),
    Step("transfer", _BEFORE_SUBMITTING, "created", (CHIEF,), (GRID, REASON), known_as=("transferred",)),
    Step("attach", _OPEN, None, (ASSIGNED,), (EVIDENCE,), known_as=("attached",)),
    Step("note", _OPEN, None, (ASSIGNED, CHIEF, MEMBER), known_as=("noted",)),
)
_CONFIRM: Final = Step(
    "confirm",
    ("dispatched", "accepted", "in_work", "waiting"),
    "closed",
    (ASSIGNED, SYSTEM),
    (EVIDENCE,),
    ("confirmation",),
    known_as=("confirmed",),
)
ATTENDANCE, SIGNED_NOTICE = "attendance", "signed_notice"


def _closed_with(*evidence: str, other_than: tuple[str, ...] = ("submit",)) -> Step:
    return changed(COMMON, "close", evidence=evidence, other_than=other_than)


def _kind(name: str, due_days: int, *, low: Change | None = None, high: Change | None = None) -> KindOfTask:
    risks = {risk: change for risk, change in (("low", low), ("high", high)) if change is not None}
    return KindOfTask(name, COMMON, due_days, risks)


_HANDLING: Final = ("accept", "start", "submit")
# Its end is the data's or a reviewer's word, never its handler's: nobody cancels it, whoever handled it neither reviews
# nor closes it, and the platform opens it again when what it was about is back.
_OF_DATA: Final = (
    *(step for step in COMMON if step.action not in {"review", "close", "reopen", "cancel"}),
    changed(COMMON, "review", other_than=_HANDLING),
    changed(COMMON, "close", other_than=_HANDLING),
    changed(COMMON, "reopen", by=_LEADERS),
)

KINDS: Final = (
    # A low risk closes on the taxpayer's confirmation; a high one needs attendance and a signed notice.
    _kind(
        "service",
        5,
        low=Change((_CONFIRM,), due_days=10),
        high=Change((_closed_with(ATTENDANCE, SIGNED_NOTICE),), due_days=3),
    ),
    _kind("inquiry", 15, high=Change((_closed_with(SIGNED_NOTICE),), due_days=10)),
    # A high one closes by a third person.
    _kind("inspection", 60, high=Change((_closed_with(SIGNED_NOTICE, other_than=("submit", "review")),), due_days=30)),
    _kind("confirmation", 10, low=Change((_CONFIRM,))),
    KindOfTask("data_quality", _OF_DATA, 10),
    _kind("review", 20),
    _kind("sample", 60),
    _kind("relay", 20),  # a level that hands a request down and the answer up
)
DEFAULT: Final = Kinds({kind.name: kind for kind in KINDS}, CHIEF_ROLES, KindOfTask("other", COMMON))
