"""Batches as the service has them; no exception of the SDK or the wire comes out of here."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from .._requests.outcome import Kind, Outcome
from .._requests.sdk import Wire
from .._requests.uploads import SLOWEST

GONE: Final = "gone"
"""Code of what came of asking for a thing that is not there."""

_GOOD_ENDS: Final = ("SUCCEEDED", "PARTIALLY_SUCCEEDED")
_BAD_ENDS: Final = ("FAILED", "CANCELLED", "EXPIRED")
_PAGE: Final = 100
_MOST_OUTPUT: Final = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch.

    Attributes
    ----------
    state
        ``PENDING``, ``RUNNING``, ``SUCCEEDED``, ``PARTIALLY_SUCCEEDED``, ``FAILED``, ``CANCELLED``, ``EXPIRED``, or
        one that is not known here.
    output
        Name of the file with what came of it; empty where there is none.
    """

    name: str
    title: str
    state: str
    output: str

    @property
    def is_over(self) -> bool:
        """Tell whether it stays as it is."""
        return self.state in _GOOD_ENDS or self.is_lost

    @property
    def is_lost(self) -> bool:
        """Tell whether it ended before its questions were asked."""
        return self.state in _BAD_ENDS


class Batches:
    """The batches of one key."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # states that the SDK does not know, PARTIALLY_SUCCEEDED is one, are known here
        warnings.filterwarnings("ignore", r"\S+ is not a valid JobState", UserWarning)

    async def create(self, model: str, file: str, title: str) -> Batch | Outcome:
        """Have the questions in an uploaded file asked."""
        config = {"display_name": title}
        return _checked(await self._call(self._wire.api.batches.create(model=model, src=file, config=config)))

    async def get(self, name: str) -> Batch | Outcome:
        """How a batch stands; what comes of one that is not there has the code `GONE`."""
        return _checked(_gone(await self._call(self._wire.api.batches.get(name=name))))

    async def titled(self, title: str) -> Batch | Outcome | None:
        """The batch with a title that has not come to nothing; None: there is none."""
        found: Batch | Outcome | None = await self._call(self._titled(title))
        return found

    async def _titled(self, title: str) -> Batch | None:
        async for job in await self._wire.api.batches.list(config={"page_size": _PAGE}):
            if job.display_name == title and job.name and not (found := _read(job)).is_lost:
                return found
        return None

    async def cancel(self, name: str) -> Outcome | None:
        """Have a batch end."""
        found: Outcome | None = await self._call(self._wire.api.batches.cancel(name=name))
        return found

    async def download(self, file: str, stream: BinaryIO) -> Outcome | None:
        """Write what a file holds to a stream, from its beginning; `GONE`: it is not there, or not yet."""
        stream.seek(0)
        stream.truncate()
        seconds = _MOST_OUTPUT / SLOWEST  # a connection that stands still ends earlier, by the SDK's own time-out
        found = _gone(await self._call(self._wire.api.files.download(file=file, destination=stream), seconds))
        return replace(found, kind=Kind.FAULT) if isinstance(found, Outcome) else None

    async def delete_file(self, file: str) -> None:
        """Delete a file, if that can be done: it is gone in two days anyway."""
        await self._call(self._wire.api.files.delete(name=file))

    async def _call(self, request: Awaitable[Any], seconds: float = 0.0) -> Any:
        """What a request comes to; an outcome where it failed."""
        try:
            async with asyncio.timeout(self._wire.timeout + seconds):
                return await request
        except Exception as error:
            return self._wire.outcome_of(error).passing()


def _gone(found: Any) -> Any:
    """The same; but that a thing is not there is no reason to stop, nor to try again."""
    if isinstance(found, Outcome) and found.code in ("no_such_model", "file_gone"):
        return Outcome(Kind.REFUSED, GONE, found.message)
    return found


def _checked(job: Any) -> Batch | Outcome:
    if isinstance(job, Outcome):
        return job
    return _read(job) if job.name and job.state else Outcome(Kind.FAULT, "empty_response", "the response has no batch")


def _read(job: Any) -> Batch:
    """A batch out of the SDK's; its states are ``JOB_STATE_X``, or ``BATCH_STATE_X`` where it does not know them."""
    state = str(getattr(job.state, "value", job.state) or "").rpartition("STATE_")[2]
    return Batch(job.name, job.display_name or "", state, (job.dest and job.dest.file_name) or "")
