"""A choice in words, English and Chinese, with every number that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from queries.dispatch.choosing import Choice, Ground

_EN = {
    Ground.QUALIFIED: "{officer} of grid {grid} has the least open work ({load} min) of {qualified} qualified officers"
    " among {asked} in question{next}.",
    Ground.FARTHER: "Nobody nearer is qualified ({expertise}); {officer} of grid {grid} has the least open work"
    " ({load} min) of {qualified} qualified officers among {asked} in question{next}.",
    Ground.UNQUALIFIED: "None of {asked} officers in question is qualified ({expertise}); {officer} of grid {grid},"
    " the nearest, has the least open work ({load} min){next}.",
    Ground.NOBODY: "Nobody works in any grid in question: the task stays without an officer.",
    Ground.OVERRIDDEN: "{officer} of grid {grid} was chosen by a person ({load} min of open work){next}: {reason}",
}
_LEAST = "网格{grid}的{officer}在办工时最少（{load}分钟）{next}。"
_ASKED = "候选{asked}人、其中具备专业{qualified}人，"
_ZH = {
    Ground.QUALIFIED: _ASKED + _LEAST,
    Ground.FARTHER: "就近网格无人具备专业（{expertise}）；" + _ASKED + _LEAST,
    Ground.UNQUALIFIED: "候选{asked}人均不具备专业（{expertise}）；就近的" + _LEAST,
    Ground.NOBODY: "相关网格均无人任职，事项暂无经办人。",
    Ground.OVERRIDDEN: "由人工指定网格{grid}的{officer}（在办{load}分钟）{next}：{reason}",
}


@dataclass(frozen=True, slots=True)
class Said:
    """The same sentence twice."""

    en: str
    zh: str


def sentence(choice: Choice) -> Said:
    """Why this officer."""
    told = {
        "officer": choice.officer,
        "grid": choice.grid,
        "load": choice.load,
        "asked": choice.asked,
        "qualified": choice.qualified,
        "reason": choice.reason,
        "expertise": ", ".join(choice.expertise),
    }
    after = choice.next_best is not None
    en = f"; next would be {choice.next_best} ({choice.next_load} min)" if after else ""
    zh = f"，其次为{choice.next_best}（{choice.next_load}分钟）" if after else ""
    return Said(_EN[choice.ground].format(**told, next=en), _ZH[choice.ground].format(**told, next=zh))
