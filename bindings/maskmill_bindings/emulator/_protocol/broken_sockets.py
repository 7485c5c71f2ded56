"""Deliberately misbehaving connections, and noticing that the client has left."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable


def is_disconnected(connection: socket.socket) -> bool:
    """Return whether the client has closed the connection."""
    before = connection.gettimeout()
    try:
        connection.setblocking(False)
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        if connection.fileno() >= 0:
            connection.settimeout(before)


def wait_for_disconnect(connection: socket.socket, seconds: float, closing: Callable[[], bool]) -> None:
    """Wait until the client closes the connection.

    Parameters
    ----------
    connection : socket.socket
        The connection.
    seconds : float
        How long to wait at most.
    closing : callable
        Returns whether the emulator is closing, which ends the wait.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and not closing() and not is_disconnected(connection):
        time.sleep(0.02)


def reset_connection(connection: socket.socket) -> None:
    """End the connection with RST, so that the client reads an error instead of the end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())  # at once, even if it is used elsewhere
