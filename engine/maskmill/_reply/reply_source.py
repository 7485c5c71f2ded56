"""What is to be read of a reply: a text, a parsed value, several of these, or the reason why there is nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..status import Note, ReplyStatus


class ReplySource(NamedTuple):
    """A reply: its text, its parsed value, several parts of either kind, or why there is nothing.

    Attributes
    ----------
    text : str
        The text, if it is the whole reply and nothing is to be said about it; else empty.
    value : list or dict or None
        The parsed value, if the caller passed one.
    absence : Note or None
        Why there is nothing to read; its code is the reply's status, or ``api_error``.
    parts : tuple of ReplySource
        What the reply consists of in place of a text or a value.
    ending : Note or None
        Why a reply with parts may not be whole; it is the reason if they hold no item.
    cause : str
        The reason alone, for a reply with items; empty if these need no remark.
    model : str
        The model that a response names; empty where it names none.
    notes : tuple of Note
        What else is to be said about a reply with parts.
    """

    text: str = ""
    value: Any = None
    absence: Note | None = None
    parts: tuple[ReplySource, ...] = ()
    ending: Note | None = None
    cause: str = ""
    model: str = ""
    notes: tuple[Note, ...] = ()

    def whole_text(self) -> str:
        """Return the text, or the texts of the parts joined.

        >>> ReplySource(parts=(ReplySource("[1"), ReplySource("]"))).whole_text()
        '[1]'
        """
        return self.text or "".join(part.whole_text() for part in self.parts)


def absent_reply(status: ReplyStatus, message: str, shown: str = "") -> ReplySource:
    """Return a source without anything to read.

    Parameters
    ----------
    status : ReplyStatus
        The status that the reply gets.
    message : str
        Why there is nothing to read.
    shown : str
        An excerpt of what came instead.
    """
    return ReplySource(absence=Note(str(status), message, shown))
