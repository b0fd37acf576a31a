"""What officers do in tasks: states, refusals, hand-overs, what is pinned, on both stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from graph.civil import civil
from graph.errors import NotFoundError, StoreBusyError, TaxgraphError, WorkError
from graph.store.port import GraphStore
from graph.store.questions import Direction, Scope
from queries.work.actions import Action, NewTask
from queries.work.desk import act
from tests.support.offices import (
    ABOVE,
    CHIEF,
    CLERK,
    SECOND,
    STRANGER,
    check_chain,
    check_chains,
    events,
    in_hand,
    office,
    opened,
    step,
)
from tests.support.small_graph import Draft
from tests.support.stores import written

OUT, IN = Direction.OUT, Direction.IN
VISIT = ("visit:V-1",)


def refusal(store: GraphStore, task: str, officer: str, action: str, **told: object) -> TaxgraphError:
    """How an action is refused; nothing is written."""
    before = len(store.batches())
    with pytest.raises(TaxgraphError) as refused:
        step(store, task, officer, action, **told)
    assert len(store.batches()) == before
    return refused.value


def held(store: GraphStore, task: str, relationship: str) -> list[tuple[object, ...]]:
    """Officers or grids with their days, oldest first."""
    rows = store.expand("Task", [task], relationship, OUT).table.to_pylist()
    return sorted(((row["to_id"], row["valid_from"], row["valid_to"]) for row in rows), key=str)


def test_a_task_goes_its_way_and_every_event_says_who_what_and_what_was_seen(store: GraphStore) -> None:
    first = written(store, office().batch()).batches()[-1].number
    task = in_hand(store)
    step(store, task, CLERK, "submit", evidence=VISIT, note="no goods in the yard")
    step(store, task, CHIEF, "review")
    done = step(store, task, CHIEF, "close", outcome="settled")
    found = events(store, task)
    check_chain(found)
    assert [(row["action"], row["officer"], row["status"]) for row in found] == [
        ("create", CHIEF, "created"),
        ("dispatch", CHIEF, "dispatched"),
        ("accept", CLERK, "accepted"),
        ("start", CLERK, "in_work"),
        ("submit", CLERK, "submitted"),
        ("review", CHIEF, "reviewed"),
        ("close", CHIEF, "closed"),
    ]
    assert (done.sequence, done.hash, done.state) == (7, found[-1]["hash"], "closed")
    row = store.fetch("Task", [task]).to_pylist()[0]
    assert (row["status"], row["outcome"], row["closed_at"]) == ("closed", "settled", civil(found[-1]["at"]))
    visible = json.loads(found[0]["visible"])
    finding = {"id": "F", "pattern": "ring_invoicing", "severity": "high", "state": "open"}
    assert (visible["findings"], visible["snapshot"]) == ([finding], first)
    assert found[4]["evidence"] == "visit:V-1"
    linked = store.expand("Task", [task], "HAS_EVENT", OUT).table.to_pylist()
    assert {each["to_id"] for each in linked} == {each["id"] for each in found}
    by = store.expand("Officer", [CLERK], "DONE_BY", IN).table.to_pylist()
    assert {each["from_id"] for each in by} == {each["id"] for each in found if each["officer"] == CLERK}


def test_a_refused_transition_names_what_is_allowed_and_for_whom(store: GraphStore) -> None:
    task = opened(written(store, office().batch()))
    error = refusal(store, task, CLERK, "submit", evidence=VISIT)
    assert (error.code, error.facts["state"]) == ("work.transition", "dispatched")
    allowed = {each["action"]: (each["by"], each["mine"]) for each in error.facts["allowed"]}  # type: ignore[attr-defined]
    assert allowed["accept"] == (["assigned"], True)
    assert allowed["cancel"] == (["chief"], False)
    assert refusal(store, task, CLERK, "dance").code == "work.transition"


@pytest.mark.parametrize(
    ("officer", "action", "told", "code"),
    [
        (SECOND, "submit", {"evidence": VISIT}, "work.actor"),
        (STRANGER, "note", {}, "work.actor"),
        (CLERK, "cancel", {"reason": "mine"}, "work.actor"),
        (CLERK, "wait", {"reason": " "}, "work.needs"),
        (CLERK, "submit", {}, "work.needs"),
        (CHIEF, "assign", {"reason": "ill", "assign_to": "gone"}, "work.assignee"),
        (CHIEF, "transfer", {"reason": "moved", "grid": "g-none"}, "not_found.grid"),
        ("gone", "note", {}, "access.officer"),
        ("nobody", "note", {}, "access.officer"),
    ],
)
def test_refusals_say_what_stands_against_it(
    store: GraphStore, officer: str, action: str, told: dict[str, object], code: str
) -> None:
    task = in_hand(written(store, office().batch()))
    assert refusal(store, task, officer, action, **told).code == code


def test_who_submitted_does_not_review_but_the_chief_above_does(store: GraphStore) -> None:
    task = opened(written(store, office().batch()), officer=CHIEF)
    for action in ("accept", "start"):
        step(store, task, CHIEF, action)
    step(store, task, CHIEF, "submit", evidence=VISIT)
    error = refusal(store, task, CHIEF, "review")
    assert (error.code, error.facts["other_than"]) == ("work.four_eyes", ["submit"])
    assert step(store, task, ABOVE, "review").state == "reviewed"


def test_a_high_risk_service_closes_only_with_attendance_and_a_signed_notice(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()), kind="service", risk="high")
    step(store, task, CLERK, "submit", evidence=("attendance:A-3",))
    step(store, task, CHIEF, "review")
    error = refusal(store, task, CHIEF, "close")
    assert (error.code, error.facts["missing"]) == ("work.evidence", ["signed_notice"])
    assert step(store, task, CHIEF, "close", evidence=("signed_notice:N-9",)).state == "closed"


def test_what_was_done_since_the_officer_looked_is_not_overwritten(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    step(store, task, CHIEF, "note", note="look at the yard", seen=4)
    error = refusal(store, task, CLERK, "submit", evidence=VISIT, seen=4)
    assert (type(error), error.code) == (StoreBusyError, "store.changed")
    assert (error.facts["sequence"], error.facts["state"]) == (5, "in_work")
    assert step(store, task, CLERK, "submit", evidence=VISIT, seen=5).sequence == 6


def test_a_repeated_request_has_the_same_answer_and_is_done_once(store: GraphStore) -> None:
    written(store, office().batch())
    opening = NewTask("inquiry", "About A", taxpayers=("A",), officer=CLERK, once="k0")
    first, again = (act(store, opening, officer=CHIEF) for _ in range(2))
    assert (again.repeated, again.event, again.hash) == (True, first.event, first.hash)
    done = step(store, first.task, CLERK, "accept", seen=2, once="k1")
    step(store, first.task, CLERK, "start")
    repeated = step(store, first.task, CLERK, "accept", seen=2, once="k1")
    assert (repeated.repeated, repeated.event, repeated.sequence, repeated.state) == (True, done.event, 3, "accepted")
    assert len(events(store, first.task)) == 4
    assert refusal(store, first.task, CLERK, "wait", reason="ill", once="k1").code == "work.once"
    with pytest.raises(WorkError, match="key"):
        act(store, NewTask("inquiry", "Other", taxpayers=("A",), once="k0"), officer=CHIEF)


def test_a_reassigned_task_changes_hands_on_the_day_and_the_trail_says_why(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    today = civil(datetime.now(UTC)).date()
    assert step(store, task, CHIEF, "assign", assign_to=SECOND, reason="leave").state == "in_work"
    assert held(store, task, "ASSIGNED_TO") == [(CLERK, today, today), (SECOND, today, None)]
    assert json.loads(events(store, task)[-1]["attributes"]) == {"assign_to": SECOND}
    assert refusal(store, task, CLERK, "submit", evidence=VISIT).code == "work.actor"
    step(store, task, CHIEF, "transfer", grid="g9", reason="the firm moved")
    assert held(store, task, "HELD_BY") == [("g1", today, today), ("g9", today, None)]
    assert held(store, task, "ASSIGNED_TO") == [(CLERK, today, today), (SECOND, today, today)]
    assert refusal(store, task, CHIEF, "dispatch", assign_to=CLERK).code == "work.actor"
    assert step(store, task, STRANGER, "note").state == "created"


def test_a_delegate_acts_in_the_place_of_the_chief_under_the_named_post(store: GraphStore) -> None:
    draft = office().node("Post", "p1", name="Chief of g1").node("Post", "p2", name="Clerk of g1")
    draft.link("HOLDS_POST", CHIEF, "p1").link("POST_AT", "p1", "Grid:g1")
    draft.link("HOLDS_POST", SECOND, "p2").link("POST_AT", "p2", "Grid:g1")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    draft.link("DELEGATES_TO", CHIEF, SECOND, post="p1", valid_from=yesterday)
    draft.link("DELEGATES_TO", CHIEF, CLERK, post="p1", valid_to=yesterday)
    task = in_hand(written(store, draft.batch()))
    step(store, task, CLERK, "submit", evidence=VISIT)
    assert refusal(store, task, CLERK, "review").code == "work.actor"
    step(store, task, SECOND, "note")
    step(store, task, SECOND, "review")
    *_, note, review = events(store, task)
    assert (note["post"], note["acting_for"]) == ("p2", None)
    assert (review["post"], review["acting_for"], review["officer"]) == ("p1", CHIEF, SECOND)


def test_an_officer_acts_only_in_tasks_that_the_scope_shows(store: GraphStore) -> None:
    task = opened(written(store, office().batch()))
    city, other = (Scope(label=name, bureaus=frozenset({name}), secret=b"s") for name in ("11", "22"))
    assert act(store, Action(task, "accept"), officer=CLERK, scope=city).state == "accepted"
    for asked in (Action(task, "start"), Action("none", "start"), NewTask("inquiry", "A", parent=task, grid="g1")):
        with pytest.raises(NotFoundError) as refused:
            act(store, asked, officer=CLERK, scope=other)
        assert refused.value.code == "not_found.task"


def test_a_finding_opens_a_task_about_its_members_that_spawns_others_and_is_answered(store: GraphStore) -> None:
    written(store, office().batch())
    issuing = opened(store, kind="inspection", taxpayers=(), findings=("F",), loop="middle")
    asked = opened(store, taxpayers=("B",), grid="g1", parent=issuing, officer=None)
    answer = opened(store, taxpayers=("B",), grid="g1", answers=issuing, officer=None)
    concerned = store.expand("Task", [issuing], "CONCERNS", OUT).table.to_pylist()
    assert {(row["to_type"], row["to_id"]) for row in concerned} == {("Finding", "F"), ("Taxpayer", "A")}
    links = {
        (name, row["from_id"], row["to_id"])
        for name, direction in (("TRIGGERED", IN), ("SPAWNED", OUT), ("ANSWERS", IN))
        for row in store.expand("Task", [issuing], name, direction).table.to_pylist()
    }
    assert links == {("TRIGGERED", "F", issuing), ("SPAWNED", issuing, asked), ("ANSWERS", answer, issuing)}
    row = store.fetch("Task", [issuing]).to_pylist()[0]
    assert row["due_on"] == civil(datetime.now(UTC)).date() + timedelta(days=60)
    assert held(store, issuing, "HELD_BY")[0][0] == "g1"


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ({"kind": "party"}, "work.kind"),
        ({"risk": "medium"}, "work.risk"),
        ({"taxpayers": ("none",)}, "not_found.taxpayer"),
        ({"findings": ("none",)}, "not_found.finding"),
        ({"officer": "gone"}, "work.assignee"),
        ({"title": " "}, "work.title"),
        ({"by": CLERK}, "work.actor"),
    ],
)
def test_a_task_that_cannot_be_opened_is_not(store: GraphStore, own: dict[str, object], code: str) -> None:
    written(store, office().batch())
    with pytest.raises(TaxgraphError) as refused:
        opened(store, **own)  # type: ignore[arg-type]  # cases of one test
    assert refused.value.code == code
    assert store.select("Task").total == 0


def loaded() -> Draft:
    """A task of another system, whose events have no links yet, and one that only its row tells of."""
    draft = office()
    for task in ("t1", "t2"):
        draft.node("Task", task, kind="inquiry", status="in_work").link("CONCERNS", task, "Party:no:A")
        draft.link("ASSIGNED_TO", task, CLERK, role="handler").link("HELD_BY", task, "g1")
    for place, (action, moment) in enumerate((("accepted", "2026-02-01"), ("核实", "2026-02-02")), start=1):
        at = datetime.fromisoformat(f"{moment}T09:00:00+00:00")
        draft.node("TaskEvent", f"e{place}", task="t1", position=place, action=action, at=at, officer=CLERK)
        draft.link("HAS_EVENT", "t1", f"e{place}")
    return draft


def test_work_goes_on_where_another_system_left_it(store: GraphStore) -> None:
    written(store, loaded().batch())
    assert refusal(store, "t1", CLERK, "submit", evidence=VISIT, seen=0).facts["state"] == "accepted"
    assert step(store, "t1", CLERK, "start", seen=0).sequence == 1
    assert step(store, "t2", CLERK, "submit", evidence=VISIT).state == "submitted"
    check_chain([row for row in events(store, "t1") if row["sequence"]])
    step(store, "t1", CHIEF, "assign", assign_to=SECOND, reason="leave")
    assert [row[0] for row in held(store, "t1", "ASSIGNED_TO") if row[2] is None] == [SECOND]


def test_an_own_event_never_stands_before_what_it_followed(store: GraphStore) -> None:
    draft = loaded().node("TaskEvent", "e3", task="t1", action="waiting", at=datetime(2099, 1, 1, tzinfo=UTC))
    written(store, draft.link("HAS_EVENT", "t1", "e3").batch())
    assert step(store, "t1", CLERK, "start").state == "in_work"
    assert step(store, "t1", CLERK, "submit", evidence=VISIT).state == "submitted"


def test_a_withdrawn_batch_hides_its_events_and_the_chain_goes_on_behind_them(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    last = store.batches()[-1]
    hidden = events(store, task)[-1]
    store.withdraw(last.header.id)
    assert [row["action"] for row in events(store, task)] == ["create", "dispatch", "accept"]
    done = step(store, task, CLERK, "start", seen=3)
    again = events(store, task)[-1]
    assert (done.sequence, again["previous_hash"]) == (5, hidden["hash"])
    later = step(store, task, CLERK, "wait", reason="papers")
    assert later.sequence == 6
    store.withdraw(store.batches()[-1].header.id)
    assert step(store, task, CLERK, "wait", reason="papers").sequence == 7


def test_a_load_whose_task_was_worked_on_is_not_withdrawn_from_under_it(store: GraphStore) -> None:
    written(store, loaded().batch("tasks"))
    step(store, "t1", CLERK, "start")
    with pytest.raises(TaxgraphError) as refused:
        store.withdraw("tasks")
    assert refused.value.code == "store.built_on"


def test_a_note_can_be_long_but_not_endless(store: GraphStore) -> None:
    task = in_hand(written(store, office().batch()))
    assert refusal(store, task, CLERK, "note", note="x" * 4001).code == "work.text"
    assert refusal(store, task, CLERK, "note", note="\ud800").code == "work.text"
    assert refusal(store, task, CLERK, "attach", evidence=("a,b",)).code == "work.item"
    step(store, task, CLERK, "note", note="话" * 4000)
    assert events(store, task)[-1]["note"] == "话" * 4000
    assert sum(check_chains(store).values()) == 5


def test_a_note_leaves_the_task_as_it_was_and_a_step_makes_a_version_of_it(store: GraphStore) -> None:
    task = opened(written(store, office().batch()))
    versions = []
    for action in ("note", "accept"):
        step(store, task, CLERK, action)
        versions.append(store.fetch("Task", [task]).to_pylist()[0])
    assert [row["status"] for row in versions] == ["dispatched", "accepted"]
    assert versions[0]["batch_from"] < store.batches()[-2].number
    assert versions[1]["batch_from"] == store.batches()[-1].number
