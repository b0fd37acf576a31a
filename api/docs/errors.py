"""Every error code that the source raises, with its sentence, next step and how each face shows it. Called by `pages`.

The codes are read from the syntax trees of the installed packages, so that none can be forgotten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from api.docs.markdown import page, table
from api.problems import INTERNAL, PROBLEMS, problem_of
from graph import errors
from graph.errors import TaxgraphError

_PACKAGES: Final = ("api", "graph", "loaders", "queries")
_CLASSES: Final = {
    name: kind.default_code
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, TaxgraphError)
}


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """One place that raises: code, sentence, next step."""

    code: str
    message: str
    next_step: str


def errors_page() -> str:
    """`errors.md`."""
    families = [(f"`{row.prefix}`", row.category, row.http_status, row.exit_code) for row in (*PROBLEMS, INTERNAL)]
    return page(
        "Errors",
        "Every error has a stable code, a sentence, facts and a next step. The first part of the code says whose move "
        "it is: settings and store: the operator; data: the owner of the data; query and limit: the caller.",
        "## Families",
        table(("codes that begin with", "GraphQL category", "HTTP status", "exit code"), families),
        "Exit code 0 is success; 130 an interrupted command.",
        "## Codes",
        *(_section(code, found) for code, found in _by_code().items()),
    )


def _by_code() -> dict[str, list[Raised]]:
    grouped: dict[str, list[Raised]] = {}
    for raised in sorted(set(_all())):
        grouped.setdefault(raised.code, []).append(raised)
    return grouped


def _section(code: str, found: list[Raised]) -> str:
    problem = problem_of(code)
    head = f"### `{code}`\n\nHTTP {problem.http_status}, exit code {problem.exit_code}."
    return f"{head}\n\n{table(('what is said', 'next step'), [(each.message, each.next_step) for each in found])}"


def _all() -> Iterator[Raised]:
    for package in _PACKAGES:
        folder = Path(str(import_module(package).__file__)).parent
        for file in sorted(folder.rglob("*.py")):
            for item in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in _CLASSES:
                    yield _raised(item, _CLASSES[item.func.id])


def _raised(call: ast.Call, default: str) -> Raised:
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    code = _text(named["code"]) if "code" in named else default
    message = _text(call.args[0]) if call.args else ""
    return Raised(code or default, message, _text(named["next_step"]) if "next_step" in named else "")


def _text(value: ast.expr) -> str:
    """A literal as it is; what is known only at run time as `<…>`."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) for part in value.values)
    if isinstance(value, ast.FormattedValue):
        return f"‹{_name(value.value)}›"
    if isinstance(value, ast.BinOp):
        return _text(value.left) + _text(value.right)
    if isinstance(value, ast.IfExp):
        return f"{_text(value.body)} / {_text(value.orelse)}"
    return f"‹{_name(value)}›"


def _name(value: ast.expr) -> str:
    named = [item.id for item in ast.walk(value) if isinstance(item, ast.Name)]
    return named[-1] if named else "…"
