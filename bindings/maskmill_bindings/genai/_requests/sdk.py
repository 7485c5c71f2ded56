"""The Google Gen AI SDK: one client, one request, its outcome.

The SDK's own retries are off, because they neither wait as long as the server asks for nor notice a broken answer.
Bodies are taken as received, because the SDK's models drop fields that they do not know. Requests hold the REST
interface's own ``generationConfig``, so that batches, which are written by hand, ask the same.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from maskmill.errors import ArgumentError, expected

from ..._optional import import_optional
from .._outcome import RequestOutcome, outcome_of_body, outcome_of_error

if TYPE_CHECKING:
    from .._photos.photo import Photo

_KEY_VARIABLES: Final = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Variables with the key, in the order in which the SDK reads them."""

_GRACE: Final = 5.0
"""Seconds beyond the SDK's time-out after which a request is given up: the SDK's holds for each phase, not in all."""

_REDACTED: Final = "***"
_MIN_SECRET: Final = 16
"""Shortest key that is a secret, in characters; Google's have 39."""
_MAX_MESSAGE: Final = 400
"""Characters of a server's message that are kept."""


class SdkClient:
    """A connection to the service.

    Parameters
    ----------
    api_key : str or None
        None: that of the environment.
    base_url : str or None
        Address of the service; None: that of the environment, or Google's.
    timeout : float
        Seconds per request.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no key, or the address cannot be used.
    maskmill.errors.MissingPackageError
        The SDK is not installed.
    """

    def __init__(self, api_key: str | None, base_url: str | None, timeout: float) -> None:
        self._key = _checked_key(api_key or "") or key_from_environment()
        self.timeout = timeout
        _check_url(base_url)
        genai = import_optional("google.genai", "genai")
        types = genai.types
        options = types.HttpOptions(
            base_url=base_url,
            timeout=int(timeout * 1000),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        try:
            self._client = genai.Client(api_key=self._key, vertexai=False, http_options=options)
        except ValueError as error:
            raise ArgumentError(self.redact(str(error))) from None
        self.api = self._client.aio
        self.types = types

    async def __aenter__(self) -> SdkClient:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.api.aclose()
        self._client.close()

    async def generate(self, model: str, parts: list[dict[str, Any]], settings: Mapping[str, Any]) -> RequestOutcome:
        """Send one request to a model; exceptions of the SDK and the connection become outcomes.

        Parameters
        ----------
        model : str
            Name of the model.
        parts : list of dict
            Image and prompt, as the REST interface spells them.
        settings : mapping
            The ``generationConfig``.
        """
        config = self.types.GenerateContentConfig.model_validate(
            {**settings, "shouldReturnHttpResponse": True, "automaticContinuation": False}
        )
        contents = {"role": "user", "parts": parts}
        request = self.api.models.generate_content(model=model, contents=contents, config=config)
        try:
            async with asyncio.timeout(self.timeout + _GRACE):
                response = await request
        except Exception as error:
            return self.outcome_of_exception(error)
        return outcome_of_body(self.redact(response.sdk_http_response.body or ""))

    def outcome_of_exception(self, error: Exception) -> RequestOutcome:
        """Return the outcome that an exception of the SDK means, without the key in its message."""
        outcome = outcome_of_error(error)
        return replace(outcome, message=self.redact(outcome.message)[:_MAX_MESSAGE])

    def redact(self, text: str) -> str:
        """Replace the key in a text, unless it is too short to be secret, as for an emulator."""
        return text.replace(self._key, _REDACTED) if len(self._key) >= _MIN_SECRET else text


def key_from_environment() -> str:
    """Return the key that the SDK would use.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is none.
    """
    key = next((value for name in _KEY_VARIABLES if (value := _checked_key(os.environ.get(name, "")))), "")
    if not key:
        raise ArgumentError("a key of the Gemini API in GEMINI_API_KEY", "none", "api_key")
    return key


def _checked_key(key: str) -> str:
    """Return a key without the blanks around it; raise, without showing it, where no HTTP header can hold it."""
    bare = key.strip()
    if not bare.isascii() or not bare.isprintable():
        raise ArgumentError("a key of printable ASCII characters", "another one", "api_key")
    return bare


def inline_part(photo: Photo) -> dict[str, Any]:
    """Return an image as a part of a request."""
    return {"inlineData": {"mimeType": photo.mime, "data": base64.b64encode(photo.data).decode()}}


def file_part(uri: str, mime: str) -> dict[str, Any]:
    """Return an uploaded image as a part of a request."""
    return {"fileData": {"fileUri": uri, "mimeType": mime}}


def _check_url(base_url: str | None) -> None:
    if base_url is None:
        return
    try:
        parts = urlsplit(base_url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise expected("an address such as http://127.0.0.1:8080", base_url, "base_url")
