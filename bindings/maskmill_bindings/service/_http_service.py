"""HTTP side of the service: one thread and one request per connection."""

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

from ._decoding import MIB, DecodeRequest, RequestBounds, answer_request, read_query, to_error_body, to_json_body
from ._workers import BusyError, DeadWorkerError, TimeUpError, Workers

_TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Service(ThreadingHTTPServer):
    """The HTTP server; `serve_forever` runs it, `server_close` ends its workers.

    >>> from urllib.request import urlopen
    >>> with Service(("127.0.0.1", 0), RequestBounds(workers=1)) as service:
    ...     threading.Thread(target=service.serve_forever, daemon=True).start()
    ...     urlopen(f"http://127.0.0.1:{service.server_port}/health").read()
    ...     service.shutdown()
    b'{"idle":1,"workers":1}'

    Parameters
    ----------
    address : tuple[str, int]
        Host and port; port 0 is any free port, see `server_port`.
    bounds : RequestBounds
        Bounds on each request.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], bounds: RequestBounds) -> None:
        self.bounds = bounds
        self._slots = threading.BoundedSemaphore(bounds.connections)
        self.workers = Workers(answer_request, maskmill.warmup, bounds.workers, bounds.seconds, bounds.memory)
        super().__init__(address, _Handler)  # last, since it closes the server where it fails

    def server_close(self) -> None:
        """Close the socket and kill the workers."""
        super().server_close()
        self.workers.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a new thread, or refuse it if there are too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            request.sendall(_TOO_MANY)  # fits into the buffer of a new connection
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection, and free its slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the error, unless the client has disconnected."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Handles one connection with one request."""

    server: Service
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Start the timer that stops reading from a client that sends too slowly."""
        super().setup()
        self.connection.settimeout(2 * self.server.bounds.arrival)  # the timer fires first, so that we can answer
        self._timer = threading.Timer(self.server.bounds.arrival, self._stop_reading)
        self._timer.daemon = True
        self._timer.start()

    def finish(self) -> None:
        """Stop the timer."""
        self._timer.cancel()
        super().finish()

    def do_GET(self) -> None:
        """Answer ``GET /health``."""
        if urlsplit(self.path).path != "/health":
            self._respond(404, to_error_body("expected GET /health or POST /decode"))
            return
        workers = self.server.workers
        self._respond(200, to_json_body({"idle": workers.idle, "workers": self.server.bounds.workers}))

    def do_POST(self) -> None:
        """Answer ``POST /decode``."""
        length = self._body_length()
        if length is None:
            return
        body = self.rfile.read(length)
        self._timer.cancel()
        if len(body) < length:
            arrival = self.server.bounds.arrival
            self._respond(
                408, to_error_body(f"expected a body of {length} bytes within {arrival:g} s, got {len(body)}")
            )
        else:
            self._decode(body)

    def handle_expect_100(self) -> bool:
        """Let the client send its body only if it will be read."""
        return self._body_length() is not None and super().handle_expect_100()

    def _decode(self, body: bytes) -> None:
        """Decode a reply in a worker, and answer."""
        bounds = self.server.bounds
        try:
            request = DecodeRequest(body, *read_query(urlsplit(self.path).query), bounds)
            self._respond(*self.server.workers.run(request, bounds.wait_timeout))
        except ArgumentError as error:
            self._respond(400, to_error_body(str(error)))
        except BusyError as error:
            self._respond(503, to_error_body(str(error)), ("Retry-After", "1"))
        except TimeUpError as error:
            self._respond(503, to_error_body(f"{error}: decoding was stopped, and would be again"))
        except DeadWorkerError as error:
            self._respond(500, to_error_body(str(error)))

    def _body_length(self) -> int | None:
        """Return the bytes of the body; None after the request was refused."""
        length, max_bytes = self.headers.get("Content-Length", ""), self.server.bounds.body
        if urlsplit(self.path).path != "/decode":
            self._refuse(404, "expected GET /health or POST /decode")
        elif not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self._refuse(411, "expected a Content-Length in bytes, got none")
        elif len(length) > 18 or int(length) > max_bytes:
            self._refuse(413, f"expected a body of at most {max_bytes} bytes, got {length[:20]}")
        else:
            return int(length)
        return None

    def _refuse(self, status: int, message: str) -> None:
        """Answer, then discard the rest of the upload so that the client can read the answer."""
        self._respond(status, to_error_body(message))
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(MIB // 16):  # until the client or the timer ends it
            pass

    def _respond(self, status: int, data: bytes, *headers: tuple[str, str]) -> None:
        """Send an answer and close the connection."""
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Connection", "close"), *headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stop_reading(self) -> None:
        """Shut down the receiving side of the connection."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)
