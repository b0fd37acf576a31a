"""What identity says, in English and Chinese: outcomes of a pair, rules, fields and how they compare."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from api.identity.pairs import Outcome


class Words(NamedTuple):
    """One meaning in two languages."""

    english: str
    chinese: str


RULES: Mapping[str, Words] = {
    "same number": Words("same number", "识别号相同"),
    "recorded change of number": Words("recorded change of number", "识别号变更记录"),
    "same organisation code": Words("same organisation code", "组织机构代码相同"),
    "organisation code in an old number": Words("organisation code in an old number", "旧识别号含组织机构代码"),
}
CONFLICTS: Mapping[str, Words] = {
    "two organisation codes": Words(
        "they bear two organisation codes that no recorded change joins",
        "两者组织机构代码不同，且无变更记录相连",
    ),
    "branch and head office": Words("one is a branch, the other a head office", "一为分支机构，一为总机构"),
}
FIELDS: Mapping[str, Words] = {
    "name": Words("name", "名称"),
    "representative": Words("legal representative", "法定代表人"),
    "phone": Words("telephone", "电话"),
    "address": Words("address", "地址"),
    "registered_on": Words("day of registration", "登记日期"),
}
LEVELS: Mapping[str, str] = {
    "unknown": "未知",
    "same, its own": "相同且独有",
    "same, shared": "相同但他户共有",
    "same, shared by few": "相同，少数户共有",
    "same, shared by many": "相同，多户共有",
    "former name": "曾用名",
    "sister name": "同字号异名",
    "another trade": "行业不同",
    "same sound": "读音相同",
    "another brand": "字号不同",
    "one edit": "差一字",
    "two edits": "差两字",
    "three edits": "差三字",
    "different": "不同",
    "same document": "证件相同",
    "former one": "曾任",
    "another document": "证件不同",
    "same name": "姓名相同",
    "same day": "同日",
    "within three years": "三年以内",
}
_OUTCOMES: Mapping[str, Words] = {
    "decided same": Words("A person decided that they are one taxpayer.", "经人工认定为同一纳税人。"),
    "rule": Words("A certain rule joins them: {rule.english}.", "依据确定规则归并：{rule.chinese}。"),
    "rules": Words("Certain rules join them through other registrations.", "通过其他登记，依据确定规则归并。"),
    "evidence": Words(
        "The evidence suffices: {bits} bits together, and the names agree.",
        "证据充分：合计{bits}比特，且名称一致。",
    ),
    "numbers": Words(
        "Their serials, numbers and recorded changes join them.", "依据登记序号、识别号及其变更记录归并。"
    ),
    "others": Words(
        "Other registrations of the same taxpayer, or their decisions, join them.", "通过同一纳税人的其他登记归并。"
    ),
    "decided different": Words("A person decided that they are two taxpayers.", "经人工认定为不同纳税人。"),
    "decisions contradict": Words(
        "A person decided that they are one, but other decisions keep them apart.",
        "人工认定为同一纳税人，但与其他认定相矛盾。",
    ),
    "conflict": Words("They may not be one taxpayer: {conflict.english}.", "不得归并：{conflict.chinese}。"),
    "kept apart": Words(
        "What would join them is refused: others of theirs may not be one taxpayer.",
        "归并被拒绝：各自关联的其他登记不得归并。",
    ),
    "not weighed": Words(
        "The evidence would suffice ({bits} bits), but loads weigh none: no model is set.",
        "证据本可充分（{bits}比特），但加载未启用证据模型。",
    ),
    "names differ": Words(
        "The evidence is {bits} bits, but the names do not agree: a person should decide.",
        "证据合计{bits}比特，但名称不一致，需人工复核。",
    ),
    "below the threshold": Words("The evidence does not suffice: {bits} bits together.", "证据不足：合计{bits}比特。"),
}
_BELONGING: Mapping[str, Words] = {
    "own number": Words("It is known by its own number alone.", "仅凭自身识别号。"),
    "serial and numbers": Words(
        "It belongs by its serial, its numbers and their recorded changes.", "依据登记序号、识别号及其变更记录。"
    ),
    "evidence": Words(
        "Weighed evidence joined this taxpayer; its weakest link is {percent} % probable.",
        "依据证据归并，最弱关联的概率为{percent}%。",
    ),
    "decision": Words("A person's decision made this taxpayer what it is.", "依据人工认定。"),
}


def bits(millionths: int) -> str:
    """A weight with two digits, with its sign."""
    return f"{Decimal(millionths).scaleb(-6):+.2f}"


def of_pair(outcome: Outcome, *, rule: str | None, conflict: str | None, total: int) -> Words:
    """Why two registrations are one taxpayer, or two."""
    said = _OUTCOMES[outcome.value]
    nothing = Words("", "")
    told = {"rule": RULES.get(rule or "", nothing), "conflict": CONFLICTS.get(conflict or "", nothing)}
    return Words(*(text.format(bits=bits(total), **told) for text in said))


def of_belonging(rule: str, score: int) -> Words:
    """Why a registration belongs to its taxpayer. `score`: millionths."""
    percent = f"{Decimal(score).scaleb(-4):.2f}"
    return Words(*(text.format(percent=percent) for text in _BELONGING[rule]))
