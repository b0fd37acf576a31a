"""The generated reference leaves nothing out."""

from __future__ import annotations

from api.cli import app
from api.docs.commands import commands_page
from api.docs.errors import errors_page
from api.docs.markdown import table
from api.docs.settings import settings_page
from api.docs.vocabulary import vocabulary_page
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, RELATIONSHIP_TYPES
from graph.settings import StoreSettings


def test_every_type_and_property_stands_in_the_data_dictionary() -> None:
    page = vocabulary_page()
    kinds: list[NodeType | RelationshipType] = [*NODE_TYPES, *RELATIONSHIP_TYPES]
    for kind in kinds:
        assert f"### {kind.name} {kind.zh}" in page
        assert [each.name for each in kind.properties if f"| `{each.name}` |" not in page] == []


def test_every_command_stands_in_the_reference() -> None:
    page = commands_page()
    names = [command.callback.__name__.replace("_", "-") for command in app.registered_commands if command.callback]
    assert [name for name in names if f"## `taxgraph {name}" not in page] == []


def test_codes_are_found_where_they_are_raised() -> None:
    page = errors_page()
    for code in ("store.owned", "query.ambiguous", "data.backup.manifest", "limit.‹name›", "settings.port"):
        assert f"### `{code}`" in page


def test_every_setting_of_the_store_stands_in_the_reference() -> None:
    page = settings_page()
    assert all((field.description or "") in page for field in StoreSettings.model_fields.values())
    assert "`TAXGRAPH_HMAC_KEY_FILE`" in page


def test_a_bar_does_not_break_a_table() -> None:
    assert table(("a",), [("x|y\nz",)]).splitlines()[-1] == "| x\\|y z |"
