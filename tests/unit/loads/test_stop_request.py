"""A request to stop: looked at, and repeated until nothing is left to interrupt."""

from __future__ import annotations

import os
import signal
import threading
import time

import duckdb
import pytest

from api.commands.signals import stopping_on_signals
from graph.errors import LimitError
from graph.stopping import Stop
from loaders.staging.engine import StagingOptions, open_staging

LONG = "SELECT count(*) FROM range(10000000000000) t(i) WHERE i % 7 = 3"


def test_work_that_looks_leaves_once_it_was_asked_to() -> None:
    stop = Stop()
    stop.check()
    stop.request()
    with pytest.raises(LimitError) as caught:
        stop.check()
    assert caught.value.code == "limit.cancelled"


def test_a_statement_that_begins_just_after_the_request_is_interrupted_too() -> None:
    stop, connection = Stop(), duckdb.connect()
    with pytest.raises(duckdb.InterruptException), stop.interrupting(connection.interrupt):  # noqa: PT012 - in this order
        stop.request()
        time.sleep(0.1)
        connection.execute(LONG).fetchall()
    connection.close()


def test_nothing_is_interrupted_once_its_block_has_ended() -> None:
    stop, called = Stop(), threading.Event()
    with stop.interrupting(called.set):
        pass
    stop.request()
    time.sleep(0.1)
    assert not called.is_set()


def test_every_statement_of_a_staging_area_ends_with_the_request() -> None:
    stop = Stop()
    with (
        open_staging(StagingOptions(threads=2), hmac_key=b"k", zone="UTC", stop=stop) as staging,
        stop.interrupting(staging.main.interrupt),
    ):
        threading.Timer(0.3, stop.request).start()
        began = time.monotonic()
        with pytest.raises(LimitError) as caught:
            staging.on_each(staging.value, [LONG, LONG])
        assert caught.value.code == "limit.cancelled"
        with pytest.raises(LimitError):
            staging.run("SELECT 1")
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_becomes_a_request(number: signal.Signals) -> None:
    stop, before = Stop(), signal.getsignal(number)
    with stopping_on_signals(stop):
        os.kill(os.getpid(), number)
        assert stop.requested
    assert signal.getsignal(number) is before


def test_a_second_interrupt_ends_the_process_as_ever() -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with stopping_on_signals(Stop()), pytest.raises(KeyboardInterrupt):
        twice()


def test_what_opens_a_connection_of_the_staging_area_ends_with_the_request_as_its_statements_do() -> None:
    stop = Stop()
    with open_staging(StagingOptions(threads=2), hmac_key=b"k", zone="UTC", stop=stop) as staging:
        staging.session = lambda connection: [connection.execute(LONG)].clear()
        threading.Timer(0.1, stop.request).start()
        with pytest.raises(LimitError) as caught:
            staging.on_each(str, [1])
        assert caught.value.code == "limit.cancelled"
