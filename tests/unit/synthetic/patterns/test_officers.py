"""Officers and their tasks: planted cases show their signal, near misses lack one part of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.officers import OFFICERS
from tests.support.planted_country import Case, Country, Row, day, rows_of

EVIDENCE = {"接收", "核实", "等待资料", "提交"}


def test_officers_show_the_planted_signal_and_near_misses_lack_one_part(country: Country) -> None:
    tasks = {row["事项编号"]: row for row in rows_of(country.folder / "tasks" / "tasks.csv")}
    signals, broken = set(), set()
    for case in country.cases("officer_control"):
        found = _MEASURES[case.row["signal"]](country, case, tasks[case.row["task"]])
        failed = {name for name, held in found.items() if not held}
        assert failed == ({case.row["broken"]} if case.row["broken"] else set()), (case.row, found)
        signals |= {case.row["signal"]} if case.planted else set()
        broken |= failed
    assert signals == set(_MEASURES)
    assert broken == set(OFFICERS.preconditions)


def test_planted_tasks_show_no_other_signal_than_their_own(country: Country) -> None:
    tasks = {row["事项编号"]: row for row in rows_of(country.folder / "tasks" / "tasks.csv")}
    for case in country.cases("officer_control"):
        task = tasks[case.row["task"]]
        others = set(_MEASURES) - {case.row["signal"]}
        shown = {name for name in others if all(_MEASURES[name](country, case, task).values())}
        assert not shown, (case.row, shown)


def _events(country: Country, case: Case) -> list[Row]:
    rows = rows_of(country.folder / "tasks" / "task_events.csv")
    return [row for row in rows if row["事项编号"] == case.row["task"]]


def _closed(task: Row) -> bool:
    return task["办结时间"] != ""


def _share(country: Country, case: Case, task: Row) -> dict[str, bool]:
    officers = {row["税务人员代码"]: row for row in rows_of(country.folder / "organisation" / "officers.csv")}
    holders = {
        row["股东证件号码"]
        for row in rows_of(country.folder / "shareholdings.csv")
        if row["被投资企业纳税人识别号"] == task["纳税人识别号"]
    }
    return {"holds": officers[case.anchor]["证件号码"] in holders, "handles": task["经办人代码"] == case.anchor}


def _unproven(country: Country, case: Case, task: Row) -> dict[str, bool]:
    seen = {row["动作"] for row in _events(country, case)}
    return {"without_evidence": not seen & EVIDENCE, "closed": _closed(task) and "办结" in seen}


def _late(_country: Country, _case: Case, task: Row) -> dict[str, bool]:
    return {"late": _closed(task) and day(task["办结时间"]) > day(task["截止日期"])}


def _one_hand(country: Country, case: Case, _task: Row) -> dict[str, bool]:
    by = {row["动作"]: row["经办人代码"] for row in _events(country, case)}
    return {"issues": by["发起"] == by["派发"] == case.anchor, "reviews": by.get("审核") == case.anchor}


def _reassigned(country: Country, case: Case, task: Row) -> dict[str, bool]:
    earlier = rows_of(country.folder / "tasks" / "reassigned.csv")
    given = [row for row in earlier if row["事项编号"] == case.row["task"]]
    assert all(row["经办人代码"] != task["经办人代码"] for row in given)
    if not given:
        return {"changed": False, "just_before": True}
    left = datetime.fromisoformat(task["办结时间"]) - datetime.fromisoformat(given[0]["改派日期"])
    return {"changed": True, "just_before": left <= timedelta(limits.REASSIGNED_DAYS)}


_MEASURES: dict[str, Callable[[Country, Case, Row], dict[str, bool]]] = {
    "share": _share,
    "without_evidence": _unproven,
    "late": _late,
    "one_hand": _one_hand,
    "reassigned": _reassigned,
}
