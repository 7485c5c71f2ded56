"""What a request asks for, what it may take, and what answers it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from maskmill.errors import ArgumentError, expected

MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one request may take.

    >>> Bounds(seconds=2.5).seconds
    2.5

    Attributes
    ----------
    body, answer
        Bytes of each.
    arrival
        Seconds until the whole request is there, and again until the whole answer is taken.
    patience
        Seconds to wait for an idle worker.
    seconds
        To decode; then the worker is killed.
    memory
        Bytes to decode, beyond what an idle worker has.
    pixels
        Of the image.
    workers
        Processes: requests that are decoded at once.
    connections
        Requests that are open at once; further ones are refused unread.
    """

    body: int = 8 * MIB
    answer: int = 32 * MIB
    arrival: float = 20.0
    patience: float = 5.0
    seconds: float = 10.0
    memory: int = 1024 * MIB
    pixels: int = 100_000_000
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    connections: int = 32


class Request(NamedTuple):
    """What a worker is asked for."""

    reply: bytes
    size: tuple[int, int]
    options: dict[str, Any]
    bounds: Bounds


def answer(request: Request) -> tuple[int, bytes]:
    """The status and the body that answer a request: what runs in a worker.

    >>> answer(Request(b"[]", (8, 8), {}, Bounds()))
    (200, b'{"version":1,"size":[8,8],"reply_status":"ok","rows":[],"problems":[]}')
    """
    import orjson

    import maskmill

    bounds = request.bounds
    try:
        limits = maskmill.Limits(max_reply_chars=bounds.body, max_pixels=bounds.pixels)
        masks = maskmill.decode(request.reply, request.size, limits=limits, **request.options)
        data = orjson.dumps(masks.to_dict())
    except ArgumentError as error:
        return 400, error_body(str(error))
    except MemoryError:
        return 413, error_body(f"expected a reply whose masks take at most {bounds.memory} bytes of memory, got more")
    if len(data) > bounds.answer:
        return 413, error_body(f"expected masks of at most {bounds.answer} bytes, got {len(data)}")
    return 200, data


def read_query(text: str) -> tuple[tuple[int, int], dict[str, Any]]:
    """Size and options of `maskmill.decode` out of the query of a request.

    >>> read_query("size=1920x1080&threshold=100")
    ((1920, 1080), {'threshold': 100})

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no size, or something that is no option.
    """
    query: dict[str, Any] = dict(parse_qsl(text, keep_blank_values=True))
    size = query.pop("size", "")
    width, _, height = size.partition("x")
    if not (_is_number(width) and _is_number(height)):
        raise expected("WIDTHxHEIGHT in pixels, such as 1920x1080", size, "size")
    strange = set(query) - {"threshold", "axis", "fallback"}
    if strange:
        raise expected("size, threshold, axis or fallback", min(strange), "query")
    if _is_number(query.get("threshold", "")):
        query["threshold"] = int(query["threshold"])
    return (int(width), int(height)), query


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def error_body(message: str) -> bytes:
    """The body of an answer that says what is wrong."""
    return json_body({"error": message})


def json_body(value: dict[str, Any]) -> bytes:
    """The body of an answer."""
    import orjson

    return orjson.dumps(value)
