"""Texts of a model, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text without control characters: model output must not steer a terminal.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def with_excerpt(message: str, excerpt: str) -> str:
    """Return the message of a problem with its excerpt behind it, unless it quotes the excerpt already.

    >>> with_excerpt("cut junk", "Z203"), with_excerpt("the model refused: 'no'", "'no'")
    ('cut junk Z203', "the model refused: 'no'")
    """
    return message if excerpt in message else f"{message} {excerpt}"
