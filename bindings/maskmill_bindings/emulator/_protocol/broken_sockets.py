"""Connections that are used as no server should."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable


def is_gone(connection: socket.socket) -> bool:
    """The other side has ended the connection."""
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


def wait_until_gone(connection: socket.socket, seconds: float, closing: Callable[[], bool]) -> None:
    """Wait for the other side to give up; not for more than so many seconds, nor when the emulator closes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not closing() and not is_gone(connection):
        time.sleep(0.02)


def reset(connection: socket.socket) -> None:
    """End the connection with RST: the other side reads an error instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())  # at once, whoever else still holds it
