"""A web service that bounds the time and the memory of every request: replies in, masks out.

::

    python -m maskmill_bindings.service --port 8080
    curl --data-binary @reply.txt 'http://127.0.0.1:8080/decode?size=1920x1080'

``POST /decode`` takes a reply as its body, and in the query `size`, and where wanted `threshold`, `axis` and
`fallback`, as `maskmill.decode`. It answers what `Masks.to_dict` gives, so that ``Masks.from_dict(response.json())``
has everything: COCO's run lengths, status and problems of each row. What a model wrote is never an error: the answer
is 200, and the rows say what became of them. ``GET /health`` tells how many workers are idle.

======  ====================================================================================================
status  ``{"error": "…"}``
======  ====================================================================================================
400     the query cannot be used
408     the request did not arrive in time
411     the body's length is not told
413     the body, the memory that it needs or the answer is past its bound
500     the worker died of the request
503     no worker became idle in time (with ``Retry-After``), or decoding took too long and was stopped
======  ====================================================================================================

What bounds what: `Bounds.body` is checked before a byte of a body is read; connections are counted, so no more than
`connections` bodies are held; decoding runs in `Workers`, which are killed at `seconds` and cannot take more than
`memory`. It speaks plain HTTP: authentication and TLS are for the proxy in front of it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import maskmill
from maskmill.errors import ArgumentError, MaskmillError, told

from .workers import BusyError, DeadWorkerError, TimeUpError, Workers

_REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_MIB: Final = 2**20


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

    body: int = 8 * _MIB
    answer: int = 32 * _MIB
    arrival: float = 20.0
    patience: float = 5.0
    seconds: float = 10.0
    memory: int = 1024 * _MIB
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

    bounds = request.bounds
    try:
        limits = maskmill.Limits(max_reply_chars=bounds.body, max_pixels=bounds.pixels)
        masks = maskmill.decode(request.reply, request.size, limits=limits, **request.options)
        data = orjson.dumps(masks.to_dict())
    except ArgumentError as error:
        return 400, _error(str(error))
    except MemoryError:
        return 413, _error(f"expected a reply whose masks take at most {bounds.memory} bytes of memory, got more")
    if len(data) > bounds.answer:
        return 413, _error(f"expected masks of at most {bounds.answer} bytes, got {len(data)}")
    return 200, data


class Service(ThreadingHTTPServer):
    """The server; `serve_forever` runs it, `server_close` ends its workers.

    Parameters
    ----------
    address
        Host and port; 0: any port that is free, which `server_port` tells.
    bounds
        Of each request.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], bounds: Bounds) -> None:
        self.bounds = bounds
        self._slots = threading.BoundedSemaphore(bounds.connections)
        self.workers = Workers(answer, maskmill.warmup, bounds.workers, bounds.seconds, bounds.memory)
        super().__init__(address, _Handler)  # last, since it closes the server where it fails

    def server_close(self) -> None:
        """Close the socket and kill the workers."""
        super().server_close()
        self.workers.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a thread of its own, or refuse it where there are too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            request.sendall(_REFUSAL)  # fits into the buffer of a new connection
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle it, and make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, unless it is that the client is gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: Service
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Start the clock: whoever sends slowly is cut off, and reads the end of what was sent."""
        super().setup()
        self.connection.settimeout(self.server.bounds.arrival)
        self._clock = threading.Timer(self.server.bounds.arrival, self._stop_reading)
        self._clock.daemon = True
        self._clock.start()

    def finish(self) -> None:
        """Stop the clock."""
        self._clock.cancel()
        super().finish()

    def do_GET(self) -> None:
        """Tell how the service is."""
        if urlsplit(self.path).path != "/health":
            self._say(404, _error("expected GET /health or POST /decode"))
            return
        workers = self.server.workers
        self._say(200, _json({"idle": workers.idle, "workers": self.server.bounds.workers}))

    def do_POST(self) -> None:
        """Decode a reply."""
        length = self._length()
        if length is None:
            return
        body = self.rfile.read(length)
        self._clock.cancel()
        if len(body) < length:
            arrival = self.server.bounds.arrival
            self._say(408, _error(f"expected a body of {length} bytes within {arrival:g} s, got {len(body)}"))
        else:
            self._decode(body)

    def handle_expect_100(self) -> bool:
        """Let the client send its body only where it will be read."""
        return self._length() is not None and super().handle_expect_100()

    def _decode(self, body: bytes) -> None:
        bounds = self.server.bounds
        try:
            request = Request(body, *_asked(self.path), bounds)
            self._say(*self.server.workers.run(request, bounds.patience))
        except ArgumentError as error:
            self._say(400, _error(str(error)))
        except BusyError as error:
            self._say(503, _error(str(error)), ("Retry-After", "1"))
        except TimeUpError as error:
            self._say(503, _error(f"{error}: decoding was stopped, and would be again"))
        except DeadWorkerError as error:
            self._say(500, _error(str(error)))

    def _length(self) -> int | None:
        """Bytes of the body; None where the request is refused for it, and answered."""
        told, most = self.headers.get("Content-Length", ""), self.server.bounds.body
        if urlsplit(self.path).path != "/decode":
            self._refuse(404, "expected GET /health or POST /decode")
        elif not (told.isascii() and told.isdigit()) or "Transfer-Encoding" in self.headers:
            self._refuse(411, "expected a Content-Length in bytes, got none")
        elif len(told) > 18 or int(told) > most:
            self._refuse(413, f"expected a body of at most {most} bytes, got {told[:20]}")
        else:
            return int(told)
        return None

    def _refuse(self, status: int, message: str) -> None:
        """Answer, and let what is being sent run into nothing: a client that is cut off would not read the answer."""
        self._say(status, _error(message))
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(_MIB // 16):  # until the client ends, or the clock
            pass

    def _say(self, status: int, data: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Connection", "close"), *headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stop_reading(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)


def serve(
    *, host: str = "127.0.0.1", port: int = 8080, seconds: float = 10.0, memory_mib: int = 1024, body_mib: int = 8
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on.
    seconds
        For decoding one reply.
    memory_mib
        MiB of memory for decoding one reply.
    body_mib
        MiB of one reply.
    """
    bounds = Bounds(seconds=seconds, memory=memory_mib * _MIB, body=body_mib * _MIB)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        service = Service((host, port), bounds)
    except OSError as error:
        raise told("an address to listen on", f"{host}:{port}: {error.strerror}", "--port") from None
    with service, suppress(KeyboardInterrupt):
        print(f"maskmill listens on http://{host}:{service.server_port}", flush=True)
        service.serve_forever()


def _asked(path: str) -> tuple[tuple[int, int], dict[str, Any]]:
    """Size and options out of the query."""
    query: dict[str, Any] = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    width, _, height = query.pop("size", "").partition("x")
    if not (_is_number(width) and _is_number(height)):
        raise told("size=WIDTHxHEIGHT in pixels, such as size=1920x1080", "none", "query")
    strange = set(query) - {"threshold", "axis", "fallback"}
    if strange:
        raise told("size, threshold, axis or fallback", repr(min(strange)), "query")
    if _is_number(query.get("threshold", "")):
        query["threshold"] = int(query["threshold"])
    return (int(width), int(height)), query


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _error(message: str) -> bytes:
    return _json({"error": message})


def _json(value: dict[str, Any]) -> bytes:
    import orjson

    return orjson.dumps(value)


if __name__ == "__main__":
    from cyclopts import run

    try:
        run(serve)
    except MaskmillError as wrong:
        print(f"maskmill: {wrong}", file=sys.stderr)
        sys.exit(2)
