"""Relationships of the authority itself: organisation, work, findings and governance. Listed in `relationships`."""

from __future__ import annotations

from graph.model.fields import Kind, prop
from graph.model.types import Relationship, relationship

K = Kind
TP = ("Taxpayer",)

# --- organisation


@relationship("IN_GRID", sources=TP, targets=("Grid",), dated=True, en="is managed in", zh="所属网格")
class InGrid(Relationship):
    """Taxpayer → grid."""

    role: str | None = prop(K.TEXT, "in which role of the grid", "网格角色", identity=True)


@relationship("WORKS_IN", sources=("Officer",), targets=("Grid",), dated=True, en="works in", zh="任职网格")
class WorksIn(Relationship):
    """Officer → grid."""

    role: str | None = prop(K.TEXT, "role", "角色", identity=True)


@relationship("PART_OF", sources=("Grid", "Bureau"), targets=("Grid", "Bureau"), dated=True, en="is part of", zh="隶属")
class PartOf(Relationship):
    """Grid → grid, bureau → bureau."""


@relationship("UNDER", sources=("Grid",), targets=("Bureau",), dated=True, en="is under", zh="主管")
class Under(Relationship):
    """Grid → bureau."""


@relationship("HOLDS_POST", sources=("Officer",), targets=("Post",), dated=True, en="holds", zh="任岗")
class HoldsPost(Relationship):
    """Officer → post."""


@relationship("CARRIES", sources=("Post",), targets=("Duty",), dated=True, en="carries", zh="承担职责")
class Carries(Relationship):
    """Post → duty."""


@relationship("POST_AT", sources=("Post",), targets=("Grid", "Bureau"), dated=True, en="is a post of", zh="岗位所在")
class PostAt(Relationship):
    """Post → grid or bureau."""


@relationship("DELEGATES_TO", sources=("Officer",), targets=("Officer",), dated=True, en="delegates to", zh="委托代办")
class DelegatesTo(Relationship):
    """Delegation of a post for a time."""

    post: str | None = prop(K.TEXT, "which post", "岗位", identity=True)


# --- work


@relationship("CONCERNS", sources=("Task",), targets=("Taxpayer", "Invoice", "Finding"), en="concerns", zh="涉及")
class Concerns(Relationship):
    """What a task is about."""


@relationship("ASSIGNED_TO", sources=("Task",), targets=("Officer",), dated=True, en="assigned to", zh="经办")
class AssignedTo(Relationship):
    """Task → officer."""

    role: str | None = prop(K.TEXT, "role", "角色", identity=True)


@relationship("HELD_BY", sources=("Task",), targets=("Grid",), dated=True, en="held by", zh="承接网格")
class HeldBy(Relationship):
    """Task → grid."""


@relationship("SPAWNED", sources=("Task",), targets=("Task",), en="spawned", zh="派生")
class Spawned(Relationship):
    """Issuing grid's task → receiving grid's task."""


@relationship("ANSWERS", sources=("Task",), targets=("Task",), en="answers", zh="反馈")
class Answers(Relationship):
    """The answer back."""


@relationship("HAS_EVENT", sources=("Task",), targets=("TaskEvent",), en="has the event", zh="事项过程")
class HasEvent(Relationship):
    """Task → what was done."""


@relationship("DONE_BY", sources=("TaskEvent",), targets=("Officer",), en="done by", zh="经办人")
class DoneBy(Relationship):
    """Event → officer."""


@relationship(
    "TRIGGERED", sources=("Finding", "ControlAlert", "QualityIssue"), targets=("Task",), en="triggered", zh="触发"
)
class Triggered(Relationship):
    """What opened a task."""


@relationship("MERGED_INTO", sources=("Task",), targets=("Task",), en="was merged into", zh="并入")
class MergedInto(Relationship):
    """Two items about the same household: the later one is handled as a part of the earlier one."""


@relationship(
    "ALERTS",
    sources=("ControlAlert",),
    targets=("Officer", "Task", "TaskEvent", "Taxpayer"),
    en="is about",
    zh="预警对象",
)
class Alerts(Relationship):
    """What an alert of internal control is about."""

    role: str | None = prop(K.TEXT, "role in the rule", "角色", identity=True)


# --- findings and governance


@relationship("INVOLVES", sources=("Finding",), targets=("Taxpayer", "Person"), en="involves", zh="涉及成员")
class Involves(Relationship):
    """Members of a finding."""

    role: str | None = prop(K.TEXT, "role in the pattern", "角色", identity=True)
    place: int | None = prop(K.INTEGER, "place in the pattern", "位置")


@relationship("EVIDENCE", sources=("Finding",), targets=("Invoice",), en="rests on", zh="证据")
class Evidence(Relationship):
    """Invoices behind a finding."""

    role: str | None = prop(K.TEXT, "role in the evidence", "证据角色", identity=True)
    place: int | None = prop(K.INTEGER, "place in the evidence", "位置")


@relationship("SUPERSEDED_BY", sources=("Finding",), targets=("Finding",), en="is superseded by", zh="被取代为")
class SupersededBy(Relationship):
    """An episode that later data joined with another one, or split."""


@relationship("JOINS", sources=("Case",), targets=("Finding",), en="joins", zh="并案")
class Joins(Relationship):
    """Case → finding."""


@relationship("DECIDES", sources=("IdentityDecision",), targets=("Registration",), en="decides about", zh="决定对象")
class Decides(Relationship):
    """Which registrations a decision is about."""


@relationship(
    "REVIEWS",
    sources=("IdentityReview",),
    targets=("Registration",),
    en="asks about",
    zh="复核对象",
    in_digest=False,
)
class Reviews(Relationship):
    """Which registrations a person should decide about."""


WORK_RELATIONSHIPS = (
    InGrid,
    WorksIn,
    PartOf,
    Under,
    HoldsPost,
    PostAt,
    Carries,
    DelegatesTo,
    Concerns,
    AssignedTo,
    HeldBy,
    Spawned,
    Answers,
    HasEvent,
    DoneBy,
    Triggered,
    MergedInto,
    Alerts,
    Involves,
    Evidence,
    SupersededBy,
    Joins,
    Decides,
    Reviews,
)
