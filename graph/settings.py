"""Where the graph lies and how it is opened, from the environment (prefix `TAXGRAPH_`). Read by the composition roots.

Nothing below `api` reads it by itself: what a function needs is passed to it. Secrets come from the environment or
from a file, never from a store's address, and never show in `repr`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError


class StoreSettings(BaseSettings):
    """Settings of the store; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    store: str = Field(
        default="duckdb:///taxgraph.duckdb", description="address: duckdb:///path, neo4j://host, bolt://host"
    )
    memory_limit: str | None = Field(default=None, description="most memory of the embedded store, such as 4GB")
    threads: int | None = Field(default=None, ge=1, description="threads of the embedded store; empty: all cores")
    query_seconds: float = Field(default=30.0, gt=0, description="seconds after which a read of the store ends")
    neo4j_user: str = Field(
        default="neo4j",
        description="user of the server store",
        validation_alias=AliasChoices("TAXGRAPH_NEO4J_USERNAME", "NEO4J_USERNAME"),
    )
    neo4j_password: SecretStr | None = Field(
        default=None,
        description="password of the server store",
        validation_alias=AliasChoices("TAXGRAPH_NEO4J_PASSWORD", "NEO4J_PASSWORD"),
    )
    neo4j_password_file: Path | None = Field(default=None, description="file with the password of the server store")
    neo4j_admin: str | None = Field(
        default=None, description="command of the import tool for load --initial; empty: neo4j-admin, if it is found"
    )
    neo4j_stop: str | None = Field(default=None, description="command that stops the server, for load --initial")
    neo4j_start: str | None = Field(default=None, description="command that starts the server, for load --initial")
    hmac_key: SecretStr | None = Field(default=None, description="key that hides document numbers, hexadecimal")
    hmac_key_file: Path | None = Field(default=None, description="file that holds that key")

    def password(self) -> str | None:
        """The server's password from the environment or its file; SettingsError if the file cannot be read."""
        return _secret(self.neo4j_password, self.neo4j_password_file, "TAXGRAPH_NEO4J_PASSWORD_FILE")

    def hmac_text(self) -> str | None:
        """The HMAC key as text from the environment or its file; None if neither is given."""
        return _secret(self.hmac_key, self.hmac_key_file, "TAXGRAPH_HMAC_KEY_FILE")


def store_settings() -> StoreSettings:
    """Settings from the environment; SettingsError names what is wrong without its value."""
    try:
        return StoreSettings()
    except ValidationError as error:
        wrong = ", ".join(str(each["loc"][0]) for each in error.errors(include_input=False))
        raise SettingsError(
            "A setting is wrong.", next_step="Correct the named TAXGRAPH_ variables.", settings=wrong
        ) from None


def _secret(value: SecretStr | None, file: Path | None, variable: str) -> str | None:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            "A file with a secret cannot be read.",
            code="settings.secret_file",
            next_step="Correct the path, and let this user read it.",
            variable=variable,
        ) from None
