"""Writes `api/schema.graphql`, so that a change of the promise shows in review: `python -m api.gql.print_schema`."""

from __future__ import annotations

from pathlib import Path

from api.gql.schema import make_schema

SCHEMA_FILE = Path(__file__).parents[1] / "schema.graphql"


def schema_text() -> str:
    """The schema in its own language, ending with a line break."""
    return make_schema().as_str().rstrip() + "\n"


def main() -> None:
    """Write the file."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
