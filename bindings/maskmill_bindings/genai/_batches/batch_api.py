"""The service's batch interface; exceptions of the SDK and the connection become outcomes."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from .._outcome import OutcomeKind, RequestOutcome
from .._requests.sdk import SdkClient
from .._requests.uploads import MIN_BYTES_PER_SECOND

GONE: Final = "gone"
"""Code of the outcome of asking for something that does not exist."""

_SUCCESS_STATES: Final = ("SUCCEEDED", "PARTIALLY_SUCCEEDED")
_FAILURE_STATES: Final = ("FAILED", "CANCELLED", "EXPIRED")
_PAGE_SIZE: Final = 100
_MAX_OUTPUT_BYTES: Final = 2 * 2**30


@dataclass(frozen=True, slots=True)
class ServiceBatch:
    """A batch as the service describes it.

    Attributes
    ----------
    name, title : str
        Its name at the service, and the title it was submitted with.
    state : str
        ``PENDING``, ``RUNNING``, ``SUCCEEDED``, ``PARTIALLY_SUCCEEDED``, ``FAILED``, ``CANCELLED``, ``EXPIRED``, or
        one that is not known here.
    output : str
        Name of the output file; empty where there is none.
    """

    name: str
    title: str
    state: str
    output: str

    @property
    def is_over(self) -> bool:
        """Whether its state is final."""
        return self.state in _SUCCESS_STATES or self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether it ended before its questions were asked."""
        return self.state in _FAILURE_STATES


class BatchApi:
    """The batches of one key."""

    def __init__(self, sdk: SdkClient) -> None:
        self._sdk = sdk
        # states that the SDK does not know, such as PARTIALLY_SUCCEEDED, are known here
        warnings.filterwarnings("ignore", r"\S+ is not a valid JobState", UserWarning)

    async def create(self, model: str, file: str, title: str) -> ServiceBatch | RequestOutcome:
        """Create a batch from an uploaded file.

        Parameters
        ----------
        model : str
            The requested model.
        file : str
            Name of the input file at the service.
        title : str
            Display name of the batch at the service.
        """
        config = {"display_name": title}
        return _checked_batch(await self._call(self._sdk.api.batches.create(model=model, src=file, config=config)))

    async def get(self, name: str) -> ServiceBatch | RequestOutcome:
        """Return a batch; for one that does not exist, an outcome with the code `GONE`."""
        return _checked_batch(_mark_gone(await self._call(self._sdk.api.batches.get(name=name))))

    async def find_by_title(self, title: str) -> ServiceBatch | RequestOutcome | None:
        """Return the batch with a title, unless it is lost; None where there is none."""
        batch: ServiceBatch | RequestOutcome | None = await self._call(self._find_by_title(title))
        return batch

    async def _find_by_title(self, title: str) -> ServiceBatch | None:
        async for job in await self._sdk.api.batches.list(config={"page_size": _PAGE_SIZE}):
            if job.display_name == title and job.name and not (batch := _read_batch(job)).is_lost:
                return batch
        return None

    async def cancel(self, name: str) -> RequestOutcome | None:
        """Cancel a batch."""
        outcome: RequestOutcome | None = await self._call(self._sdk.api.batches.cancel(name=name))
        return outcome

    async def download(self, file: str, stream: BinaryIO) -> RequestOutcome | None:
        """Write a file's content over a stream; the code `GONE` means that it does not exist, or not yet."""
        stream.seek(0)
        stream.truncate()
        seconds = _MAX_OUTPUT_BYTES / MIN_BYTES_PER_SECOND  # a stalled connection ends earlier, by the SDK's time-out
        result = _mark_gone(await self._call(self._sdk.api.files.download(file=file, destination=stream), seconds))
        return replace(result, kind=OutcomeKind.FAULT) if isinstance(result, RequestOutcome) else None

    async def delete_file(self, file: str) -> None:
        """Delete a file, and ignore failures: the service deletes it after two days anyway."""
        await self._call(self._sdk.api.files.delete(name=file))

    async def _call(self, request: Awaitable[Any], seconds: float = 0.0) -> Any:
        """Return the result of a request, or the outcome of its failure; `seconds` are added to its time-out."""
        try:
            async with asyncio.timeout(self._sdk.timeout + seconds):
                return await request
        except Exception as error:
            return self._sdk.outcome_of_exception(error).as_transient()


def _mark_gone(result: Any) -> Any:
    """Return the result; where something does not exist, an outcome that neither stops the run nor is retried."""
    if isinstance(result, RequestOutcome) and result.code in ("no_such_model", "file_gone"):
        return RequestOutcome(OutcomeKind.REFUSED, GONE, result.message)
    return result


def _checked_batch(job: Any) -> ServiceBatch | RequestOutcome:
    if isinstance(job, RequestOutcome):
        return job
    if job.name and job.state:
        return _read_batch(job)
    return RequestOutcome(OutcomeKind.FAULT, "empty_response", "the response has no batch")


def _read_batch(job: Any) -> ServiceBatch:
    """Read the SDK's batch; its states are ``JOB_STATE_X``, or ``BATCH_STATE_X`` where it does not know them."""
    state = str(getattr(job.state, "value", job.state) or "").rpartition("STATE_")[2]
    return ServiceBatch(job.name, job.display_name or "", state, (job.dest and job.dest.file_name) or "")
