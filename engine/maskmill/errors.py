"""What a caller did wrong. What a model wrote wrongly is never an exception: it is a status of its row."""

from __future__ import annotations


class MaskmillError(Exception):
    """Base of every exception that maskmill raises on purpose."""


class ArgumentError(MaskmillError, ValueError):
    """An argument of the caller cannot be used.

    >>> raise expected("(width, height) in 1..65535", (0, 5), "size")
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected (width, height) in 1..65535, got (0, 5) - at `size`
    """


class DeviceError(MaskmillError, RuntimeError):
    """The device that the caller asked for cannot be used here."""


class MissingPackageError(MaskmillError, ImportError):
    """A feature needs a package that is not installed; the message holds the line that installs it."""


def expected(what: str, got: object, at: str) -> ArgumentError:
    """Build the one error grammar: ``expected WHAT, got GOT - at `AT` ``."""
    return told(what, excerpt(got), at)


def told(what: str, got: str, at: str) -> ArgumentError:
    """The same grammar where what was found is told in words instead of shown as a value.

    >>> str(told("one of two options", "neither", "--size"))
    'expected one of two options, got neither - at `--size`'
    """
    return ArgumentError(f"expected {what}, got {got} - at `{at}`")


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
