"""Files at the service: each is uploaded once, and used again for as long as the service keeps it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import datetime
from time import time
from typing import Any, Final

from .._ledger.ledger import Ledger
from .._outcome import OutcomeKind, RequestOutcome
from .._photos.photo import Photo
from .sdk import SdkClient

_LIFETIME: Final = 46 * 3600.0
"""Seconds for which an upload is used again; the service keeps it for 48 hours."""

MIN_BYTES_PER_SECOND: Final = 2**17
"""Slowest accepted transfer, beyond the time that every request has."""

_NO_ADDRESS: Final = RequestOutcome(OutcomeKind.FAULT, "not_uploaded", "the service gave no address for the file")


class UploadCache:
    """The uploads that a ledger knows."""

    def __init__(self, sdk: SdkClient, ledger: Ledger) -> None:
        self._sdk, self._ledger = sdk, ledger
        self._locks: dict[str, asyncio.Lock] = {}

    async def get_uri(self, photo: Photo) -> str | RequestOutcome:
        """Return the address of an image at the service, uploading it where needed; an outcome where that failed."""
        content = _content_digest(photo.data)
        async with self._locks.setdefault(content, asyncio.Lock()):  # equal images at the same time are one upload
            known = self._ledger.find_upload(content)
            if known is not None:
                return known[1]
            file = await self.upload(io.BytesIO(photo.data), len(photo.data), photo.mime, content[:32])
            if isinstance(file, RequestOutcome):
                return file
            self._ledger.record_upload(content, file.name, file.uri, _expiry(file))
            return str(file.uri)

    def forget(self, photo: Photo) -> None:
        """Forget an upload that the service no longer has."""
        self._ledger.forget_upload(_content_digest(photo.data))

    async def upload(self, stream: io.IOBase, nbytes: int, mime: str, title: str) -> Any:
        """Upload the content of a stream.

        Parameters
        ----------
        stream : io.IOBase
            The content, read from its beginning.
        nbytes : int
            Length of the content in bytes.
        mime : str
            Media type of the content.
        title : str
            Display name at the service.

        Returns
        -------
        google.genai.types.File or RequestOutcome
            The SDK's file; an outcome where the upload failed.
        """
        config = {"mimeType": mime, "displayName": title}
        try:
            async with asyncio.timeout(self._sdk.timeout + nbytes / MIN_BYTES_PER_SECOND):
                stream.seek(0)
                file = await self._sdk.api.files.upload(file=stream, config=config)
        except KeyError:  # the SDK looks for headers of the service in whatever answers
            return _NO_ADDRESS
        except Exception as error:
            return self._sdk.outcome_of_exception(error).as_transient()
        if not file.uri or not file.name:
            return _NO_ADDRESS
        return file


def _content_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _expiry(file: Any) -> float:
    """Return until when an upload is used again, in seconds since 1970."""
    at = getattr(file, "expiration_time", None)
    return min(time() + _LIFETIME, at.timestamp()) if isinstance(at, datetime) else time() + _LIFETIME
