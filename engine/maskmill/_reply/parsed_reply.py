"""The items of one reply, and how those of several parts, or of several replies, are joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from ..status import Note, ReplyStatus
from .items import Item
from .reply_source import ReplySource

REFUSED: Final = "the model refused: "
"""How the reason begins where the model says that it does not answer."""

_ROW: Final = re.compile(r"\A(part of row )(\d{1,9})\b")
_WORST_FIRST: Final = (ReplyStatus.TRUNCATED, ReplyStatus.SALVAGED)


@dataclass(slots=True)
class ParsedReply:
    """The items of one reply in order, its status, notes about the reply as a whole, and the model that it names."""

    items: list[Item]
    status: ReplyStatus
    notes: list[Note] = field(default_factory=list)
    model: str = ""


def join_replies(readings: list[ParsedReply], status: ReplyStatus = ReplyStatus.OK) -> ParsedReply:
    """Join several replies to one; its status is the worst of those that hold items, or of all if none does.

    >>> join_replies([ParsedReply([], ReplyStatus.OK), ParsedReply([], ReplyStatus.NO_JSON)]).status.value
    'no_json'
    """
    items: list[Item] = []
    for reading in readings:
        _count_parents_from(len(items), reading)
        items += reading.items
    notes = [note for reading in readings for note in reading.notes]
    model = next((reading.model for reading in readings if reading.model), "")
    if not items:
        failed = [reading.status for reading in readings if not reading.status.is_complete]
        return ParsedReply([], (failed or [readings[0].status])[0], notes, model)
    return ParsedReply(
        items, _worst([status, *(reading.status for reading in readings if reading.items)]), notes, model
    )


def _count_parents_from(first: int, reading: ParsedReply) -> None:
    """Raise the rows that notes of parts name, as the items of this reading stand behind `first` others."""
    for item in reading.items if first else ():
        item.notes = [
            note._replace(message=_ROW.sub(lambda row: f"{row[1]}{int(row[2]) + first}", note.message, count=1))
            if note.code == "part_of"
            else note
            for note in item.notes
        ]


def join_parts(readings: list[ParsedReply]) -> ParsedReply:
    """Join the parts of one reply: words beside items are no failure, and items that stand in two parts count once.

    >>> join_parts([ParsedReply([], ReplyStatus.NO_JSON), ParsedReply([], ReplyStatus.OK)]).status.value
    'ok'
    """
    kept: list[ParsedReply] = []
    for reading in readings:
        raws = [item.raw for item in reading.items]
        if raws and all(raws != [item.raw for item in other.items] for other in kept[:8]):
            kept.append(reading)
    if kept:
        return join_replies(kept)
    nothing_found = [reading for reading in readings if reading.status == ReplyStatus.OK]
    is_refused = any(note.message.startswith(REFUSED) for reading in readings for note in _words(reading))
    if not nothing_found or is_refused:
        return join_replies(readings)
    remarks = [Note("remark", note.message, note.excerpt) for reading in readings for note in _words(reading)]
    return ParsedReply([], ReplyStatus.OK, [*nothing_found[0].notes, *remarks])


def end_reply(reading: ParsedReply, source: ReplySource) -> ParsedReply:
    """Say why a reply may not be whole; if it holds no items, that is the reason.

    >>> source = ReplySource(ending=Note("blocked", "the service refused: SAFETY"), cause="it refused")
    >>> end_reply(ParsedReply([], ReplyStatus.NO_JSON), source).status.value
    'blocked'
    """
    ending = source.ending
    if ending is None:
        return reading
    if reading.items or ending.code == "ended_early":
        is_cut = bool(reading.items) and ending.code == "ended_early" and reading.status == ReplyStatus.TRUNCATED
        is_said = not source.cause or is_cut
        notes = [] if is_said else [Note("ended_early", f"the response may not be whole: {source.cause}")]
        return ParsedReply(reading.items, reading.status, [*reading.notes, *notes], reading.model)
    shown = ending.excerpt or next((note.excerpt for note in reading.notes if note.excerpt), "")
    return ParsedReply([], status_of(ending), [ending._replace(excerpt=shown)], reading.model)


def status_of(note: Note) -> ReplyStatus:
    """Return the status of a reply of which nothing can be read for the reason that a note gives.

    >>> status_of(Note("api_error", "error 400")).value, status_of(Note("blocked", "refused")).value
    ('empty', 'blocked')
    """
    return next((status for status in ReplyStatus if status == note.code), ReplyStatus.EMPTY)


def _worst(statuses: list[ReplyStatus]) -> ReplyStatus:
    return next((status for status in _WORST_FIRST if status in statuses), ReplyStatus.OK)


def _words(reading: ParsedReply) -> list[Note]:
    return [note for note in reading.notes if note.code == "no_json"]
