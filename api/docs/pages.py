"""All pages of the reference, and writing them. Called by `taxgraph docs`; a test compares them with the tree."""

from __future__ import annotations

from pathlib import Path

from api.docs.canonical import canonical_page
from api.docs.commands import commands_page
from api.docs.errors import errors_page
from api.docs.markdown import page, table
from api.docs.settings import settings_page
from api.docs.vocabulary import vocabulary_page

_MEANING = {
    "vocabulary.md": "every node, relationship and property, in English and Chinese",
    "canonical.md": "canonical tables: what can be loaded as it is",
    "commands.md": "the command line",
    "settings.md": "settings and environment variables",
    "errors.md": "error codes, exit codes, HTTP statuses",
    "graphql.md": "the GraphQL schema",
}


def pages() -> dict[str, str]:
    """Text by file name; a function of the source alone."""
    rows = [(f"[{name}]({name})", meaning) for name, meaning in _MEANING.items()]
    return {
        "README.md": page("Reference", table(("page", "what stands there"), rows)),
        "vocabulary.md": vocabulary_page(),
        "canonical.md": canonical_page(),
        "commands.md": commands_page(),
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "graphql.md": _graphql_page(),
    }


def write_pages(out: Path) -> list[str]:
    """Write every page below `out`; their names."""
    out.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (out / name).write_text(text, encoding="utf-8")
    return list(made)


def _graphql_page() -> str:
    from api.gql.print_schema import schema_text  # noqa: PLC0415 - building the schema takes a second

    return page("GraphQL", f"```graphql\n{schema_text()}```")
