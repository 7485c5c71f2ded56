"""The HTTP side of the service: one thread a connection, one request a connection."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import maskmill
from maskmill.errors import ArgumentError

from ._decoding import MIB, Bounds, Request, answer, error_body, json_body, read_query
from ._workers import BusyError, DeadWorkerError, TimeUpError, Workers

_REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Service(ThreadingHTTPServer):
    """The server; `serve_forever` runs it, `server_close` ends its workers.

    >>> from urllib.request import urlopen
    >>> with Service(("127.0.0.1", 0), Bounds(workers=1)) as service:
    ...     threading.Thread(target=service.serve_forever, daemon=True).start()
    ...     urlopen(f"http://127.0.0.1:{service.server_port}/health").read()
    ...     service.shutdown()
    b'{"idle":1,"workers":1}'

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
        self.connection.settimeout(2 * self.server.bounds.arrival)  # the clock below comes first, and lets us answer
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
            self._say(404, error_body("expected GET /health or POST /decode"))
            return
        workers = self.server.workers
        self._say(200, json_body({"idle": workers.idle, "workers": self.server.bounds.workers}))

    def do_POST(self) -> None:
        """Decode a reply."""
        length = self._length()
        if length is None:
            return
        body = self.rfile.read(length)
        self._clock.cancel()
        if len(body) < length:
            arrival = self.server.bounds.arrival
            self._say(408, error_body(f"expected a body of {length} bytes within {arrival:g} s, got {len(body)}"))
        else:
            self._decode(body)

    def handle_expect_100(self) -> bool:
        """Let the client send its body only where it will be read."""
        return self._length() is not None and super().handle_expect_100()

    def _decode(self, body: bytes) -> None:
        bounds = self.server.bounds
        try:
            request = Request(body, *read_query(urlsplit(self.path).query), bounds)
            self._say(*self.server.workers.run(request, bounds.patience))
        except ArgumentError as error:
            self._say(400, error_body(str(error)))
        except BusyError as error:
            self._say(503, error_body(str(error)), ("Retry-After", "1"))
        except TimeUpError as error:
            self._say(503, error_body(f"{error}: decoding was stopped, and would be again"))
        except DeadWorkerError as error:
            self._say(500, error_body(str(error)))

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
        self._say(status, error_body(message))
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(MIB // 16):  # until the client ends, or the clock
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
