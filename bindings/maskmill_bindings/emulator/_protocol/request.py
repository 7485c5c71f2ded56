"""Requests as the API spells them: which call a path is, and what a body asks.

Taken: /v1, /v1beta, /v1alpha, names in camelCase and in snake_case, as the google-genai SDK mixes them; nobody has
compared it with what Google's server takes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .response_json import RefusedError

_ROUTES: Final = tuple(
    (method, re.compile(pattern), kind)
    for method, pattern, kind in (
        ("POST", r"models/(?P<model>[^/:]+):generateContent", "generate"),
        ("POST", r"models/(?P<model>[^/:]+):streamGenerateContent", "stream"),
        ("POST", r"models/(?P<model>[^/:]+):countTokens", "count"),
        ("POST", r"models/(?P<model>[^/:]+):batchGenerateContent", "batch_create"),
        ("GET", r"models", "models"),
        ("GET", r"models/(?P<model>[^/:]+)", "model"),
        ("GET", r"files", "files"),
        ("GET", r"files/(?P<id>[^/:]+)", "file"),
        ("DELETE", r"files/(?P<id>[^/:]+)", "file_delete"),
        ("GET", r"files/(?P<id>[^/:]+):download", "download"),
        ("GET", r"batches", "batches"),
        ("GET", r"batches/(?P<id>[^/:]+)", "batch"),
        ("POST", r"batches/(?P<id>[^/:]+):cancel", "batch_cancel"),
        ("DELETE", r"batches/(?P<id>[^/:]+)", "batch_delete"),
    )
)
_VERSION: Final = re.compile(r"/(?:(upload)/)?(?:download/)?v1(?:beta|alpha)?/(.+)")
_USERS: Final = ("metadata", "labels")
"""Fields whose keys are the user's."""

_SNAKE: Final = re.compile(r"_([a-z0-9])")

FIELDS: Final = frozenset(
    {
        "model",
        "contents",
        "tools",
        "toolConfig",
        "safetySettings",
        "systemInstruction",
        "generationConfig",
        "cachedContent",
        "labels",
        "store",
        "serviceTier",
    }
)
"""What the body of generateContent may hold."""


class Call(NamedTuple):
    """Which call of the API a request is."""

    kind: str
    model: str = ""
    id: str = ""


@dataclass(frozen=True)
class Request:
    """One request, or one row of a batch.

    Attributes
    ----------
    number
        How many came before it, of any kind.
    method, path
        As sent; the path is without its query.
    kind
        generate, stream, count, batch_create, models, model, upload, chunk, file, files, file_delete, download, batch,
        batches, batch_cancel, batch_delete, or row.
    model
        The model asked, without ``models/``; empty where none is.
    id
        Of a file or a batch; empty where there is none.
    query, headers
        As sent; names of headers in lower case.
    raw
        The body.
    data
        The body as an object with keys in camelCase; empty where it is none.
    digest
        Of the content: the same for the same thing asked again, also by another way (stream, row of a batch, image as a
        file). Of other calls, of method, path and body.
    earlier
        How often the same content came before.
    """

    number: int
    method: str
    path: str
    kind: str
    model: str = ""
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    data: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    earlier: int = 0

    @cached_property
    def prompt(self) -> str:
        """Every text of the contents and of the system instruction."""
        instruction = self.data.get("systemInstruction")
        contents = [*([instruction] if isinstance(instruction, Mapping) else []), *_contents(self.data)]
        return "\n".join(str(part["text"]) for part in _parts(contents) if part.get("text"))

    @cached_property
    def images(self) -> tuple[bytes, ...]:
        """The bytes of every image; files are resolved already."""
        return tuple(part["bytes"] for part in _parts(_contents(self.data)) if "bytes" in part)

    @property
    def config(self) -> Mapping[str, Any]:
        """The generationConfig."""
        return mapping(self.data.get("generationConfig"))

    @property
    def wants_logprobs(self) -> bool:
        """Log-probabilities are asked for."""
        return self.config.get("responseLogprobs") is True


# Reading.


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def call_of(method: str, path: str) -> Call | None:
    """Which call it is; None where the API has none such.

    >>> call_of("POST", "/v1beta/models/gemini-2.5-flash:generateContent")
    Call(kind='generate', model='gemini-2.5-flash', id='')
    """
    found = _VERSION.fullmatch(path)
    if found is None:
        return None
    upload, rest = found.groups()
    if upload:
        return Call("upload") if (method, rest) == ("POST", "files") else None
    for verb, pattern, kind in _ROUTES:
        if verb == method and (named := pattern.fullmatch(rest)):
            return Call(kind, **named.groupdict())
    return None


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """The path and the query of what stands in the first line."""
    parts = urlsplit(target)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def read_object(raw: bytes) -> dict[str, Any]:
    """The body as an object in camelCase.

    Raises
    ------
    RefusedError
        It is none.
    """
    try:
        value = json.loads(raw or b"{}")
    except ValueError as error:
        raise RefusedError(400, f"Invalid JSON payload received. {error}") from None
    if not isinstance(value, dict):
        raise RefusedError(400, "Invalid JSON payload received. Unexpected token.")
    found: dict[str, Any] = _camel(value)
    return found


def content(data: Mapping[str, Any], model: str, file: Callable[[str], bytes]) -> tuple[dict[str, Any], str]:
    """The body of generateContent with its images as bytes, and the digest of all that is asked.

    Raises
    ------
    RefusedError
        A field is unknown, or an image cannot be had.
    """
    if unknown := [name for name in data if name not in FIELDS]:
        raise RefusedError(400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    if not _contents(data):
        raise RefusedError(400, "* GenerateContentRequest.contents: contents is not specified")
    asked = {**data, "contents": [_with_bytes(entry, file) for entry in _contents(data)]}
    told = {name: value for name, value in asked.items() if name != "model"}
    text = json.dumps([model, told], sort_keys=True, default=lambda blob: sha256(blob).hexdigest())
    return asked, sha256(text.encode()).hexdigest()


def _contents(data: Mapping[str, Any]) -> list[Any]:
    contents = data.get("contents")
    return contents if isinstance(contents, list) else [contents] if isinstance(contents, Mapping) else []


def _parts(contents: list[Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for entry in contents:
        parts = mapping(entry).get("parts")
        found += [p for p in (parts if isinstance(parts, list) else [parts]) if isinstance(p, Mapping)]
    return found


def _with_bytes(entry: Any, file: Callable[[str], bytes]) -> dict[str, Any]:
    return {"role": "user", **mapping(entry), "parts": [_part(part, file) for part in _parts([entry])]}


def _part(part: Mapping[str, Any], file: Callable[[str], bytes]) -> Mapping[str, Any]:
    """The part; an image is nothing but its bytes, by whichever way it came."""
    inline, remote = part.get("inlineData"), part.get("fileData")
    if isinstance(inline, Mapping):
        return {"bytes": _decoded(str(inline.get("data", "")))}
    if isinstance(remote, Mapping):
        return {"bytes": file(str(remote.get("fileUri", "")))}
    return part


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(400, "Invalid value at 'contents[0].parts[0].inline_data.data'. Base64 decoding failed") \
            from None  # fmt: skip


def _camel(value: Any) -> Any:
    """The same with its keys in camelCase."""
    if isinstance(value, dict):
        named = ((_SNAKE.sub(lambda m: m[1].upper(), key), inner) for key, inner in value.items())
        return {name: inner if name in _USERS else _camel(inner) for name, inner in named}
    return [_camel(inner) for inner in value] if isinstance(value, list) else value
