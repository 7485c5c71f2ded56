"""Send batches to the emulator, from this process or from one that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import maskmill
from maskmill_bindings.genai._batches import BatchOptions, ask_in_batches
from maskmill_bindings.genai._catalogue import Catalogue
from maskmill_bindings.genai._ledger.database import Database
from maskmill_bindings.genai._ledger.ledger import Ledger, LedgerAnswer
from maskmill_bindings.genai._photos.discover import find_images
from maskmill_bindings.genai._photos.photo import PhotoError
from maskmill_bindings.genai._plan import Plan
from maskmill_bindings.genai._requests.requester import Requester, StoppedError
from maskmill_bindings.genai._requests.sdk import SdkClient
from maskmill_bindings.genai._run_limits import RunLimits
from maskmill_bindings.genai._tasks import Budget, TaskPlanner

QUICK: dict[str, Any] = {"rows": 4, "poll": 0.03}
LIMITS = RunLimits(first_delay=0.01, longest_delay=0.05, timeout=10)


class Results(list[tuple[str, LedgerAnswer | PhotoError]]):
    """The result of each image, by its key."""

    stop: StoppedError | None = None

    @property
    def answers(self) -> dict[str, LedgerAnswer]:
        return {key: result for key, result in self if isinstance(result, LedgerAnswer)}


def ask(url: str, images: Path, ledger: Path, **options: Any) -> Results:
    """Send requests about the images in a folder, in batches."""
    with Ledger(ledger) as opened:
        return asyncio.run(_ask(url, images, opened, QUICK | options))


async def _ask(url: str, images: Path, ledger: Ledger, options: dict[str, Any]) -> Results:
    results = Results()
    labels = options.pop("labels", ["cup", "plate"])
    plan = Plan(labels=labels, model="gemini-2.5-flash")
    planner = TaskPlanner(plan, Catalogue(find_images([images]), ledger), ledger, maskmill.Decoder(), Budget(), "batch")
    stop_after = options.pop("stop_after", None)
    async with SdkClient("a-key", url, LIMITS.timeout) as client:
        requester = Requester(client, ledger, LIMITS, options.pop("note", lambda _text: None))
        if stop_after is not None:
            asyncio.get_running_loop().call_later(stop_after, requester.stop, "interrupted", "it was interrupted")
        await ask_in_batches(
            requester,
            planner.iter_round(0),
            lambda task, result: results.append((task.image.key, result)),
            BatchOptions(**options),
        )
    results.stop = requester.stop_error
    return results


def bodies(ledger: Path) -> dict[str, tuple[bytes, str, str]]:
    """Return body, code and `by` of each answer in a ledger, by request id; read without the code under test."""
    base = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT id, body, code, by FROM answers").fetchall()
    finally:
        base.close()
    return {id: (zlib.decompress(body) if body else b"", code, by) for id, body, code, by in rows}


def states(ledger: Path) -> list[str]:
    """Return the states of the jobs in a ledger."""
    base = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return [state for (state,) in base.execute("SELECT state FROM jobs ORDER BY at")]
    finally:
        base.close()


def ask_and_die(url: str, images: Path, ledger: Path, transactions: int, options: dict[str, Any]) -> None:
    """Send requests and kill this process at a write to the ledger: before the even ones, in the middle of odd ones."""
    remaining = transactions
    transaction = Database.transaction

    @contextmanager
    def count_and_kill(self: Database) -> Iterator[None]:
        nonlocal remaining
        remaining -= 1
        if not remaining and transactions % 2 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        with transaction(self):
            yield
            if not remaining:
                os.kill(os.getpid(), signal.SIGKILL)

    Database.transaction = count_and_kill  # type: ignore[method-assign]
    ask(url, images, ledger, **options)
