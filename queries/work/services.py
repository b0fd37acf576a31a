"""Services are tasks too: an event and a risk label choose template, channel and the least loaded qualified officer.

A low risk closes on the taxpayer's confirmation, a high one needs attendance and a signed notice: that is the kind's
own machine (`catalogue`). Here it is decided what is sent, how, and by whom; the platform opens the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from graph.errors import WorkError
from graph.store.questions import ROOT, AsOf, Scope
from queries.dispatch.candidates import candidates
from queries.dispatch.choosing import Choice, Work, choose
from queries.dispatch.places import places
from queries.dispatch.rules import COUNTY, DispatchRules, tags_of
from queries.dispatch.telling import Said, sentence
from queries.reading import find_taxpayer
from queries.work.actions import NewTask
from queries.work.kinds import RISKS
from queries.work.seeing import Now

SERVICE: Final = "service"
LOW, HIGH = RISKS
_OPEN: Final = frozenset({"open", "reopened"})


@dataclass(frozen=True, slots=True)
class Template:
    """What is sent on an event at a risk. `expertise`: tags of which one qualifies; none: those of any service."""

    name: str
    channel: str
    title: str
    stage: str
    expertise: frozenset[str] = frozenset()


def _both(name: str, title: str, stage: str, *, low: str, high: str, expertise: str = "") -> Mapping[str, Template]:
    tags = tags_of(expertise)
    return MappingProxyType(
        {
            LOW: Template(f"{name}.reminder", low, title, stage, tags),
            HIGH: Template(f"{name}.notice", high, title, stage, tags),
        }
    )


# Events of a taxpayer's life. A low risk is reached electronically, a high one in person.
TEMPLATES: Final[Mapping[str, Mapping[str, Template]]] = MappingProxyType(
    {
        "registered": _both("registered", "新办纳税人辅导", "before", low="electronic", high="visit"),
        "filing_due": _both("filing_due", "申报期提醒", "before", low="message", high="telephone"),
        "filing_missed": _both("filing_missed", "逾期未申报提醒", "during", low="message", high="visit"),
        "quota_raised": _both(
            "quota_raised", "发票额度调整提醒", "during", low="electronic", high="visit", expertise="发票管理,纳税服务"
        ),
        "representative_changed": _both(
            "representative_changed", "法定代表人变更核实", "during", low="electronic", high="interview"
        ),
        "finding": _both(
            "finding", "风险提示", "during", low="electronic", high="interview", expertise="风险应对,税源管理"
        ),
        "policy": _both("policy", "政策辅导", "before", low="electronic", high="telephone"),
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service to be opened by the platform: the task, who gets it, and why in both languages."""

    task: NewTask
    choice: Choice
    because: Said


def service(
    now: Now,
    event: str,
    taxpayer: str,
    *,
    risk: str | None = None,
    once: str | None = None,
    scope: Scope = ROOT,
    asked_by: str | None = None,
    rules: DispatchRules | None = None,
) -> Service:
    """The service that an event of a taxpayer calls for. Deterministic: equal loads go by id in the end.

    Args:
        now: the surroundings of actions; its day decides who works where.
        event: of `TEMPLATES`.
        taxpayer: by any id.
        risk: low or high; None: high where an open finding of high severity is about the taxpayer, else low.
        once: key of the request.
        scope: what the asker may see.
        asked_by: the officer who asks for it; the platform opens it.
        rules: efforts and tags of dispatching.

    Raises:
        WorkError: `work.event`, `work.risk`.
        NotFoundError: `not_found.taxpayer`.
    """
    key = find_taxpayer(now.store, taxpayer, as_of=AsOf(), scope=scope)
    label = risk if risk is not None else _risk_of(now, key)
    template, force = _template(event, label), rules or DispatchRules()
    choice = _who(now, key, template, force)
    extra = {"event": event} | ({"asked_by": asked_by} if asked_by else {})
    once = once and f"{event}\x00{key}\x00{once}"
    return Service(_task(key, label, template, choice, once=once, extra=extra), choice, sentence(choice))


def _template(event: str, risk: str) -> Template:
    found = TEMPLATES.get(event)
    if found is None:
        raise WorkError(
            "No service follows from such an event.",
            code="work.event",
            next_step=f"Use {', '.join(sorted(TEMPLATES))}.",
        )
    if risk not in found:
        raise WorkError("There is no such risk label.", code="work.risk", next_step=f"Use {', '.join(RISKS)}.")
    return found[risk]


def _risk_of(now: Now, taxpayer: str) -> str:
    """Judged on every finding, also those that the asker may not see: the label says no more."""
    about = now.about([taxpayer], ROOT).findings
    return HIGH if any(severity == HIGH and state in _OPEN for _, _, severity, state in about) else LOW


def _who(now: Now, taxpayer: str, template: Template, rules: DispatchRules) -> Choice:
    where = places(now.store, taxpayer, level=COUNTY, as_of=now.as_of)
    tags = template.expertise or rules.tags(SERVICE)
    work = Work(template.name, SERVICE, tags, rules.minutes(SERVICE))
    return choose(work, candidates(now.store, where, rules=rules, as_of=now.as_of))


def _task(
    taxpayer: str, risk: str, template: Template, choice: Choice, *, once: str | None, extra: Mapping[str, str]
) -> NewTask:
    return NewTask(
        kind=SERVICE,
        title=template.title,
        reason=sentence(choice).zh,
        stage=template.stage,
        risk=risk,
        loop="small",
        template=template.name,
        channel=template.channel,
        taxpayers=(taxpayer,),
        grid=choice.grid,
        officer=choice.officer,
        once=once,
        extra=extra,
    )
