"""The HTTP/1.1 server: one thread per connection; connections are kept alive, or broken if a fault says so."""

from __future__ import annotations

import socket
import sys
import threading
import time
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from .. import _faults
from .._journal import finish_entry
from .._messages.request import ApiCall, ApiRequest, match_call, parse_body
from .._messages.response_json import HttpResponse, RefusedError
from .broken_sockets import is_disconnected, reset_connection, wait_for_disconnect
from .calls import MAX_REQUEST_BYTES, Api, CallResult, read_target

_MAX_UPLOAD_BYTES: Final = 2 * 2**30
_JOURNAL_PATH: Final = "/emulator/journal"
_NO_RESULT: Final = CallResult(HttpResponse(0, b""), "", False)
_RESET_DELAY: Final = 0.02
"""Seconds between the first half of a body and a reset, which would discard unread bytes."""


class EmulatorServer(ThreadingHTTPServer):
    """The listening socket and all open connections, so that closing the server ends them."""

    daemon_threads = True
    request_queue_size = 1024
    api: Api

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._all_closed = threading.Condition()

    def stop(self) -> None:
        """End all connections and jobs, and wait until they have ended."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        with self._all_closed:
            for connection in self._open:
                _shut_down(connection)
            self._all_closed.wait_for(lambda: not self._open, timeout=10)
        self.api.jobs.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a new thread."""
        with self._all_closed:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._all_closed:
                self._open.discard(request)
                self._all_closed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error, unless the client or the server has closed the connection."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Handles one connection, with any number of requests."""

    server: EmulatorServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: the journal has all requests."""

    def do_GET(self) -> None:
        """Answer one request, of any method."""
        if self.path == _JOURNAL_PATH:
            self._send(HttpResponse(200, self.server.api.journal.as_json()))
            return
        number, start = self.server.api.journal.begin(), time.monotonic()
        request, early = ApiRequest(number, self.command, "", "unknown"), False
        result, status = _NO_RESULT, 0
        try:
            try:
                request = self._read(number)
                request, early = self._note_arrival(self._check(request))
                result = self.server.api.answer(request)
            except RefusedError as error:
                result = CallResult(error.response, "", False)
            if result.is_model_reply:
                self.server.closing.wait(start + self.server.api.settings.latency - time.monotonic())
            status = self._send_with_fault(result, request)
        finally:
            answered = result.is_model_reply and status == 200 and result.fault not in _faults.RETRIABLE
            entry = finish_entry(request, start, answered=answered, fault=result.fault, status=status, early=early)
            self.server.api.journal.end(entry)

    do_POST = do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815

    def _read(self, number: int) -> ApiRequest:
        """Read a request; its body is read even if it is refused, so that the connection can be kept."""
        path, query, chunk = read_target(self.path)
        call = ApiCall(chunk) if chunk else match_call(self.command, path)
        raw = self._read_body(_MAX_UPLOAD_BYTES if chunk else 2 * MAX_REQUEST_BYTES)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if call is None:
            raise RefusedError(404, f"{self.command} {path} is no call of this API.")
        parameters = sorted((name, value) for name, value in query.items() if name != "key")
        identity = f"{self.command} {path} {parameters} {headers.get('x-goog-upload-offset')}".encode()
        return ApiRequest(
            number, self.command, path, *call, query, headers, raw, digest=sha256(identity + raw).hexdigest()
        )

    def _check(self, request: ApiRequest) -> ApiRequest:
        """Check key and size of a request, and return it with its body parsed."""
        self.server.api.check_key(request)
        if request.kind == "chunk":
            return request
        if len(request.raw) > MAX_REQUEST_BYTES:
            raise RefusedError(400, f"Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes.")
        return replace(request, data=parse_body(request.raw))

    def _note_arrival(self, request: ApiRequest) -> tuple[ApiRequest, bool]:
        """Return the request with its digest and how often it came before, and whether it came too early."""
        complete = self.server.api.with_content(request)
        earlier, early = self.server.api.journal.arrive(complete.digest)
        return replace(complete, earlier=earlier), early

    def _read_body(self, max_bytes: int) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if (
            "Transfer-Encoding" in self.headers
            or not (length.isascii() and length.isdigit())
            or int(length) > max_bytes
        ):
            self.close_connection = True
            raise RefusedError(411 if "Transfer-Encoding" in self.headers else 400, "The body needs a Content-Length.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionAbortedError
        return body

    # Sending.

    def _send(self, answer: HttpResponse) -> int:
        self.wfile.write(answer.head + answer.framed)
        return answer.status

    def _send_with_fault(self, result: CallResult, request: ApiRequest) -> int:
        """Send a response as its fault demands, and return its status; 0 if nothing was sent."""
        answer, fault = result.response, result.fault
        if is_disconnected(self.connection):
            self.close_connection = True
            return 0
        if fault not in ("timeout", "dropped"):
            self.server.api.journal.send(request.number, request.digest)
        if fault == "json_cut":
            return self._send(answer._replace(body=answer.body[: len(answer.body) // 2]))
        if fault not in _faults.BREAKAGES:
            return self._send(answer)
        self.close_connection, body = True, answer.framed
        if fault == "timeout":
            wait_for_disconnect(self.connection, self.server.api.settings.faults.hang, self.server.closing.is_set)
        if fault in ("timeout", "dropped"):
            return 0
        self.wfile.write(answer.head + body[: len(body) // 2])
        if fault == "reset":
            time.sleep(_RESET_DELAY)
            reset_connection(self.connection)
        return answer.status


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has been closed meanwhile
        return
