"""HTTP/1.1 over raw sockets: a thread a connection, connections kept alive, or broken where a fault says so."""

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
from .._journal import entry_of
from .api import MOST_BYTES, Api, Outcome, read_target
from .broken_sockets import is_gone, reset, wait_until_gone
from .request import Call, Request, call_of, read_object
from .response_json import Answer, RefusedError

_MOST_UPLOAD: Final = 2 * 2**30
_JOURNAL: Final = "/emulator/journal"
_NOTHING: Final = Outcome(Answer(0, b""), "", False)
_CHANCE_TO_READ: Final = 0.02
"""Seconds between the first half of a body and a reset, which would take unread bytes with it."""


class Server(ThreadingHTTPServer):
    """The socket, and every connection, so that closing ends them."""

    daemon_threads = True
    request_queue_size = 1024
    api: Api

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._all_closed = threading.Condition()

    def stop(self) -> None:
        """End it all, and wait until it has ended."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        with self._all_closed:
            for connection in self._open:
                _shut(connection)
            self._all_closed.wait_for(lambda: not self._open, timeout=10)
        self.api.jobs.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a thread of its own."""
        with self._all_closed:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle it, and forget it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._all_closed:
                self._open.discard(request)
                self._all_closed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, unless it is that the client is gone, or we are."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection with any number of requests."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the journal tells."""

    def do_GET(self) -> None:
        """Answer one request, of any method."""
        if self.path == _JOURNAL:
            self._send(Answer(200, self.server.api.journal.as_json()))
            return
        number, began = self.server.api.journal.begin(), time.monotonic()
        request, early = Request(number, self.command, "", "unknown"), False
        outcome, status = _NOTHING, 0
        try:
            try:
                request = self._read(number)
                request, early = self._arrive(self._checked(request))
                outcome = self.server.api.answer(request)
            except RefusedError as error:
                outcome = Outcome(error.answer, "", False)
            if outcome.spoken:
                self.server.closing.wait(began + self.server.api.settings.latency - time.monotonic())
            status = self._send_spoiled(outcome, request)
        finally:
            answered = outcome.spoken and status == 200 and outcome.fault not in _faults.SPOILING
            told = entry_of(request, began, answered=answered, fault=outcome.fault, status=status, early=early)
            self.server.api.journal.end(told)

    do_POST = do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815

    def _read(self, number: int) -> Request:
        """The request, whose body is read even where it is refused, so that the connection goes on."""
        path, query, chunk = read_target(self.path)
        call = Call(chunk) if chunk else call_of(self.command, path)
        raw = self._body(_MOST_UPLOAD if chunk else 2 * MOST_BYTES)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if call is None:
            raise RefusedError(404, f"{self.command} {path} is no call of this API.")
        asked = sorted((name, value) for name, value in query.items() if name != "key")
        mark = f"{self.command} {path} {asked} {headers.get('x-goog-upload-offset')}".encode()
        return Request(number, self.command, path, *call, query, headers, raw, digest=sha256(mark + raw).hexdigest())

    def _checked(self, request: Request) -> Request:
        """The request with its body read; refused where the API would not look at it."""
        self.server.api.check_key(request)
        if request.kind == "chunk":
            return request
        if len(request.raw) > MOST_BYTES:
            raise RefusedError(400, f"Request payload size exceeds the limit: {MOST_BYTES} bytes.")
        return replace(request, data=read_object(request.raw))

    def _arrive(self, request: Request) -> tuple[Request, bool]:
        """The request with its digest and how often it came before; and whether it was told to wait longer."""
        found = self.server.api.with_content(request)
        earlier, early = self.server.api.journal.arrive(found.digest)
        return replace(found, earlier=earlier), early

    def _body(self, most: int) -> bytes:
        told = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (told.isascii() and told.isdigit()) or int(told) > most:
            self.close_connection = True
            raise RefusedError(411 if "Transfer-Encoding" in self.headers else 400, "The body needs a Content-Length.")
        body = self.rfile.read(int(told))
        if len(body) < int(told):
            raise ConnectionAbortedError
        return body

    # Sending.

    def _send(self, answer: Answer) -> int:
        self.wfile.write(answer.head + answer.framed)
        return answer.status

    def _send_spoiled(self, outcome: Outcome, request: Request) -> int:
        """Send the answer as its fault will have it; return the status that went out, 0 where nobody was there."""
        answer, fault = outcome.answer, outcome.fault
        if is_gone(self.connection):
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
            wait_until_gone(self.connection, self.server.api.settings.faults.hang, self.server.closing.is_set)
        if fault in ("timeout", "dropped"):
            return 0
        self.wfile.write(answer.head + body[: len(body) // 2])
        if fault == "reset":
            time.sleep(_CHANCE_TO_READ)
            reset(self.connection)
        return answer.status


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended meanwhile
        return
