"""The exit statuses of every command."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """Why a command ended.

    >>> int(ExitStatus.INTERRUPTED)
    130
    """

    DONE = 0
    """The command did what it was asked to do."""

    INCOMPLETE = 1
    """With ``--strict``: an item has no mask, or a reply breaks off or holds no items."""

    WRONG_USE = 2
    """The arguments, or a file they name, cannot be used."""

    STOPPED = 3
    """The service ended the run: a wrong key, a spent quota, a model that does not exist."""

    INTERRUPTED = 130
    """The user pressed Ctrl-C."""

    OUTPUT_CLOSED = 141
    """The reader of the standard output is gone, as with ``| head``."""
