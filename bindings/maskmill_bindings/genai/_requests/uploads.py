"""Files at the service: uploaded once, found again for as long as they live there."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import datetime
from time import time
from typing import Any, Final

from .._ledger.ledger import Ledger
from .._photos.photo import Photo
from .outcome import Kind, Outcome
from .sdk import Wire

_LIFE: Final = 46 * 3600.0
"""Seconds for which an upload is used again; the service keeps it for 48 hours."""

SLOWEST: Final = 2**17
"""Bytes a second that an upload must make, beyond the time that any request has."""

_LOST: Final = Outcome(Kind.FAULT, "not_uploaded", "the service gave no address for the file")


class Uploads:
    """The uploads of one ledger."""

    def __init__(self, wire: Wire, ledger: Ledger) -> None:
        self._wire, self._ledger = wire, ledger
        self._locks: dict[str, asyncio.Lock] = {}

    async def uri_of(self, photo: Photo) -> str | Outcome:
        """The address of an image at the service, uploaded where it is not there; or what came of the upload."""
        content = _content(photo.data)
        async with self._locks.setdefault(content, asyncio.Lock()):  # equal images at the same time are one upload
            known = self._ledger.upload(content)
            if known is not None:
                return known[1]
            found = await self.send(io.BytesIO(photo.data), len(photo.data), photo.mime, content[:32])
            if isinstance(found, Outcome):
                return found
            self._ledger.record_upload(content, found.name, found.uri, _expires(found))
            return str(found.uri)

    def forget(self, photo: Photo) -> None:
        """Have an image uploaded anew: it is gone."""
        self._ledger.forget_upload(_content(photo.data))

    async def send(self, stream: io.IOBase, nbytes: int, mime: str, title: str) -> Any:
        """Upload what a stream holds; the SDK's file, or an outcome that is none."""
        config = {"mimeType": mime, "displayName": title}
        try:
            async with asyncio.timeout(self._wire.timeout + nbytes / SLOWEST):
                stream.seek(0)
                file = await self._wire.api.files.upload(file=stream, config=config)
        except KeyError:  # the SDK looks for headers of the service in whatever answers
            return _LOST
        except Exception as error:
            return self._wire.outcome_of(error).passing()
        if not file.uri or not file.name:
            return _LOST
        return file


def _content(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _expires(file: Any) -> float:
    at = getattr(file, "expiration_time", None)
    return min(time() + _LIFE, at.timestamp()) if isinstance(at, datetime) else time() + _LIFE
