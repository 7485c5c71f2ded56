"""Requests as the API spells them: the call that a path names, and the content of a body.

Accepts /v1, /v1beta and /v1alpha, and names in camelCase and snake_case, as the google-genai SDK mixes them. It was not
compared with what Google's server accepts.
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
_USER_FIELDS: Final = ("metadata", "labels")
"""Fields whose keys are chosen by the user and stay as they are."""

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
"""Fields that the body of generateContent may have."""


class ApiCall(NamedTuple):
    """A call of the API, with the model or ID that it names."""

    kind: str
    model: str = ""
    id: str = ""


@dataclass(frozen=True)
class ApiRequest:
    """One request, or one row of a batch.

    Attributes
    ----------
    number : int
        Number of earlier requests and rows.
    method, path : str
        As sent; the path without its query.
    kind : str
        generate, stream, count, batch_create, models, model, upload, chunk, file, files, file_delete, download, batch,
        batches, batch_cancel, batch_delete, or row.
    model : str
        The requested model, without ``models/``; empty if there is none.
    id : str
        ID of a file or batch job; empty if there is none.
    query, headers : Mapping[str, str]
        As sent; names of headers in lower case.
    raw : bytes
        The body.
    data : Mapping[str, Any]
        The body as an object with keys in camelCase; empty if it is no object.
    digest : str
        Digest of the content, the same if the same content comes again, also as a stream, as a row of a batch, or with
        the image as a file. For other calls, the digest of method, path and body.
    earlier : int
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
        """All texts of the system instruction and of the contents."""
        instruction = self.data.get("systemInstruction")
        contents = [*([instruction] if isinstance(instruction, Mapping) else []), *_contents_of(self.data)]
        return "\n".join(str(part["text"]) for part in _parts_of(contents) if part.get("text"))

    @cached_property
    def images(self) -> tuple[bytes, ...]:
        """The bytes of all images, with files resolved."""
        return tuple(part["bytes"] for part in _parts_of(_contents_of(self.data)) if "bytes" in part)

    @property
    def config(self) -> Mapping[str, Any]:
        """The generationConfig; empty if there is none."""
        return as_mapping(self.data.get("generationConfig"))

    @property
    def wants_logprobs(self) -> bool:
        """Whether the request asks for log-probabilities."""
        return self.config.get("responseLogprobs") is True


# Reading.


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty object."""
    return value if isinstance(value, Mapping) else {}


def match_call(method: str, path: str) -> ApiCall | None:
    """Return the call that a method and a path name; None if the API has no such call.

    >>> match_call("POST", "/v1beta/models/gemini-2.5-flash:generateContent")
    ApiCall(kind='generate', model='gemini-2.5-flash', id='')
    """
    versioned = _VERSION.fullmatch(path)
    if versioned is None:
        return None
    upload, rest = versioned.groups()
    if upload:
        return ApiCall("upload") if (method, rest) == ("POST", "files") else None
    for verb, pattern, kind in _ROUTES:
        if verb == method and (named := pattern.fullmatch(rest)):
            return ApiCall(kind, **named.groupdict())
    return None


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Return path and query of the target in a request line."""
    parts = urlsplit(target)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return a body as an object with keys in camelCase.

    Raises
    ------
    RefusedError
        The body is no JSON object.
    """
    try:
        value = json.loads(raw or b"{}")
    except ValueError as error:
        raise RefusedError(400, f"Invalid JSON payload received. {error}") from None
    if not isinstance(value, dict):
        raise RefusedError(400, "Invalid JSON payload received. Unexpected token.")
    renamed: dict[str, Any] = _to_camel_case(value)
    return renamed


def resolve_content(data: Mapping[str, Any], model: str, file: Callable[[str], bytes]) -> tuple[dict[str, Any], str]:
    """Return the body of generateContent with its images as bytes, and the digest of its content.

    Parameters
    ----------
    data : Mapping[str, Any]
        Body of the request, parsed.
    model : str
        The requested model, which is part of the content.
    file : callable
        Returns the content of a stored file by URI.

    Raises
    ------
    RefusedError
        A field is unknown, or an image cannot be read.
    """
    if unknown := [name for name in data if name not in FIELDS]:
        raise RefusedError(400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    if not _contents_of(data):
        raise RefusedError(400, "* GenerateContentRequest.contents: contents is not specified")
    resolved = {**data, "contents": [_with_bytes(entry, file) for entry in _contents_of(data)]}
    content = {name: value for name, value in resolved.items() if name != "model"}
    text = json.dumps([model, content], sort_keys=True, default=lambda blob: sha256(blob).hexdigest())
    return resolved, sha256(text.encode()).hexdigest()


def _contents_of(data: Mapping[str, Any]) -> list[Any]:
    contents = data.get("contents")
    return contents if isinstance(contents, list) else [contents] if isinstance(contents, Mapping) else []


def _parts_of(contents: list[Any]) -> list[Mapping[str, Any]]:
    all_parts: list[Mapping[str, Any]] = []
    for entry in contents:
        parts = as_mapping(entry).get("parts")
        all_parts += [p for p in (parts if isinstance(parts, list) else [parts]) if isinstance(p, Mapping)]
    return all_parts


def _with_bytes(entry: Any, file: Callable[[str], bytes]) -> dict[str, Any]:
    return {"role": "user", **as_mapping(entry), "parts": [_resolve_part(part, file) for part in _parts_of([entry])]}


def _resolve_part(part: Mapping[str, Any], file: Callable[[str], bytes]) -> Mapping[str, Any]:
    """Return a part; an image becomes its bytes, whether it came inline or as a file."""
    inline, remote = part.get("inlineData"), part.get("fileData")
    if isinstance(inline, Mapping):
        return {"bytes": _decode_base64(str(inline.get("data", "")))}
    if isinstance(remote, Mapping):
        return {"bytes": file(str(remote.get("fileUri", "")))}
    return part


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(400, "Invalid value at 'contents[0].parts[0].inline_data.data'. Base64 decoding failed") \
            from None  # fmt: skip


def _to_camel_case(value: Any) -> Any:
    """Return a value with the keys of its objects in camelCase."""
    if isinstance(value, dict):
        named = ((_SNAKE.sub(lambda m: m[1].upper(), key), inner) for key, inner in value.items())
        return {name: inner if name in _USER_FIELDS else _to_camel_case(inner) for name, inner in named}
    return [_to_camel_case(inner) for inner in value] if isinstance(value, list) else value
