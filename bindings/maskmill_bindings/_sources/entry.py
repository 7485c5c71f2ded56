"""An entry: one row of an input, read but not decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply with its key, image and size, or the reason why there is none.

    >>> Entry("a", "[]", (640, 480), "a.jpg", "", "replies.jsonl", 1).failure
    ''

    Attributes
    ----------
    key : str
        Key of the row; where it has none, its image, or ``<file stem>:<line>``, or the stem of a file with one reply.
    reply : str, dict, list, bytes or None
        The reply as `maskmill.decode` accepts it; None if there is none.
    size : tuple of int or None
        (width, height) of the image as seen; None: not known.
    image : str
        File name of the image; empty where it is not known.
    model : str
        Name of the model, as the response states it; empty where it does not.
    source : str
        Name of the file.
    line : int
        Number of the line, row or answer in it, from 1.
    failure : str
        Why there is nothing to decode; empty for an entry that can be decoded.
    has_blank_key : bool
        The row states an empty key, so that it has the number of its line as one.
    """

    key: str
    reply: Any
    size: tuple[int, int] | None
    image: str
    model: str
    source: str
    line: int
    failure: str = ""
    has_blank_key: bool = field(default=False, repr=False)
