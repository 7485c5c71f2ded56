"""Workers that sleep too long, die, or are all busy."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from maskmill.errors import MaskmillError
from maskmill_bindings.service._workers import BusyError, DeadWorkerError, TimeUpError, Workers
from support.tiers import thorough

MEMORY = 2**28
LONG = 60.0


def test_one_that_runs_on_holds_up_nobody_else() -> None:
    with Workers(time.sleep, dict, count=2, seconds=LONG, memory=MEMORY) as workers, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(workers.run, 20.0, LONG)
        while workers.idle == 2:
            time.sleep(0.01)
        for _ in range(8):
            workers.run(0, wait_timeout=LONG)
        assert not slow.done()
        workers.close()
        with pytest.raises(DeadWorkerError):
            slow.result()


@thorough
def test_one_that_takes_too_long_is_killed_and_replaced() -> None:
    with Workers(time.sleep, dict, count=1, seconds=1, memory=MEMORY) as workers:
        for _ in range(2):
            begun = time.monotonic()
            with pytest.raises(TimeUpError, match="no answer within 1 s"):
                workers.run(LONG, wait_timeout=LONG)
            assert time.monotonic() - begun < LONG / 2
        assert workers.run(0, wait_timeout=LONG) is None


def test_one_that_dies_is_reported_and_replaced() -> None:
    with Workers(os._exit, dict, count=1, seconds=LONG, memory=MEMORY) as workers:
        for _ in range(2):
            with pytest.raises(DeadWorkerError):
                workers.run(1, wait_timeout=LONG)


@thorough
def test_when_all_are_busy() -> None:
    with Workers(time.sleep, dict, count=1, seconds=LONG, memory=MEMORY) as workers, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(workers.run, 2.0, LONG)
        while workers.idle:
            time.sleep(0.01)
        with pytest.raises(BusyError, match=r"no worker became idle within 0\.05 s"):
            workers.run(0, wait_timeout=0.05)
        slow.result()
        workers.run(0, wait_timeout=LONG)


def test_one_that_cannot_start() -> None:
    with pytest.raises(MaskmillError, match="died while it started"):
        Workers(len, os.abort, count=1, seconds=LONG, memory=MEMORY)
