"""Exceptions for wrong arguments; errors of a model are never exceptions, but statuses of rows."""

from __future__ import annotations

from copy import copy
from typing import Self


class MaskmillError(Exception):
    """Base of every exception that maskmill raises on purpose.

    Parameters
    ----------
    wanted : str
        What was expected; or, if it is the only argument, the whole message.
    got : str
        The actual value as text; `expected` makes it from a value.
    at : str
        Name of the argument, option, field or file.
    **kwargs : str
        As of the other base of a subclass: `name` and `path` of an ImportError.

    Attributes
    ----------
    wanted, got, at : str
        The three parts of the message; all empty where the error holds a message only.
    """

    wanted: str = ""
    got: str = ""
    at: str = ""

    def __init__(self, *args: object, **kwargs: str) -> None:
        match args:
            case (str(wanted), str(got), str(at)):
                super().__init__(f"expected {wanted}, got {got} - at `{at}`", **kwargs)
                self.wanted, self.got, self.at = wanted, got, at
            case _:
                super().__init__(*args, **kwargs)


class ArgumentError(MaskmillError, ValueError):
    """An argument of the caller cannot be used.

    >>> raise expected("(width, height) in 1..65535", (0, 5), "size")
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected (width, height) in 1..65535, got (0, 5) - at `size`
    >>> error = ArgumentError("one of two options", "neither", "--size")
    >>> error.wanted, error.got, error.at
    ('one of two options', 'neither', '--size')
    """

    def within(self, place: str) -> Self:
        """Return a copy of the error whose message ends with a place.

        >>> str(expected("a list", 5, "segmentation").within("in a.json"))
        'expected a list, got 5 - at `segmentation`, in a.json'
        """
        error = copy(self)
        error.args = (f"{self}, {place}",)
        return error


class DeviceError(MaskmillError, RuntimeError):
    """The device that the caller asked for cannot be used here."""


class MissingPackageError(MaskmillError, ImportError):
    """A package that a feature needs is not installed; the message holds the command that installs it."""


def expected(wanted: str, value: object, at: str) -> ArgumentError:
    """Return the error for a value that cannot be used, shown by `excerpt`.

    Parameters
    ----------
    wanted : str
        What was expected.
    value : object
        The actual value.
    at : str
        Name of the argument, option or field.
    """
    return ArgumentError(wanted, excerpt(value), at)


def file_reason(error: OSError | ValueError) -> str:
    """Return why a file cannot be opened; a ValueError is about a path, such as one with a null character.

    >>> file_reason(FileNotFoundError(2, "No such file or directory", "a.png"))
    'No such file or directory'
    """
    return getattr(error, "strerror", None) or str(error)


def excerpt(value: object, limit: int = 60) -> str:
    """Return ``repr(value)``, cut to about `limit` characters without building all of a huge one."""
    if isinstance(value, (str, bytes)):
        return repr(value[:limit]) + ("…" if len(value) > limit else "")
    if isinstance(value, int) and value.bit_length() > 256:
        text = f"an integer of {value.bit_length()} bits"
    elif isinstance(value, (int, float, type(None))):
        text = repr(value)
    elif isinstance(value, (list, tuple, dict)) and len(value) > 8:
        text = f"{type(value).__name__} of {len(value)}"
    elif isinstance(value, (list, tuple)):
        inner = ", ".join(excerpt(v, 20) if not isinstance(v, (list, tuple, dict)) else "…" for v in value)
        text = f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(excerpt(k, 20) + ": …" for k in value) + "}"
    else:
        text = type(value).__name__
    return text if len(text) <= limit * 2 else text[: limit * 2] + "…"
