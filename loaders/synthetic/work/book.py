"""Tasks, events and handlers as columns: what ordinary work and planted cases both are. Read by `writing`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.synthetic.text import Integers

NONE = -1
KINDS = ("service", "inquiry", "inspection", "confirmation")
SERVICE, INQUIRY, INSPECTION, CONFIRMATION = range(4)
DUE_DAYS = np.array([10, 20, 60, 30])
RISKS = ("低", "高")
LOW, HIGH = range(2)
SMALL, MIDDLE, LARGE = range(3)
ACTIONS = ("发起", "派发", "接收", "核实", "等待资料", "提交", "审核", "退回", "办结", "改派")
(ISSUE, DISPATCH, ACCEPT, WORK, WAIT, SUBMIT, REVIEW, RETURN, CLOSE, REASSIGN) = range(len(ACTIONS))
STATUS_AFTER = ("待派发", "已派发", "已接收", "处理中", "等待", "已提交", "已审核", "退回", "已办结", None)
ROLES = ("网格长", "网格员")
CHIEF_POST, CLERK_POST = range(2)
OUTCOMES = ("未发现异常", "已辅导整改", "补缴税款", "移交稽查", "已更正申报")
CLEARED, GUIDED, PAID, TRANSFERRED, CORRECTED = range(5)
REASONS = ("资料不全", "原经办人调离", "工作量调整", "情况复杂")
INCOMPLETE, LEFT, BALANCE, COMPLEX = range(4)
EVIDENCE = ("现场笔录", "情况说明", "购销合同", "银行流水", "物流单据", "询问笔录")
T = TypeVar("T", bound="Columns")


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows as columns of int64 of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


@dataclass(frozen=True, slots=True)
class WorkTasks(Columns):
    """One row a task. `parent`: place of the task that opened it; `closed` (civil second), `outcome`: -1 while open."""

    kind: Integers
    firm: Integers
    grid: Integers
    risk: Integers
    loop: Integers
    parent: Integers
    opened: Integers
    due: Integers
    closed: Integers
    outcome: Integers


@dataclass(frozen=True, slots=True)
class Handlers(Columns):
    """Who handled a task from which day until which (first day no longer; -1: still), the last one of a task last."""

    task: Integers
    officer: Integers
    begin: Integers
    end: Integers


@dataclass(frozen=True, slots=True)
class WorkEvents(Columns):
    """One row an event, by task and time; `reason`, `evidence`, `acting_for`: places, -1 where there is none."""

    task: Integers
    action: Integers
    at: Integers
    officer: Integers
    post: Integers
    reason: Integers
    evidence: Integers
    acting_for: Integers


def joined(parts: Sequence[T]) -> T:
    """The rows of all parts, one part after another."""
    kind = type(parts[0])
    names = [each.name for each in fields(kind)]
    return kind(*(np.concatenate([getattr(part, name) for part in parts]).astype(np.int64) for name in names))
