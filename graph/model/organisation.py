"""The authority itself and its work: bureaus, grids, officers, posts, tasks and their events."""

from __future__ import annotations

from datetime import date, datetime

from graph.model.fields import Kind, Personal, key, prop
from graph.model.types import Node, node

K, P = Kind, Personal
TASK_STATUS = (
    "created",
    "dispatched",
    "accepted",
    "in_work",
    "waiting",
    "submitted",
    "reviewed",
    "reopened",
    "closed",
    "cancelled",
)


@node(en="a tax authority", zh="税务机关", search=("name", "id"))
class Bureau(Node):
    """Five levels: 1 centre, 2 province, 3 city, 4 county, 5 office."""

    id: str = key("authority code", "税务机关代码")
    name: str | None = prop(K.TEXT, "name", "名称")
    level: int | None = prop(K.INTEGER, "level 1 to 5", "层级")
    region: str | None = prop(K.TEXT, "region code", "行政区划代码")


@node(en="a unit of management", zh="网格", search=("name", "id"))
class Grid(Node):
    """Institution, region or group grid."""

    id: str = key("grid id", "网格标识")
    kind: str | None = prop(K.TEXT, "institution, region or group", "网格类型")
    name: str | None = prop(K.TEXT, "name", "名称")


@node(en="a tax officer", zh="税务人员", search=("name", "id"))
class Officer(Node):
    """Member of grids; holder of posts."""

    id: str = key("officer id", "税务人员代码")
    name: str | None = prop(K.TEXT, "name", "姓名", personal=P.PERSONAL)
    expertise: str | None = prop(K.TEXT, "expertise tags, comma separated", "专业标签")
    active_from: date | None = prop(K.DATE, "active from", "任职起")
    active_to: date | None = prop(K.DATE, "active until (first day no longer)", "任职止")


@node(en="a post", zh="岗位")
class Post(Node):
    """A place in the organisation that officers hold for a time."""

    id: str = key("post id", "岗位标识")
    name: str | None = prop(K.TEXT, "name", "名称")
    active_from: date | None = prop(K.DATE, "exists from", "设立日期", added=True)
    active_to: date | None = prop(K.DATE, "exists until (first day no longer)", "撤销日期", added=True)


@node(en="a duty", zh="职责")
class Duty(Node):
    """What a post carries."""

    id: str = key("duty id", "职责标识")
    name: str | None = prop(K.TEXT, "name", "名称")
    active_from: date | None = prop(K.DATE, "exists from", "设立日期", added=True)
    active_to: date | None = prop(K.DATE, "exists until (first day no longer)", "撤销日期", added=True)


@node(en="a piece of work", zh="事项", event_time="opened_at", search=("title", "id"))
class Task(Node):
    """About a taxpayer, an invoice or a finding."""

    id: str = key("source and id", "事项标识")
    kind: str | None = prop(K.TEXT, "service, inquiry, inspection, confirmation, data quality …", "事项类型")
    title: str | None = prop(K.TEXT, "title", "标题", personal=P.BUSINESS)
    stage: str | None = prop(K.TEXT, "before, during or after the event", "事前事中事后")
    priority: str | None = prop(K.TEXT, "priority", "优先级")
    status: str | None = prop(K.TEXT, "status", "状态", order=TASK_STATUS)
    opened_at: datetime | None = prop(K.CIVIL_TIME, "opened", "开始时间")
    due_on: date | None = prop(K.DATE, "due", "截止日期")
    closed_at: datetime | None = prop(K.CIVIL_TIME, "closed", "办结时间")
    outcome: str | None = prop(K.TEXT, "outcome", "处理结果", personal=P.BUSINESS)
    loop: str | None = prop(K.TEXT, "small, middle or large", "闭环类型")
    risk: str | None = prop(K.TEXT, "risk label: low or high", "风险等级", added=True)
    level: int | None = prop(K.INTEGER, "level of the bureau that handles it, 1 to 5", "管理层级", added=True)
    template: str | None = prop(K.TEXT, "template of a service or notice", "模板", added=True)
    channel: str | None = prop(K.TEXT, "channel by which it reaches the taxpayer", "渠道", added=True)
    attributes: str | None = prop(K.TEXT, "the source's own attributes, JSON", "来源属性", personal=P.BUSINESS)


@node(en="something done in a task", zh="事项过程", event_time="at")
class TaskEvent(Node):
    """Ordered by instant, then position; identity is source, case, content and occurrence."""

    id: str = key("source, case, content and occurrence", "过程标识")
    task: str | None = prop(K.TEXT, "task", "事项标识", required=True)
    position: int | None = prop(K.INTEGER, "place among events of the same task in the source", "序号")
    action: str | None = prop(K.TEXT, "action", "动作")
    at: datetime | None = prop(K.INSTANT, "instant", "发生时间")
    offset_minutes: int | None = prop(K.INTEGER, "original offset of the instant", "原时区偏移（分钟）")
    officer: str | None = prop(K.TEXT, "by whom", "经办人")
    post: str | None = prop(K.TEXT, "under which post", "岗位")
    acting_for: str | None = prop(K.TEXT, "for whom, where the post was delegated", "受托于", added=True)
    status: str | None = prop(
        K.TEXT, "status of the task after it; none for an action of another system", "动作后状态", added=True
    )
    reason: str | None = prop(K.TEXT, "why", "理由", personal=P.BUSINESS, added=True)
    evidence: str | None = prop(K.TEXT, "what it rests on, comma separated", "依据", personal=P.BUSINESS, added=True)
    attributes: str | None = prop(K.TEXT, "the source's own attributes, JSON", "来源属性", personal=P.BUSINESS)
    visible: str | None = prop(K.TEXT, "what was visible then", "当时可见信息")
    note: str | None = prop(
        K.TEXT, "the note itself; outside the chain of hashes", "备注", personal=P.PERSONAL, added=True
    )
    note_digest: str | None = prop(K.TEXT, "digest of the note", "备注摘要")
    sequence: int | None = prop(K.INTEGER, "place in the chain of its task, from 1", "链上序号", recorded=True)
    recorded_at: datetime | None = prop(K.INSTANT, "when it was recorded", "记录时间", recorded=True)
    previous_hash: str | None = prop(K.TEXT, "hash of the event before", "前序哈希", recorded=True)
    hash: str | None = prop(K.TEXT, "hash of this event", "哈希", recorded=True)


ORGANISATION = (Bureau, Grid, Officer, Post, Duty, Task, TaskEvent)
