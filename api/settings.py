"""Settings of the outward faces. Read once by `api.cli` and handed to `create_app`; no module keeps a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError


class ApiSettings(BaseSettings):
    """What a server needs to know, from the environment (prefix `TAXGRAPH_`) or from the command line.

    Bearer tokens of an issuer are accepted if `jwt_issuer`, `jwt_audience` and `jwt_keys` (a JWKS file or an https
    address) are all given; local tokens always.
    """

    model_config = SettingsConfigDict(env_prefix="TAXGRAPH_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"  # interface that the server listens on
    port: int = Field(default=8321, ge=0, le=65_535)  # 0: any free one, which the first lines tell
    development: bool = False  # GraphiQL in the browser
    jwt_issuer: str | None = None  # issuer of bearer tokens (`iss`)
    jwt_audience: str | None = None  # whom bearer tokens are for (`aud`)
    jwt_keys: str | None = None  # the keys of the issuer: a JWKS file, or an https address
    request_seconds: float = Field(default=60.0, gt=0, le=3600)  # longest time of one request
    request_workers: int = Field(default=4, ge=1, le=256)  # requests that run at once
    request_queue: int = Field(default=64, ge=0)  # requests that may wait for a worker
    body_bytes: int = Field(default=256 * 1024, ge=1024)  # of one request, without its files
    query_tokens: int = Field(default=5000, ge=100)  # words and signs of one document
    query_cost: int = Field(default=20_000, ge=100)  # rows that one document may read, as `extensions.cost` states them
    upload_bytes: int = Field(default=1024**3, ge=1024)  # files of one upload together
    uploads_at_once: int = Field(default=4, ge=1)  # uploads whose bytes may be on their way
    upload_seconds: float = Field(default=3600.0, gt=0)  # longest time for the bytes of one upload to arrive
    upload_files: int = Field(default=50, ge=1, le=1000)  # files of one upload
    upload_folder: Path | None = None  # where uploads wait for their load; beside the embedded store by default
    load_queue: int = Field(default=20, ge=1)  # loads that may wait; one runs at a time
    subscriptions: int = Field(default=100, ge=1)  # connections that may be open for subscriptions
    heartbeat_seconds: float = Field(default=15.0, gt=0, le=300)  # a quiet subscription is kept open this often
    stop_seconds: float = Field(default=30.0, gt=0)  # how long a stopping server waits for the load that runs
    compact_runs: int = Field(default=30, ge=0)  # sorted runs from which an idle server compacts its file; 0: never
    compact_idle_seconds: float = Field(default=300.0, gt=0)  # how long nothing must have happened before it does
    query_depth: int = Field(default=10, ge=1, le=50)  # levels of fields of one document
    query_aliases: int = Field(default=20, ge=1, le=1000)  # root fields, and aliases, of one document

    @model_validator(mode="after")
    def _issuer_is_whole(self) -> ApiSettings:
        given = [self.jwt_issuer, self.jwt_audience, self.jwt_keys]
        if any(given) and not all(given):
            raise ValueError("jwt_issuer, jwt_audience and jwt_keys are given together or not at all")
        return self


def read_settings(**given: Any) -> ApiSettings:
    """Settings from the environment, overridden by what is given.

    Raises:
        SettingsError: `settings.value`, with the names of the wrong settings and never their values.
    """
    try:
        return ApiSettings(**given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        names = sorted({".".join(map(str, fault["loc"])) or "jwt_*" for fault in faults})
        raise SettingsError(
            f"Settings of the server are wrong: {'; '.join(str(fault['msg']) for fault in faults)}.",
            code="settings.value",
            next_step="Correct them in the environment (prefix TAXGRAPH_) or on the command line.",
            settings=", ".join(names),
        ) from None
