"""The SDK, and nothing else: one client, one request, its outcome.

The SDK's own retries are off, since they neither wait as long as the server asks nor see a broken answer; and bodies
are taken as they came, since its models lose what they do not know. What is asked is the REST interface's own
``generationConfig``, so that batches, which are written by hand, ask the same.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from maskmill.errors import ArgumentError, expected, told

from ..._optional import needed
from .outcome import Outcome, of_body, of_error

if TYPE_CHECKING:
    from .._photos.photo import Photo

_KEYS: Final = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Variables with the key, in the order in which the SDK takes them."""

_GRACE: Final = 5.0
"""Seconds after the SDK's own time-out at which a request is given up: the SDK's is one a phase, not one in all."""

_BLOTTED: Final = "***"
_SECRET: Final = 16
"""Characters from which on a key is one; Google's have 39."""
_LONGEST: Final = 400
"""Characters of a server's message that are kept."""


class Wire:
    """A connection to the service.

    Parameters
    ----------
    api_key
        None: that of the environment.
    base_url
        Address of the service; None: that of the environment, or Google's.
    timeout
        Seconds for one request.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no key, or the address is none.
    maskmill.errors.MissingPackageError
        The SDK is not installed.
    """

    def __init__(self, api_key: str | None, base_url: str | None, timeout: float) -> None:
        self._key = _checked(api_key or "") or key_of_environment()
        self.timeout = timeout
        _check_url(base_url)
        genai = needed("google.genai", "genai")
        types = genai.types
        options = types.HttpOptions(
            base_url=base_url,
            timeout=int(timeout * 1000),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        try:
            self._client = genai.Client(api_key=self._key, vertexai=False, http_options=options)
        except ValueError as error:
            raise ArgumentError(self.blotted(str(error))) from None
        self.api = self._client.aio
        self.types = types

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.api.aclose()
        self._client.close()

    async def generate(self, model: str, parts: list[dict[str, Any]], settings: Mapping[str, Any]) -> Outcome:
        """Ask for one answer; no exception of the SDK or the wire comes out."""
        config = self.types.GenerateContentConfig.model_validate(
            {**settings, "shouldReturnHttpResponse": True, "automaticContinuation": False}
        )
        contents = {"role": "user", "parts": parts}
        return await self.call(self.api.models.generate_content(model=model, contents=contents, config=config))

    async def call(self, request: Any) -> Outcome:
        """Await a request of the SDK whose answer is a body."""
        try:
            async with asyncio.timeout(self.timeout + _GRACE):
                response = await request
        except Exception as error:
            return self.outcome_of(error)
        return of_body(self.blotted(response.sdk_http_response.body or ""))

    def outcome_of(self, error: Exception) -> Outcome:
        """What an exception out of the SDK means, without the key in it."""
        found = of_error(error)
        return replace(found, message=self.blotted(found.message)[:_LONGEST])

    def blotted(self, text: str) -> str:
        """A text without the key in it; a short one, as for an emulator, is no secret and may be a part of any word."""
        return text.replace(self._key, _BLOTTED) if len(self._key) >= _SECRET else text


def key_of_environment() -> str:
    """The key that the SDK would take.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is none.
    """
    key = next((value for name in _KEYS if (value := _checked(os.environ.get(name, "")))), "")
    if not key:
        raise told("a key of the Gemini API in GEMINI_API_KEY", "none", "api_key")
    return key


def _checked(key: str) -> str:
    """A key without the blanks around it; refused, and not told, where no header can hold it."""
    bare = key.strip()
    if not bare.isascii() or not bare.isprintable():
        raise told("a key of printable ASCII characters", "another one", "api_key")
    return bare


def inline_part(photo: Photo) -> dict[str, Any]:
    """An image as a part of a request."""
    return {"inlineData": {"mimeType": photo.mime, "data": base64.b64encode(photo.data).decode()}}


def file_part(uri: str, mime: str) -> dict[str, Any]:
    """An uploaded image as a part of a request."""
    return {"fileData": {"fileUri": uri, "mimeType": mime}}


def _check_url(base_url: str | None) -> None:
    if base_url is None:
        return
    try:
        parts = urlsplit(base_url)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise expected("an address such as http://127.0.0.1:8080", base_url, "base_url")
