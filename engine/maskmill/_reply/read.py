"""Read the items of a reply: text, bytes, parsed JSON or an SDK response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, ReplyStatus
from . import paligemma
from .containers import MASK_TEXT
from .items import CollectedItems, Item, collect_items, loose_masks
from .recovery.scanner import recover
from .response import ReplySource, api_error, wrapped_texts
from .source import to_json_types, unwrap_reply
from .strict_json import parse_json, without_fence
from .unwrap_text import unwrap_text

__all__ = ["ParsedReply", "read", "read_source", "without_fence"]

_WRAPPERS: Final = 8
"""Levels around an item that do not count against `Limits.max_depth`."""

_SEVERAL: Final = Note("no_json", "expected one reply, got a list of texts; decode_many takes several")
_NONE_FOUND: Final = Note("none_found", "expected an item, got an empty list in broken JSON")


@dataclass(slots=True)
class ParsedReply:
    """The items of one reply in order, its status, and notes about the reply as a whole."""

    items: list[Item]
    status: ReplyStatus
    notes: list[Note] = field(default_factory=list)


def read(reply: Any, limits: Limits) -> ParsedReply:
    r"""Read one reply.

    >>> read('```json\n[{"box_2d": [1, 2, 3, 4], "label": "cat"}]\n```', Limits()).items[0].label
    'cat'

    Parameters
    ----------
    reply : str, bytes, list, dict, None or response
        Text, UTF-8 bytes, parsed JSON, or a google-genai response (an object, or its JSON as a dict).
    limits : Limits
        Bounds on length and nesting.

    Raises
    ------
    maskmill.errors.ArgumentError
        `reply` is none of these. Model output never raises.
    """
    return read_source(unwrap_reply(reply), limits)


def read_source(source: ReplySource, limits: Limits) -> ParsedReply:
    """Read a reply that `unwrap_reply` has brought to a text or a value; see `read`."""
    if _are_replies(source.value):
        return ParsedReply([], ReplyStatus.NO_JSON, [_SEVERAL])
    if source.value is not None:
        return _read_values([to_json_types(source.value, limits.max_depth + _WRAPPERS)], ReplyStatus.OK, "", limits)
    if source.absence is not None:
        return ParsedReply([], ReplyStatus(source.absence.code), [source.absence])
    if not source.text.strip():
        return ParsedReply([], ReplyStatus.EMPTY, [Note("empty", "expected the text of a reply, got none")])
    return _read_text(source.text, limits)


def _read_text(text: str, limits: Limits) -> ParsedReply:
    too_long = len(text) > limits.max_reply_chars
    text = text[: limits.max_reply_chars]
    value = None if too_long else parse_json(text)
    if value is not None:
        reading = _read_values([value], ReplyStatus.OK, text, limits)
        if not _repeats_field(text, reading):
            return reading
    reading = _read_paligemma(text) if paligemma.is_paligemma_reply(text) else _read_broken(text, limits)
    if too_long:
        message = f"expected at most {limits.max_reply_chars} characters (max_reply_chars), got more"
        reading = ParsedReply(reading.items, ReplyStatus.TRUNCATED, [*reading.notes, Note("reply_cut", message)])
    return reading


def _read_broken(text: str, limits: Limits) -> ParsedReply:
    unwrapped = unwrap_text(text)
    return _recover(text, limits) if unwrapped is text else read_source(ReplySource(unwrapped), limits)


def _read_paligemma(text: str) -> ParsedReply:
    collected, status = paligemma.read_paligemma(text)
    return ParsedReply(collected.items, status, collected.notes)


def _recover(text: str, limits: Limits) -> ParsedReply:
    recovery = recover(text, limits.max_depth)
    values = [value for value in recovery.values if not _is_footnote(value)]
    complete = ReplyStatus.SALVAGED if recovery.is_repaired else ReplyStatus.OK
    status = ReplyStatus.TRUNCATED if recovery.is_cut else complete
    return _read_values(values, status, text, limits, recovery.has_lost_text)


def _read_values(values: list[Any], status: ReplyStatus, text: str, limits: Limits, lost: bool = False) -> ParsedReply:
    """Read the items of parsed values, or of texts in them; without any value, masks that stand loose in the text."""
    sources = wrapped_texts(values)
    if sources:
        return _joined([read_source(source, limits) for source in sources], status)
    collected = collect_items(values, limits) if values else CollectedItems(loose_masks(text))
    cut = status == ReplyStatus.TRUNCATED and bool(values)
    if collected.items or cut or (not lost and any(map(_is_empty, values))):
        is_mended = status == ReplyStatus.SALVAGED and not collected.items
        return ParsedReply(collected.items, status, [*collected.notes, *[_NONE_FOUND] * is_mended])
    if error := next(filter(None, map(api_error, values)), ""):
        return ParsedReply([], ReplyStatus.EMPTY, [Note("api_error", f"expected a reply, got {error}")])
    given = excerpt(text.strip()) if text else excerpt(values[0])
    return ParsedReply(
        [], ReplyStatus.NO_JSON, [Note("no_json", ReplyStatus.NO_JSON.sentence, given), *collected.notes]
    )


def _are_replies(value: Any) -> bool:
    """Tell whether a parsed value is a list of texts, none of them a mask: several replies instead of one."""
    if not isinstance(value, list) or not all(isinstance(entry, (str, bytes)) for entry in value):
        return False
    return bool(value) and not any(isinstance(entry, str) and MASK_TEXT.match(entry) for entry in value)


def _joined(readings: list[ParsedReply], status: ReplyStatus) -> ParsedReply:
    """Join several texts to one reply; its status is the worst of those that hold items."""
    items = [item for reading in readings for item in reading.items]
    notes = [note for reading in readings for note in reading.notes]
    found = [status, *(reading.status for reading in readings if reading.items)]
    worst = next((s for s in (ReplyStatus.TRUNCATED, ReplyStatus.SALVAGED) if s in found), ReplyStatus.OK)
    return ParsedReply(items, worst if items else readings[0].status, notes)


def _repeats_field(text: str, reading: ParsedReply) -> bool:
    """Tell whether valid JSON repeats a field in one object, of which a parser keeps only the last."""
    fields = (("box_2d", text.count('"box_2d"')), ("mask", text.count('"mask"')))
    return any(count > sum(name in item.raw for item in reading.items) for name, count in fields)


def _is_empty(value: Any) -> bool:
    """Tell whether a value means that nothing was found: empty, or holding only empty lists."""
    inner = value if isinstance(value, list) else [value]
    return value == {} or all(entry == [] or (isinstance(entry, dict) and [] in entry.values()) for entry in inner)


def _is_footnote(value: Any) -> bool:
    """Tell whether a value is a bracket in prose, such as ``[1]``, that was read as JSON."""
    return isinstance(value, list) and 0 < len(value) <= 4 and all(isinstance(v, (int, float)) for v in value)
