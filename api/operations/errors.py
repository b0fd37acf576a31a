"""Errors as the JSON of the command line, and back. Used by `route`, `remote` and `api.cli`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.problems import described
from graph.errors import TaxgraphError


def error_json(error: BaseException) -> dict[str, Any]:
    """`{"code", "message", "facts", "next_step"}`; what is not of our own tree shows a reference only."""
    shown = described(error)
    extensions = shown["extensions"]
    facts = dict(extensions.get("facts", {}))
    if "reference" in extensions:
        facts["reference"] = extensions["reference"]
    return {
        "code": extensions["code"],
        "message": shown["message"],
        "facts": facts,
        "next_step": extensions.get("nextStep"),
    }


def error_from(shown: Mapping[str, Any]) -> TaxgraphError:
    """The error that `error_json` described; its code decides the exit code, as it did on the other side."""
    facts = {str(name): value for name, value in dict(shown.get("facts") or {}).items()}
    taken = {"message", "code", "next_step", "self"}
    return TaxgraphError(
        str(shown.get("message")),
        code=str(shown.get("code")),
        next_step=shown.get("next_step"),
        **{name: value for name, value in facts.items() if name not in taken},
    )
