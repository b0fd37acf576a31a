"""Every operation by name. A name leads to a module only when it is asked for, so that `who` never imports a kernel."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from api.operations.context import OperationContext
from graph.errors import QueryError

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """Where an operation stands, and what its runner must know of it.

    `creates`: the store may be made by it. `patient`: it reads so much that the time limit of a question is no
    measure for it. `queues`: a server does it when the loads before it have ended. `open`: it shows nothing of the
    graph, so that it leaves a line in the access log only for what it names itself.
    """

    place: str
    creates: bool = False
    patient: bool = False
    queues: bool = False
    open: bool = False


OPERATIONS: Mapping[str, Operation] = {
    "backup": Operation("api.operations.backups:backup", patient=True),
    "batch-withdraw": Operation("api.operations.ledger:withdraw", queues=True),
    "batches": Operation("api.operations.ledger:batches", open=True),
    "compact": Operation("api.operations.upkeep:compact", patient=True, queues=True, open=True),
    "bureau": Operation("api.operations.authority:bureau", patient=True),
    "cases": Operation("api.operations.findings:cases", patient=True),
    "control-alerts": Operation("api.operations.controlling:alerts", patient=True),
    "control-explain": Operation("api.operations.controlling:explain"),
    "control-rules": Operation("api.operations.controlling:rules", open=True),
    "control-scan": Operation("api.operations.controlling:scan", patient=True, queues=True),
    "control-step": Operation("api.operations.controlling:step", queues=True),
    "control-visits": Operation("api.operations.controlling:visits", patient=True, queues=True),
    "decide-identity": Operation("api.operations.identity:decide_identity", patient=True, queues=True),
    "decide": Operation("api.operations.findings:decide_finding", queues=True),
    "detect": Operation("api.operations.findings:detect", patient=True, queues=True),
    "digest": Operation("api.operations.health:digest_of_store", patient=True, open=True),
    "dispatch-compare": Operation("api.operations.dispatching:compared", patient=True, open=True),
    "dispatch-suggest": Operation("api.operations.dispatching:suggested"),
    "doctor": Operation("api.operations.health:doctor", open=True),
    "evidence": Operation("api.operations.findings:evidence"),
    "export": Operation("api.operations.exports:export", patient=True),
    "feeds": Operation("api.operations.ledger:feeds", open=True),
    "findings": Operation("api.operations.findings:findings"),
    "formed": Operation("api.operations.identity:formed"),
    "identity-reviews": Operation("api.operations.identity:identity_reviews"),
    "identity-report": Operation("api.operations.identity_quality:identity_report", patient=True),
    "finish-import": Operation("api.operations.ledger:finish_import", patient=True, queues=True),
    "handovers": Operation("api.operations.lineage:handovers"),
    "indicators": Operation("api.operations.indicators:measured", patient=True),
    "indicators-appeal": Operation("api.operations.indicators:appeal", queues=True),
    "indicators-appeals": Operation("api.operations.indicators:listed", open=True),
    "indicators-behind": Operation("api.operations.indicators:opened", patient=True),
    "indicators-decide": Operation("api.operations.indicators:decide", queues=True),
    "labels": Operation("api.operations.findings:labels", patient=True),
    "load": Operation("api.operations.ledger:load", creates=True, patient=True, queues=True),
    "match": Operation("api.operations.finding:match"),
    "moves": Operation("api.operations.lineage:moves"),
    "officer": Operation("api.operations.authority:officer", patient=True),
    "patterns": Operation("api.operations.findings:patterns", open=True),
    "portfolio": Operation("api.operations.lineage:portfolio"),
    "process-map": Operation("api.operations.process:process_map", patient=True),
    "quality-list": Operation("api.operations.quality:listed", patient=True),
    "quality-raise": Operation("api.operations.quality:raise_tasks", patient=True, queues=True),
    "quality-reconcile": Operation("api.operations.quality:reconcile", patient=True, queues=True),
    "rejects": Operation("api.operations.ledger:rejects", patient=True),
    "responsibility-gaps": Operation("api.operations.lineage:responsibility_gaps", patient=True),
    "responsibility-overlaps": Operation("api.operations.lineage:responsibility_overlaps", patient=True),
    "restore": Operation("api.operations.backups:restore", creates=True, patient=True, queues=True),
    "resubmit": Operation("api.operations.ledger:resubmit", patient=True, queues=True),
    "rings": Operation("api.operations.rings:rings", patient=True),
    "sample": Operation("api.operations.findings:sample", queues=True),
    "search": Operation("api.operations.finding:search"),
    "train-identity": Operation("api.operations.identity:train_identity", patient=True),
    "task-act": Operation("api.operations.tasks:act_on_task", queues=True),
    "task-ask": Operation("api.operations.tasks:ask_for_answers", queues=True),
    "task-conformance": Operation("api.operations.tasks:task_conformance"),
    "task-open": Operation("api.operations.tasks:open_task", queues=True),
    "task-raise": Operation("api.operations.tasks:raise_task", queues=True),
    "task-service": Operation("api.operations.tasks:open_service", queues=True),
    "task-show": Operation("api.operations.tasks:show_task"),
    "token-create": Operation("api.operations.tokens:create"),
    "token-list": Operation("api.operations.tokens:listed", open=True),
    "token-revoke": Operation("api.operations.tokens:revoke"),
    "trace": Operation("api.operations.tracing:trace", patient=True),
    "trail-export": Operation("api.operations.trail:export_trail", patient=True),
    "trail-seal": Operation("api.operations.trail:seal_days", patient=True, open=True),
    "who": Operation("api.operations.lineage:who"),
    "why-same": Operation("api.operations.identity:why_same", patient=True),
    "why-finding": Operation("api.operations.findings:why"),
    "why": Operation("api.operations.rings:why", patient=True),
}


def operation_named(name: str) -> Operation:
    """The operation of that name; QueryError `query.operation` if there is none."""
    if name not in OPERATIONS:
        raise QueryError(
            "There is no such operation.",
            code="query.operation",
            next_step="Use a command line of the same release as the server.",
            operation=name[:40],
        )
    return OPERATIONS[name]


def perform(name: str, context: OperationContext, parameters: Mapping[str, Any]) -> Answer:
    """Run an operation with parameters from JSON.

    Raises:
        QueryError: `query.operation`, or `query.parameters` when the parameters are not its own.
    """
    module, _, function = operation_named(name).place.partition(":")
    run = cast("Callable[..., Answer]", getattr(import_module(module), function))
    try:
        inspect.signature(run).bind(context, **parameters)
    except TypeError as wrong:
        raise QueryError(
            f"The parameters are not those of {name}: {wrong}.",
            code="query.parameters",
            next_step="Use a command line of the same release as the server.",
        ) from None
    return run(context, **parameters)
