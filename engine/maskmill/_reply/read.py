"""Any reply, as text, bytes, parsed JSON or an SDK response, to its items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, ReplyStatus
from . import paligemma
from .containers import MASK_TEXT
from .items import Collected, Item, collect, loose_masks
from .recovery.scanner import Salvage
from .response import Source, api_error, texts_in
from .source import plain, unwrap
from .strict_json import parse, without_fence
from .unwrap_text import undressed

__all__ = ["Reading", "read", "read_source", "without_fence"]

_WRAPPERS: Final = 8
"""Levels around an item that do not count against `Limits.max_depth`."""

_SEVERAL: Final = Note("no_json", "expected one reply, got a list of texts; decode_many takes several")
_NONE_FOUND: Final = Note("none_found", "expected an item, got an empty list in broken JSON")


@dataclass(slots=True)
class Reading:
    """The items of one reply, in its order, with what concerns the whole reply."""

    items: list[Item]
    status: ReplyStatus
    notes: list[Note] = field(default_factory=list)


def read(reply: Any, limits: Limits) -> Reading:
    r"""Read one reply.

    >>> read('```json\n[{"box_2d": [1, 2, 3, 4], "label": "cat"}]\n```', Limits()).items[0].label
    'cat'

    Parameters
    ----------
    reply
        Text, UTF-8 bytes, a list or dict of parsed JSON, None, or a google-genai response (an object, or its JSON as a
        dict).

    Raises
    ------
    maskmill.errors.ArgumentError
        `reply` is none of these. Nothing is raised for what a model wrote.
    """
    return read_source(unwrap(reply), limits)


def read_source(source: Source, limits: Limits) -> Reading:
    """Read a reply that `unwrap` has brought to a text or a value; see `read`."""
    if _are_replies(source.value):
        return Reading([], ReplyStatus.NO_JSON, [_SEVERAL])
    if source.value is not None:
        return _read_values([plain(source.value, limits.max_depth + _WRAPPERS)], ReplyStatus.OK, "", limits)
    if source.lack is not None:
        return Reading([], ReplyStatus(source.lack.code), [source.lack])
    if not source.text.strip():
        return Reading([], ReplyStatus.EMPTY, [Note("empty", "expected the text of a reply, got none")])
    return _read_text(source.text, limits)


def _read_text(text: str, limits: Limits) -> Reading:
    too_long = len(text) > limits.max_reply_chars
    text = text[: limits.max_reply_chars]
    value = None if too_long else parse(text)
    if value is not None:
        reading = _read_values([value], ReplyStatus.OK, text, limits)
        if not _lost_border(text, reading):
            return reading
    reading = _marked(text) if paligemma.is_reply(text) else _mended(text, limits)
    if too_long:
        message = f"expected at most {limits.max_reply_chars} characters (max_reply_chars), got more"
        reading = Reading(reading.items, ReplyStatus.TRUNCATED, [*reading.notes, Note("reply_cut", message)])
    return reading


def _mended(text: str, limits: Limits) -> Reading:
    plain_text = undressed(text)
    return _salvaged(text, limits) if plain_text is text else read_source(Source(plain_text), limits)


def _marked(text: str) -> Reading:
    collected, status = paligemma.read(text)
    return Reading(collected.items, status, collected.notes)


def _salvaged(text: str, limits: Limits) -> Reading:
    scan = Salvage(text, max_depth=limits.max_depth).run()
    values = [value for value in scan.values if not _is_footnote(value)]
    whole = ReplyStatus.SALVAGED if scan.mended else ReplyStatus.OK
    return _read_values(values, ReplyStatus.TRUNCATED if scan.cut else whole, text, limits, scan.lost)


def _read_values(values: list[Any], status: ReplyStatus, text: str, limits: Limits, lost: bool = False) -> Reading:
    """The items in parsed values, or in the text that they hold; where nothing is parsed, masks loose in the text."""
    sources = texts_in(values)
    if sources:
        return _joined([read_source(source, limits) for source in sources], status)
    collected = collect(values, limits) if values else Collected(loose_masks(text))
    cut = status == ReplyStatus.TRUNCATED and bool(values)
    if collected.items or cut or (not lost and any(map(_is_empty, values))):
        is_mended = status == ReplyStatus.SALVAGED and not collected.items
        return Reading(collected.items, status, [*collected.notes, *[_NONE_FOUND] * is_mended])
    error = next(filter(None, map(api_error, values)), None)
    if error is not None:
        return Reading([], ReplyStatus.EMPTY, [error])
    given = excerpt(text.strip()) if text else excerpt(values[0])
    return Reading([], ReplyStatus.NO_JSON, [Note("no_json", ReplyStatus.NO_JSON.sentence, given), *collected.notes])


def _are_replies(value: Any) -> bool:
    """Tell whether a parsed value is a list of texts, none of which is a mask: several replies taken for one."""
    if not isinstance(value, list) or not all(isinstance(entry, (str, bytes)) for entry in value):
        return False
    return bool(value) and not any(isinstance(entry, str) and MASK_TEXT.match(entry) for entry in value)


def _joined(readings: list[Reading], status: ReplyStatus) -> Reading:
    """Several texts as one reply, whose status is the worst of those that hold something."""
    items = [item for reading in readings for item in reading.items]
    notes = [note for reading in readings for note in reading.notes]
    found = [status, *(reading.status for reading in readings if reading.items)]
    worst = next((s for s in (ReplyStatus.TRUNCATED, ReplyStatus.SALVAGED) if s in found), ReplyStatus.OK)
    return Reading(items, worst if items else readings[0].status, notes)


def _lost_border(text: str, reading: Reading) -> bool:
    """Tell whether sound JSON holds a field twice in one object, of which a parser keeps the last alone."""
    fields = (("box_2d", text.count('"box_2d"')), ("mask", text.count('"mask"')))
    return any(count > sum(name in item.raw for item in reading.items) for name, count in fields)


def _is_empty(value: Any) -> bool:
    """Tell whether a value says that nothing was found: an empty list or object, or what holds only empty lists."""
    inner = value if isinstance(value, list) else [value]
    return value == {} or all(entry == [] or (isinstance(entry, dict) and [] in entry.values()) for entry in inner)


def _is_footnote(value: Any) -> bool:
    """Tell whether a bracket in prose, as in ``[1]``, was taken for JSON."""
    return isinstance(value, list) and 0 < len(value) <= 4 and all(isinstance(v, (int, float)) for v in value)
