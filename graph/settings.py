"""Where the graph lies, how it is opened and loaded, from the environment (prefix `TAXGRAPH_`).

Read by the composition roots.
Nothing below `api` reads it by itself: what a function needs is passed to it. Secrets come from the environment or
from a file, never from a store's address, and never show in `repr`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError

Settings = TypeVar("Settings", bound=BaseSettings)


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


class ReadSettings(BaseSettings):
    """What one file may cost; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    max_file_bytes: int | None = Field(default=None, ge=1, description="size of a file on disk")
    max_uncompressed_bytes: int | None = Field(default=None, ge=1, description="size of a file after unpacking")
    max_compression_ratio: int | None = Field(default=None, ge=1, description="unpacked over packed size")
    max_document_bytes: int | None = Field(default=None, ge=1, description="size of an XML document")
    max_xml_depth: int | None = Field(default=None, ge=1, description="nesting of XML elements")
    max_xml_elements: int | None = Field(default=None, ge=1, description="elements of an XML document")
    max_cells: int | None = Field(default=None, ge=1, description="rows times columns of a table")
    max_columns: int | None = Field(default=None, ge=1, description="columns of a table")


class LoadSettings(BaseSettings):
    """Settings of loads; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    max_rejects: str | None = Field(
        default=None, description="refused rows that a load may have, such as 100 or 2%; empty: any number"
    )
    slice_rows: int = Field(default=1_000_000, ge=1000, description="rows of a load that are in memory at once, about")
    load_wait_seconds: float = Field(default=600.0, ge=0, description="how long a load waits for another one to end")
    identity_model: Path | None = Field(
        default=None,
        description="trained model by which registrations are linked (JSON); empty: serials and numbers alone",
    )
    feeds: Path | None = Field(default=None, description="file that says which sources are expected when (TOML)")


class DetectionSettings(BaseSettings):
    """Settings of detection; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    rules: Path | None = Field(default=None, description="file with thresholds of your own (TOML); they stay private")


class TrailSettings(BaseSettings):
    """Settings of the trail; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    trail_key_file: Path | None = Field(
        default=None, description="file with the key that signs the days' roots; outside the store, for its owner alone"
    )
    trail_roots: Path | None = Field(
        default=None,
        description="file of the days' roots, outside the store; with both a server seals each day when it is over",
    )
    trail_zone: str = Field(default="Asia/Shanghai", description="where the days of the trail begin (IANA name)")

    @field_validator("trail_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise ValueError("no time zone of this name") from None


def trail_settings() -> TrailSettings:
    """Settings of the trail from the environment; errors as `store_settings`."""
    return _from_environment(TrailSettings)


class WorkSettings(BaseSettings):
    """Settings of work; every name is also an environment variable with the prefix `TAXGRAPH_`."""

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    kinds: Path | None = Field(default=None, description="file with kinds of tasks of your own (TOML or JSON)")


def work_settings() -> WorkSettings:
    """Settings of work from the environment; errors as `store_settings`."""
    return _from_environment(WorkSettings)


def detection_settings() -> DetectionSettings:
    """Settings of detection from the environment; errors as `store_settings`."""
    return _from_environment(DetectionSettings)


def load_settings() -> LoadSettings:
    """Settings of loads from the environment; errors as `store_settings`."""
    return _from_environment(LoadSettings)


def store_settings() -> StoreSettings:
    """Settings from the environment; SettingsError names what is wrong without its value."""
    return _from_environment(StoreSettings)


def read_settings() -> ReadSettings:
    """Limits of files from the environment, None where they are not given; errors as `store_settings`."""
    return _from_environment(ReadSettings)


def _from_environment(kind: type[Settings]) -> Settings:
    try:
        return kind()
    except ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: ValidationError) -> SettingsError:
    names = ", ".join(str(each["loc"][0]) for each in error.errors(include_input=False))
    return SettingsError("A setting is wrong.", next_step="Correct the named TAXGRAPH_ variables.", settings=names)


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
