"""A server seals what is over at once after its start, by itself, and goes on trying where it cannot."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

from api.sealing import DailySealing
from graph.errors import SettingsError
from graph.settings import TrailSettings
from graph.store.port import GraphStore
from tests.flow.trail.conftest import Desk


def settings(desk: Desk) -> TrailSettings:
    return TrailSettings(trail_key_file=desk.folder / "key", trail_roots=desk.roots)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_server_seals_every_day_that_is_over(trail: GraphStore, desk: Desk) -> None:
    sealing = DailySealing(trail, settings(desk), seconds=0.02)
    until(lambda: desk.roots.exists() and len(desk.lines()) > 4)
    sealing.close()
    assert desk.verified(desk.exported(trail), until="2026-03-05").faults == []


def test_a_server_without_these_settings_seals_nothing(trail: GraphStore, desk: Desk) -> None:
    sealing = DailySealing(trail, TrailSettings(trail_key_file=None, trail_roots=desk.roots), seconds=0.02)
    sealing.close()
    assert not desk.roots.exists()


def test_a_server_whose_key_cannot_be_used_does_not_start(trail: GraphStore, desk: Desk) -> None:
    (desk.folder / "key").chmod(0o644)
    with pytest.raises(SettingsError):
        DailySealing(trail, settings(desk))


def test_a_failure_is_told_without_what_the_trail_holds(
    trail: GraphStore, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.roots.write_text('{"task": "a secret"}\n', "utf-8")
    with caplog.at_level(logging.ERROR, "taxgraph.sealing"):
        sealing = DailySealing(trail, settings(desk), seconds=0.01)
        until(lambda: len(caplog.messages) > 1)
        sealing.close()
    assert set(caplog.messages) == {"the trail is not sealed: data.trail_roots"}
