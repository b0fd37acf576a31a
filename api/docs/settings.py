"""Every setting with its environment variable, type, default and meaning. Called by `pages`."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any, get_args, get_origin

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from api.docs.markdown import page, table
from api.settings import ApiSettings
from graph.settings import LoadSettings, ReadSettings, StoreSettings, TrailSettings, WorkSettings

_PREFIX = "TAXGRAPH_"
# Read where they are used, not by a settings class.
_OTHERS = (
    (
        "`TAXGRAPH_PROJECTION_DIR`",
        "path",
        "beside the embedded store, or the user's cache",
        "where projections are kept",
    ),
    ("`NUMBA_CACHE_DIR`", "path", "beside the code", "where compiled kernels are kept; must be writable"),
    ("`NUMBA_CPU_NAME`", "text", "this machine's", "`generic` lets machines of several kinds share one cache"),
)


def settings_page() -> str:
    """`settings.md`."""
    headings = ("variable", "type", "default", "meaning")
    return page(
        "Settings",
        "Settings come from the environment. Secrets come from the environment or from a file, never from an address.",
        "## Store",
        table(headings, _rows(StoreSettings)),
        "## Files",
        "What one file may cost; [loading](../loading.md) tells the limits that hold where none is given.",
        table(headings, _rows(ReadSettings)),
        "## Loads",
        table(headings, _rows(LoadSettings)),
        "## Trail",
        "[The trail](../trail.md) tells what they are for.",
        table(headings, _rows(TrailSettings)),
        "## Work",
        table(headings, _rows(WorkSettings)),
        "## Server",
        table(headings, _rows(ApiSettings)),
        "## Others",
        table(headings, _OTHERS),
    )


def _rows(settings: type[BaseSettings]) -> list[tuple[str, ...]]:
    remarks = _remarks(settings)
    return [
        (_variables(name, field), _type(field.annotation), _default(field), field.description or remarks.get(name, ""))
        for name, field in settings.model_fields.items()
    ]


def _variables(name: str, field: FieldInfo) -> str:
    if isinstance(field.validation_alias, AliasChoices):
        return ", ".join(f"`{choice}`" for choice in field.validation_alias.choices)
    return f"`{_PREFIX}{name.upper()}`"


def _type(annotation: Any) -> str:
    if get_origin(annotation) is not None:
        return " or ".join(_type(each) for each in get_args(annotation) if each is not type(None))
    shown = {"str": "text", "int": "whole number", "float": "number", "bool": "boolean", "Path": "path"}
    name = getattr(annotation, "__name__", str(annotation))
    return "secret" if name == "SecretStr" else shown.get(name, name)


def _default(field: FieldInfo) -> str:
    return "" if field.default is None else f"`{field.default}`"


def _remarks(settings: type[BaseSettings]) -> dict[str, str]:
    """Comments that stand behind fields: they are the description where a field has no other."""
    source = inspect.getsource(settings)
    lines = source.splitlines()
    body = next(item for item in ast.parse(source).body if isinstance(item, ast.ClassDef)).body
    found = {}
    for item in body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            comment = re.search(r"#\s*(.+)$", lines[(item.end_lineno or 1) - 1])
            found[item.target.id] = comment[1] if comment else ""
    return found
