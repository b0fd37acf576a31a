"""What the platform itself records: findings, cases, decisions, alerts, data quality, access, batches, claims."""

from __future__ import annotations

from datetime import date, datetime

from graph.model.fields import Kind, Personal, key, prop
from graph.model.types import Node, node

K, P = Kind, Personal
FINDING_STATES = ("open", "reopened", "closed", "gone", "superseded")
LABELS = ("confirmed", "refuted", "insufficient")
VERDICTS = ("same", "different")
ALERT_STATES = ("open", "answered", "closed", "reviewed", "settled")
ALERT_VERDICTS = ("justified", "unfounded")
APPEAL_STATES = ("open", "upheld", "dismissed")
REVIEW_STATES = ("open", "settled", "gone")
REVIEW_REASONS = (
    "decisions contradict",
    "two organisation codes",
    "branch and head office",
    "decided apart",
    "names differ",
    "below the threshold",
)


@node(en="several findings joined", zh="案件")
class Case(Node):
    """Findings that share members, ranked."""

    id: str = key("case id", "案件标识")
    rank: int | None = prop(K.INTEGER, "rank", "排序")


@node(en="a human decision about identity", zh="身份决定", event_time="decided_at")
class IdentityDecision(Node):
    """Later resolution runs respect it."""

    id: str = key("decision id", "决定标识")
    who: str | None = prop(K.TEXT, "who decided", "决定人")
    decided_at: datetime | None = prop(K.INSTANT, "when", "决定时间")
    verdict: str | None = prop(K.TEXT, "same or different", "结论")
    reason: str | None = prop(K.TEXT, "why", "理由", personal=P.PERSONAL)


@node(en="two registrations about which a person should decide", zh="身份复核", in_digest=False)
class IdentityReview(Node):
    """Found by identity resolution and kept for ever: what was open once depends on the order of loads."""

    id: str = key("hash of both registrations", "复核标识")
    left: str | None = prop(K.TEXT, "registration, the smaller key", "登记一")
    right: str | None = prop(K.TEXT, "the other registration", "登记二")
    reason: str | None = prop(K.TEXT, "why resolution does not decide", "复核原因", order=REVIEW_REASONS)
    rule: str | None = prop(K.TEXT, "rule that would join them", "归并规则")
    weight: int | None = prop(K.MILLIONTHS, "weight of the evidence that would join them, bits", "证据权重")
    state: str | None = prop(
        K.TEXT, "open; settled by a decision; gone: data no longer show it", "状态", order=REVIEW_STATES
    )
    verdict: str | None = prop(K.TEXT, "what was decided: same or different", "结论", order=VERDICTS)


@node(en="what goes into a product", zh="投入产出对照")
class BillOfMaterials(Node):
    """Inputs of a product in an industry, for commodity-switch checks."""

    id: str = key("industry and product", "对照标识")
    industry: str | None = prop(K.TEXT, "industry code", "行业代码")
    product: str | None = prop(K.TEXT, "commodity code of the product", "产品编码")
    inputs: str | None = prop(K.TEXT, "commodity codes of inputs, comma separated", "投入编码")


@node(en="a pattern found", zh="疑点", event_time="first_on")
class Finding(Node):
    """Pattern, anchor and first day identify it."""

    id: str = key("hash of pattern, anchor and first day", "疑点标识")
    pattern: str | None = prop(K.TEXT, "pattern", "模式")
    anchor: str | None = prop(K.TEXT, "anchor", "锚点")
    first_on: date | None = prop(K.DATE, "first day", "起始日期")
    last_on: date | None = prop(K.DATE, "last day", "截止日期")
    state: str | None = prop(
        K.TEXT, "open, reopened, closed; gone: data no longer show it; superseded", "状态", order=FINDING_STATES
    )
    score: int | None = prop(K.MILLIONTHS, "score", "评分")
    severity: str | None = prop(K.TEXT, "abnormal or high", "严重程度", order=("abnormal", "high"))
    rule_version: str | None = prop(K.TEXT, "rule version", "规则版本")
    parameters: str | None = prop(K.TEXT, "parameters, JSON", "参数", personal=P.RESTRICTED)
    snapshot: int | None = prop(K.INTEGER, "data snapshot", "数据快照", recorded=True)
    measures: str | None = prop(K.TEXT, "what was measured, JSON", "度量", personal=P.BUSINESS)
    truncated: bool | None = prop(K.BOOLEAN, "evidence was cut", "是否截断")
    left_out: int | None = prop(K.INTEGER, "invoices of the evidence that are not listed", "未列出发票数")
    label: str | None = prop(K.TEXT, "what a decision found", "结论", order=LABELS)
    tax_recovered_cents: int | None = prop(K.CENTS, "tax recovered", "查补税款")
    currency: str | None = prop(K.TEXT, "currency", "币种")
    task: str | None = prop(K.TEXT, "the task that decided it", "结论事项")
    decided_by: str | None = prop(K.TEXT, "who decided", "决定人", personal=P.PERSONAL)
    decided_at: datetime | None = prop(K.INSTANT, "when it was decided", "决定时间", recorded=True)
    reason: str | None = prop(K.TEXT, "why it was decided so", "理由", personal=P.PERSONAL)


@node(en="an alert of internal control", zh="内控预警", event_time="raised_at")
class ControlAlert(Node):
    """Rule, subject and time identify it."""

    id: str = key("rule, subject and time", "预警标识")
    rule: str | None = prop(K.TEXT, "rule", "规则")
    subject: str | None = prop(K.TEXT, "key of what it is about", "对象标识")
    officer: str | None = prop(K.TEXT, "the officer that it is about", "税务人员代码")
    task: str | None = prop(K.TEXT, "the task that it is about", "事项标识")
    mode: str | None = prop(K.TEXT, "step: inside an action; scan: over history", "检查方式")
    severity: str | None = prop(K.TEXT, "low or high", "严重程度", order=("low", "high"))
    action: str | None = prop(K.TEXT, "blocked, reminded or noted", "处置方式")
    raised_at: datetime | None = prop(K.INSTANT, "raised at", "预警时间")
    measures: str | None = prop(K.TEXT, "what was measured, JSON", "度量", personal=P.BUSINESS)
    rule_version: str | None = prop(K.TEXT, "rule version", "规则版本")
    supervisor: str | None = prop(K.TEXT, "the officer to whom it goes", "预警接收人")
    state: str | None = prop(
        K.TEXT, "open, answered, closed, reviewed; settled: data no longer show it", "状态", order=ALERT_STATES
    )
    answer: str | None = prop(K.TEXT, "answer", "答复", personal=P.PERSONAL)
    answered_by: str | None = prop(K.TEXT, "who answered", "答复人", personal=P.PERSONAL)
    answered_at: datetime | None = prop(K.INSTANT, "when it was answered", "答复时间", recorded=True)
    verdict: str | None = prop(K.TEXT, "what closing found: justified or unfounded", "结论")
    reason: str | None = prop(K.TEXT, "why it was closed so", "结论理由", personal=P.PERSONAL, added=True)
    closed_by: str | None = prop(K.TEXT, "who closed it", "关闭人", personal=P.PERSONAL)
    closed_at: datetime | None = prop(K.INSTANT, "when it was closed", "关闭时间", recorded=True)
    reviewed_by: str | None = prop(K.TEXT, "who reviewed it", "复核人", personal=P.PERSONAL)
    reviewed_at: datetime | None = prop(K.INSTANT, "when it was reviewed", "复核时间", recorded=True)
    appeal: str | None = prop(K.TEXT, "why it was appealed", "申诉理由", personal=P.PERSONAL, added=True)
    appealed_by: str | None = prop(K.TEXT, "who appealed", "申诉人", personal=P.PERSONAL, added=True)
    appealed_at: datetime | None = prop(K.INSTANT, "when it was appealed", "申诉时间", recorded=True, added=True)


@node(en="an appeal against a counted fact", zh="指标申诉", event_time="raised_at")
class IndicatorAppeal(Node):
    """Upheld, the fact is not counted any more, in no period; earlier deliveries stay as they were."""

    id: str = key("hash of indicator, task, event and officer", "申诉标识")
    indicator: str | None = prop(K.TEXT, "indicator", "指标")
    task: str | None = prop(K.TEXT, "task of the fact", "事项标识")
    event: str | None = prop(K.TEXT, "event of the fact; none of a task without one", "过程标识")
    officer: str | None = prop(K.TEXT, "whose fact it is", "税务人员代码")
    state: str | None = prop(K.TEXT, "open, upheld or dismissed", "状态", order=APPEAL_STATES)
    raised_by: str | None = prop(K.TEXT, "who appeals", "申诉人", personal=P.PERSONAL)
    raised_at: datetime | None = prop(K.INSTANT, "when", "申诉时间")
    reason: str | None = prop(K.TEXT, "why", "申诉理由", personal=P.PERSONAL)
    decided_by: str | None = prop(K.TEXT, "who decided", "裁决人", personal=P.PERSONAL)
    decided_at: datetime | None = prop(K.INSTANT, "when it was decided", "裁决时间", recorded=True)
    ruling: str | None = prop(K.TEXT, "why it was decided so", "裁决理由", personal=P.PERSONAL)


@node(en="something wrong with the data", zh="数据质量问题")
class QualityIssue(Node):
    """A function of the data alone: rule, subject and content; the batch that brought it is its stamp."""

    id: str = key("hash of rule, subject and content", "问题标识")
    rule: str | None = prop(K.TEXT, "rule", "规则")
    subject_type: str | None = prop(K.TEXT, "type of the subject", "对象类型")
    subject: str | None = prop(K.TEXT, "key of the subject", "对象标识", personal=P.BUSINESS)
    columns: str | None = prop(K.TEXT, "columns concerned, comma separated, sorted", "涉及字段")
    what: str | None = prop(K.TEXT, "what is wrong", "问题描述")
    status: str | None = prop(
        K.TEXT, "open, pushed, handled, reviewed", "状态", order=("open", "pushed", "handled", "reviewed")
    )


@node(en="one distinct claim about a key on which claims disagree", zh="来源主张", in_digest=True)
class Claim(Node):
    """Kept for every key with two or more distinct claims; the current version is a function of the set."""

    id: str = key("hash of type, key, source and content (registrations: and date)", "主张标识")
    subject_type: str | None = prop(K.TEXT, "type of the subject", "对象类型")
    subject: str | None = prop(K.TEXT, "key of the subject", "对象标识", personal=P.BUSINESS, indexed=True)
    source: str | None = prop(K.TEXT, "source system", "来源系统")
    first_at: datetime | None = prop(K.CIVIL_TIME, "first date at which the source said so", "首次数据日期")
    as_at: datetime | None = prop(K.CIVIL_TIME, "last date at which the source said so", "数据日期")
    content: str | None = prop(K.TEXT, "the claim, canonical JSON", "内容", personal=P.RESTRICTED)


@node(en="one access to data", zh="访问记录", event_time="at", in_digest=False)
class AccessEvent(Node):
    """Append-only; readable only to internal control."""

    id: str = key("sequence", "序号")
    at: datetime | None = prop(K.INSTANT, "instant", "时间")
    principal: str | None = prop(K.TEXT, "who", "访问者", personal=P.PERSONAL)
    officer: str | None = prop(K.TEXT, "as which officer", "税务人员代码")
    operation: str | None = prop(K.TEXT, "operation", "操作")
    subjects: str | None = prop(K.TEXT, "whom it was about, comma separated ids", "访问对象", personal=P.PERSONAL)
    rows: int | None = prop(K.INTEGER, "how many taxpayers and persons", "数量")
    task: str | None = prop(K.TEXT, "for which task", "事项标识")
    scope: str | None = prop(K.TEXT, "under which scope", "权限范围")


@node(en="one load", zh="批次", in_digest=False)
class Batch(Node):
    """An entry of the ledger; kept by the store itself."""

    id: str = key("batch id", "批次标识")
    source: str | None = prop(K.TEXT, "source system", "来源系统")
    digest: str | None = prop(K.TEXT, "digest of the files", "文件摘要")
    state: str | None = prop(K.TEXT, "pending, committed, withdrawn or undone", "状态")
    read: int | None = prop(K.INTEGER, "rows read", "读取行数")
    accepted: int | None = prop(K.INTEGER, "rows accepted", "接受行数")
    rejected: int | None = prop(K.INTEGER, "rows rejected", "拒绝行数")
    known: int | None = prop(K.INTEGER, "accepted rows that changed nothing", "已知行数")
    started_at: datetime | None = prop(K.INSTANT, "started", "开始时间")
    committed_at: datetime | None = prop(K.INSTANT, "committed", "提交时间")
    who: str | None = prop(K.TEXT, "who loaded it", "操作人", personal=P.PERSONAL)
    withdrawn_at: datetime | None = prop(K.INSTANT, "withdrawn", "撤回时间")
    withdrawn_by: str | None = prop(K.TEXT, "who withdrew it", "撤回人", personal=P.PERSONAL)
    resolved_by: str | None = prop(K.TEXT, "rules and model by which it resolved identities", "身份归并依据")


@node(en="a row that was refused", zh="拒绝行", in_digest=False)
class Reject(Node):
    """Kept with its place and reason; nothing is lost."""

    id: str = key("batch, file, table, row and rule", "拒绝标识")
    file: str | None = prop(K.TEXT, "file", "文件")
    table: str | None = prop(K.TEXT, "table or sheet", "表")
    row: int | None = prop(K.INTEGER, "row", "行号")
    rule: str | None = prop(K.TEXT, "rule", "规则")
    column: str | None = prop(K.TEXT, "column", "字段")
    what: str | None = prop(K.TEXT, "what is wrong and what to do", "原因")
    content: str | None = prop(K.TEXT, "the row, JSON", "原始内容", personal=P.RESTRICTED)
    record: str | None = prop(K.TEXT, "canonical record; none where the row could not be cut", "记录类型")
    refused_row: str | None = prop(K.TEXT, "which row of its batch: one row may have several faults", "行标识")
    status: str | None = prop(K.TEXT, "open, resubmitted, settled", "状态", order=("open", "resubmitted", "settled"))
    answered_by: str | None = prop(K.TEXT, "batch of the resubmission", "重报批次")


GOVERNANCE = (
    Case,
    IdentityDecision,
    IdentityReview,
    BillOfMaterials,
    Finding,
    ControlAlert,
    IndicatorAppeal,
    QualityIssue,
    Claim,
    AccessEvent,
    Batch,
    Reject,
)
