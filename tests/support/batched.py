"""Batches asked of the emulator, in this process or in one that is killed."""

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
from maskmill_bindings.genai._ledger.ledger import Answer, Ledger
from maskmill_bindings.genai._photos.discover import find_images
from maskmill_bindings.genai._photos.photo import PhotoError
from maskmill_bindings.genai._plan import Plan
from maskmill_bindings.genai._requests.requester import Asker, StoppedError
from maskmill_bindings.genai._requests.sdk import Wire
from maskmill_bindings.genai._run_limits import Limits
from maskmill_bindings.genai._tasks import Budget, Errands

QUICK: dict[str, Any] = {"rows": 4, "poll": 0.03}
LIMITS = Limits(first_delay=0.01, longest_delay=0.05, timeout=10)


class Told(list[tuple[str, Answer | PhotoError]]):
    """What `done` was told, by the key of the image."""

    stop: StoppedError | None = None

    @property
    def answers(self) -> dict[str, Answer]:
        return {key: came for key, came in self if isinstance(came, Answer)}


def ask(url: str, images: Path, ledger: Path, **options: Any) -> Told:
    """Ask about the images in a folder, in batches."""
    with Ledger(ledger) as opened:
        return asyncio.run(_ask(url, images, opened, QUICK | options))


async def _ask(url: str, images: Path, ledger: Ledger, options: dict[str, Any]) -> Told:
    told = Told()
    labels = options.pop("labels", ["cup", "plate"])
    plan = Plan(labels=labels, model="gemini-2.5-flash")
    errands = Errands(plan, Catalogue(find_images([images]), ledger), ledger, maskmill.Decoder(), Budget(), "batch")
    stop_after = options.pop("stop_after", None)
    async with Wire("a-key", url, LIMITS.timeout) as wire:
        asker = Asker(wire, ledger, LIMITS, options.pop("note", lambda _text: None))
        if stop_after is not None:
            asyncio.get_running_loop().call_later(stop_after, asker.stop, "interrupted", "it was interrupted")
        await ask_in_batches(
            asker, errands.of_round(0), lambda e, came: told.append((e.item.key, came)), BatchOptions(**options)
        )
    told.stop = asker.stop_error
    return told


def bodies(ledger: Path) -> dict[str, tuple[bytes, str, str]]:
    """Every answer in a ledger, by the id of its question, read without the code that wrote it: body, code, by."""
    base = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT id, body, code, by FROM answers").fetchall()
    finally:
        base.close()
    return {id: (zlib.decompress(body) if body else b"", code, by) for id, body, code, by in rows}


def states(ledger: Path) -> list[str]:
    """The states of the jobs in a ledger."""
    base = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return [state for (state,) in base.execute("SELECT state FROM jobs ORDER BY at")]
    finally:
        base.close()


def ask_and_die(url: str, images: Path, ledger: Path, transactions: int, options: dict[str, Any]) -> None:
    """Ask in a process that is killed when so many writes to the ledger have been begun; odd: in their middle."""
    left = transactions
    of_ledger = Ledger._transaction

    @contextmanager
    def counted(self: Ledger) -> Iterator[None]:
        nonlocal left
        left -= 1
        if not left and transactions % 2 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        with of_ledger(self):
            yield
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    Ledger._transaction = counted  # type: ignore[method-assign]
    ask(url, images, ledger, **options)
