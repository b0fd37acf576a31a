"""Real multipart requests and loads for the tests of this folder."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import httpx

from tests.support.serving import CLIENT, Caller

UPLOAD: Final = "mutation Bring($files: [Upload!]!) { upload(files: $files) { id names bytes } }"
START: Final = "mutation Start($input: LoadInput!) { startLoad(input: $input) { id state source files who } }"
LOAD: Final = """
query How($id: ID!) { load(id: $id) {
  state who step stepsDone stepsTotal startedAt endedAt
  report { batch outcome read accepted rejected known byType { type count } issues { rule count } }
  error { code message nextStep } } }
"""
CANCEL: Final = "mutation End($id: ID!) { cancelLoad(id: $id) { id state } }"
PATIENCE: Final = 60


def taxpayers(*names: str) -> bytes:
    """A canonical table of taxpayers."""
    return "\n".join(["id,name", *(f"{name},{name}有限公司" for name in names)]).encode()


def post_files(caller: Caller, files: dict[str, bytes], *, query: str = UPLOAD) -> httpx.Response:
    """The response to a request with files."""
    operations = {"query": query, "variables": {"files": [None] * len(files)}}
    places = {str(place): [f"variables.files.{place}"] for place in range(len(files))}
    parts: list[tuple[str, Any]] = [
        ("operations", (None, json.dumps(operations))),
        ("map", (None, json.dumps(places))),
        *((str(place), (name, content)) for place, (name, content) in enumerate(files.items())),
    ]
    return CLIENT.post(f"{caller.url}/graphql", files=parts, headers={"Authorization": f"Bearer {caller.token}"})


def upload(caller: Caller, files: dict[str, bytes]) -> str:
    """The id of an upload that must succeed."""
    answered = post_files(caller, files).json()
    assert "errors" not in answered, answered
    return str(answered["data"]["upload"]["id"])


def start(caller: Caller, files: dict[str, bytes], **options: Any) -> str:
    """The id of a load that must be queued."""
    asked = {"upload": upload(caller, files), "source": "canonical", **options}
    return str(caller.ask(START, input=asked)["startLoad"]["id"])


def ended(caller: Caller, load: str) -> dict[str, Any]:
    """A load once it has ended."""
    until = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = caller.ask(LOAD, id=load)["load"]
        if found["endedAt"]:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.02)
