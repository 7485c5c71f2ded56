"""Decode one request of the service: its bounds, its query, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from maskmill._device.hardware import count_cores
from maskmill.errors import ArgumentError, expected

MIB: Final = 2**20
_OPTIONS: Final = ("threshold", "axis", "boxes", "frame", "dialect", "fallback")
"""Options of `maskmill.decode` that a query may state; `frame` is a name, or WIDTHxHEIGHT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBounds:
    """Bounds on every request of the service.

    >>> RequestBounds(seconds=2.5).seconds
    2.5

    Attributes
    ----------
    body, answer : int
        Maximum bytes of each.
    arrival : float
        Seconds in which the request must arrive, and again in which the client must read the answer.
    wait_timeout : float
        Seconds to wait for an idle worker.
    seconds : float
        Seconds to decode; then the worker is killed.
    memory : int
        Bytes that decoding may use beyond those of an idle worker.
    pixels : int
        Maximum pixels of the image.
    workers : int
        Number of processes, which is the number of requests decoded at the same time.
    connections : int
        Number of open requests; further ones are refused unread.
    """

    body: int = 8 * MIB
    answer: int = 32 * MIB
    arrival: float = 20.0
    wait_timeout: float = 5.0
    seconds: float = 10.0
    memory: int = 1024 * MIB
    pixels: int = 100_000_000
    workers: int = field(default_factory=count_cores)
    connections: int = 32


class DecodeRequest(NamedTuple):
    """What a worker needs to decode one reply: the body, (width, height), options of `decode`, and the bounds."""

    reply: bytes
    size: tuple[int, int]
    options: dict[str, Any]
    bounds: RequestBounds


def answer_request(request: DecodeRequest) -> tuple[int, bytes]:
    """Return the HTTP status and the body that answer a request; it runs in a worker.

    >>> answer_request(DecodeRequest(b"[]", (8, 8), {}, RequestBounds()))
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
        return 400, to_error_body(str(error))
    except MemoryError:
        return 413, to_error_body(
            f"expected a reply whose masks take at most {bounds.memory} bytes of memory, got more"
        )
    if len(data) > bounds.answer:
        return 413, to_error_body(f"expected masks of at most {bounds.answer} bytes, got {len(data)}")
    return 200, data


def read_query(text: str) -> tuple[tuple[int, int], dict[str, Any]]:
    """Return (width, height) and the options of `maskmill.decode` from the query of a request.

    >>> read_query("size=1920x1080&threshold=100")
    ((1920, 1080), {'threshold': 100})

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no size, or an unknown option.
    """
    query: dict[str, Any] = dict(parse_qsl(text, keep_blank_values=True))
    size = query.pop("size", "")
    width, _, height = size.partition("x")
    if not (_is_number(width) and _is_number(height)):
        raise expected("WIDTHxHEIGHT in pixels, such as 1920x1080", size, "size")
    unknown = set(query) - set(_OPTIONS)
    if unknown:
        raise expected(f"size, {', '.join(_OPTIONS[:-1])} or {_OPTIONS[-1]}", min(unknown), "query")
    if _is_number(query.get("threshold", "")):
        query["threshold"] = int(query["threshold"])
    sides = query.get("frame", "").partition("x")[::2]
    if all(map(_is_number, sides)):
        query["frame"] = tuple(map(int, sides))
    return (int(width), int(height)), query


def _is_number(text: str) -> bool:
    """Whether a text is an integer of at most six digits."""
    return text.isascii() and text.isdigit() and len(text) < 7


def to_error_body(message: str) -> bytes:
    """Return the body of an answer with an error."""
    return to_json_body({"error": message})


def to_json_body(value: dict[str, Any]) -> bytes:
    """Return a value as JSON."""
    import orjson

    return orjson.dumps(value)
