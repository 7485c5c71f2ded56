"""One row of an input, read but not decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply and what is known of its image, or why there is no reply.

    >>> Entry("a", "[]", (640, 480), "a.jpg", "", "replies.jsonl", 1).failure
    ''

    Attributes
    ----------
    key
        Of the row; where it has none, ``<file stem>:<line>``, and for a file of a folder its stem.
    reply
        What `maskmill.decode` takes: text, or a parsed response or reply; None if there is none.
    size
        (width, height) of the image as seen; None: not known.
    image
        File name of the image; empty where it is not known.
    model
        The model that answered, as the response says; empty where it does not.
    source, line
        The file's name, and the number of the line or row in it, from 1.
    failure
        Why there is nothing to decode; empty for what can be decoded.
    """

    key: str
    reply: Any
    size: tuple[int, int] | None
    image: str
    model: str
    source: str
    line: int
    failure: str = ""
