"""The command ``python -m maskmill_bindings.service``."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

from cyclopts import run

from maskmill.errors import ArgumentError, MaskmillError

from ._decoding import MIB, RequestBounds
from ._http_service import Service


def serve(
    *, host: str = "127.0.0.1", port: int = 8080, seconds: float = 10.0, memory_mib: int = 1024, body_mib: int = 8
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        Port to listen on.
    seconds : float
        For decoding one reply.
    memory_mib : int
        MiB of memory for decoding one reply.
    body_mib : int
        MiB of one reply.
    """
    bounds = RequestBounds(seconds=seconds, memory=memory_mib * MIB, body=body_mib * MIB)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        service = Service((host, port), bounds)
    except OSError as error:
        raise ArgumentError("an address to listen on", f"{host}:{port}: {error.strerror}", "--port") from None
    with service, suppress(KeyboardInterrupt):
        print(f"maskmill listens on http://{host}:{service.server_port}", flush=True)
        service.serve_forever()


if __name__ == "__main__":
    try:
        run(serve)
    except MaskmillError as wrong:
        print(f"maskmill: {wrong}", file=sys.stderr)
        sys.exit(2)
