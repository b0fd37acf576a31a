"""Tasks of the grids (事项) and what was done in them (事项过程), over the small, middle and large loop."""

from __future__ import annotations

from types import MappingProxyType

from loaders.sources import registrations
from loaders.sources.layouts import Layout, TabularSource
from loaders.sources.organisation import OFFICER, ROLES, taxpayer_reference

KINDS = MappingProxyType(
    {
        **dict.fromkeys(("服务", "纳税服务"), "service"),
        **dict.fromkeys(("约谈核实", "约谈", "核实", "询问"), "inquiry"),
        **dict.fromkeys(("检查", "实地核查", "风险应对"), "inspection"),
        **dict.fromkeys(("认定", "确认"), "confirmation"),
        **dict.fromkeys(("数据质量", "数据治理"), "data_quality"),
    }
)
STAGES = MappingProxyType({"事前": "before", "事中": "during", "事后": "after"})
PRIORITIES = MappingProxyType({"高": "high", "中": "medium", "低": "low", "紧急": "urgent"})
RISKS = MappingProxyType({**dict.fromkeys(("低", "低风险"), "low"), **dict.fromkeys(("高", "高风险"), "high")})
LOOPS = MappingProxyType({"小闭环": "small", "中闭环": "middle", "大闭环": "large"})
STATUSES = MappingProxyType(
    {
        **dict.fromkeys(("待派发", "新建"), "created"),
        **dict.fromkeys(("已派发", "待接收"), "dispatched"),
        "已接收": "accepted",
        **dict.fromkeys(("处理中", "核实中"), "in_work"),
        **dict.fromkeys(("等待", "等待资料", "挂起"), "waiting"),
        **dict.fromkeys(("已提交", "待审核"), "submitted"),
        "已审核": "reviewed",
        **dict.fromkeys(("退回", "重新办理"), "reopened"),
        **dict.fromkeys(("已办结", "办结"), "closed"),
        **dict.fromkeys(("已撤销", "作废"), "cancelled"),
    }
)
# Actions are told as the status that they lead to.
ACTIONS = MappingProxyType(
    {
        "发起": "created",
        "派发": "dispatched",
        "接收": "accepted",
        "核实": "in_work",
        "等待资料": "waiting",
        "提交": "submitted",
        "审核": "reviewed",
        "退回": "reopened",
        "办结": "closed",
        "撤销": "cancelled",
    }
)
TASK = ("事项编号", "任务编号", "工单编号")
NAME = "tasks"
_OPENED = ("发起时间", "创建时间", "开始时间")

LAYOUTS = (
    Layout(
        record="task_events",
        columns={
            "task": TASK,
            "action": ("动作", "操作类型"),
            "at": ("时间", "发生时间", "操作时间"),
            "position": ("序号",),
            "officer": ("经办人代码", *OFFICER),
            "officer_name": ("经办人", "经办人姓名"),
            "post": ("岗位", "岗位名称"),
            "acting_for": ("受托于", "委托人代码"),
            "reason": ("理由", "办理意见"),
            "evidence": ("依据", "办理依据"),
            "note": ("备注",),
            "note_digest": ("备注摘要",),
        },
        needed=(("task",), ("action",), ("at",)),
        codes={"action": ACTIONS},
        constants={"source": NAME},
    ),
    Layout(
        record="tasks",
        columns={
            "id": TASK,
            "kind": ("事项类型", "任务类型"),
            "title": ("标题", "事项名称", "任务名称"),
            "stage": ("阶段", "管理阶段"),
            "priority": ("优先级",),
            "status": ("状态", "事项状态"),
            "opened_at": _OPENED,
            "due_on": ("截止日期", "办理期限"),
            "closed_at": ("办结时间", "完成时间"),
            "outcome": ("处理结果", "办理结果"),
            "risk": ("风险等级", "任务风险等级"),
            "loop": ("闭环类型", "闭环"),
            "taxpayer": registrations.TAX_NUMBER,
            "serial": registrations.SERIAL,
            "invoice_code": ("发票代码",),
            "invoice_number": ("发票号码",),
            "officer": ("经办人代码", *OFFICER),
            "officer_role": ("经办角色", "角色"),
            "assigned_from": ("派单日期", "派发时间", *_OPENED),
            "assigned_to": ("改派日期",),
            "grid": ("承办网格", "承办网格编码"),
            "parent": ("上级事项编号", "上级任务编号"),
            "answers": ("反馈事项编号", "反馈任务编号"),
        },
        needed=(("id",), ("kind", "title"), ("opened_at",)),
        codes={
            "kind": KINDS,
            "stage": STAGES,
            "priority": PRIORITIES,
            "status": STATUSES,
            "loop": LOOPS,
            "risk": RISKS,
            "officer_role": ROLES,
        },
        constants={"source": NAME},
        finish=taxpayer_reference,
    ),
)
SOURCE = TabularSource(name=NAME, version=1, rank=70, layouts=LAYOUTS)
