"""Texts of a model, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text without control characters: model output must not steer a terminal.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
