"""What people decided about identity: two registrations are one taxpayer, or two. Data only; listed in `records`."""

from __future__ import annotations

from graph.model.governance import VERDICTS
from loaders.contracts.columns import Check, Column, Form, LinkFact, NodeFact, Record, Register

_DECISION = ("'IdentityDecision'", "decision_key")


def _about(key: str) -> LinkFact:
    return LinkFact("DECIDES", _DECISION, ("'Registration'", key), when=f"{key} IS NOT NULL")


# A registration is named as the graph names it: source, colon, the source's own serial.
IDENTITY_DECISIONS = Record(
    "identity_decisions",
    (
        Column("id", Form.CODE, required=True),
        Column("left", Form.CODE, required=True),
        Column("right", Form.CODE, required=True),
        Column("verdict", Form.CODE, required=True, order=VERDICTS),
        Column("decided_at", Form.INSTANT, required=True),
        Column("who", Form.CODE, required=True),
        Column("reason", required=True),
    ),
    names=("identity_decision",),
    derived={"decision_key": "own_id(source, id)"},
    refused=(
        Check("same", "right", '"left" = "right"', "names one registration twice"),
        Check("required", "verdict", "verdict IS NULL", "is neither same nor different"),
    ),
    subject=("IdentityDecision", "decision_key"),
    facts=(
        NodeFact(
            "IdentityDecision",
            "decision_key",
            {name: name for name in ("verdict", "decided_at", "who", "reason")},
        ),
        _about('"left"'),
        _about('"right"'),
    ),
    register=Register.REFERS,
)
IDENTITY_RECORDS = (IDENTITY_DECISIONS,)
