"""Read the items of a reply: text, bytes, parsed JSON or an SDK response."""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, ReplyStatus
from . import other_models
from .containers import MASK_TEXT
from .items import CollectedItems, collect_items, loose_masks
from .nothing_found import (
    failure_beside,
    is_nothing,
    reason_beside,
    remark_beside,
    status_of_nothing,
    words_in_doubt,
    words_of_refusal,
)
from .parsed_reply import REFUSED, ParsedReply, end_reply, join_parts, join_replies, status_of
from .prints import SHORTENED, Gap, read_prints
from .recovery.array_calls import read_array_calls
from .recovery.python_literals import read_string_literal
from .recovery.scanner import recover
from .reply_source import ReplySource
from .response import api_error, responses_in
from .source import to_json_types, unwrap_reply
from .strict_json import parse_json, without_fence
from .texts_inside import texts_inside
from .unwrap_text import unwrap_text
from .words import spoken_in, without_prefixes
from .words.code import without_code

__all__ = ["ParsedReply", "read", "read_source", "without_fence"]

_WRAPPERS: Final = 8
"""Levels around an item that do not count against `Limits.max_depth`."""

_QUOTED: Final = 200
"""Characters quoted of a text without items."""

_NO_ITEM: Final = ReplyStatus.NO_JSON.sentence
_FILE_NAME: Final = re.compile(r"[^\s\"'<>{}\[\]|*?]{1,250}\.(txt|jsonl?|md|log|png|jpe?g|webp)", re.IGNORECASE)
"""What a caller passes who takes a text for a path."""

_SILENT: Final = Note("empty", "expected an answer of the model, got thoughts or a prompt and nothing behind them")
_UNSPOKEN: Final = Note("words_skipped", "the prompt or the thoughts in the text were not read, only the answer")
_PREFIXED: Final = Note("prefix_cut", "what stands before every line, as in a log or a quotation, was cut off")
_TIME: Final = re.compile(r"\d[\d:.,TZ/+-]{0,40}")
_SEVERAL: Final = Note("no_json", "expected one reply, got a list of texts; decode_many takes several")
_NONE_FOUND: Final = Note("none_found", "expected an item, got an empty list in broken JSON")


def read(reply: Any, limits: Limits) -> ParsedReply:
    r"""Read one reply.

    >>> read('```json\n[{"box_2d": [1, 2, 3, 4], "label": "cat"}]\n```', Limits()).items[0].label
    'cat'

    Parameters
    ----------
    reply : str, bytes, list, dict, None or response
        Text, UTF-8 bytes, parsed JSON, or the response of an SDK (an object, or its JSON as a dict).
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
    reading = _read_source(source, limits)
    reading.model = source.model or reading.model
    reading.notes = [*reading.notes, *source.notes]
    return reading


def _read_source(source: ReplySource, limits: Limits) -> ParsedReply:
    if source.parts:
        return end_reply(join_parts([read_source(part, limits) for part in source.parts]), source)
    if _are_replies(source.value):
        return ParsedReply([], ReplyStatus.NO_JSON, [_SEVERAL])
    if source.value is not None:
        values = [to_json_types(source.value, limits.max_depth + _WRAPPERS)]
        return _read_wrapped(values, ReplyStatus.OK, limits) or _read_values(values, ReplyStatus.OK, "", limits)
    if source.absence is not None:
        return ParsedReply([], status_of(source.absence), [source.absence])
    if not source.text.strip():
        return ParsedReply([], ReplyStatus.EMPTY, [Note("empty", "expected the text of a reply, got none")])
    return _read_text(source.text, limits)


def _read_text(text: str, limits: Limits) -> ParsedReply:
    too_long = len(text) > limits.max_reply_chars
    text = text[: limits.max_reply_chars]
    value = None if too_long else parse_json(text)
    if value in ([], {}):
        return ParsedReply([], ReplyStatus.OK)
    if value is not None:
        if wrapped := _read_wrapped([value], ReplyStatus.OK, limits):
            return wrapped
        reading = _read_values([value], ReplyStatus.OK, text, limits)
        if not _repeats_field(text, reading):
            return reading
    literal = read_string_literal(text)
    if literal is not None:
        return read_source(ReplySource(literal), limits)
    text = read_array_calls(text)
    special = _read_printed(text, limits) or _read_spoken(text, limits) or _read_unprefixed(text, limits)
    reading = special or _read_words(text, limits)
    if too_long:
        message = f"expected at most {limits.max_reply_chars} characters (max_reply_chars), got more"
        reading = ParsedReply(reading.items, ReplyStatus.TRUNCATED, [*reading.notes, Note("reply_cut", message)])
    return reading


def _read_wrapped(values: list[Any], status: ReplyStatus, limits: Limits) -> ParsedReply | None:
    """Read what responses and objects around one text say; None if the values are not these alone."""
    sources = responses_in(values)
    return join_replies([read_source(source, limits) for source in sources], status) if sources else None


def _read_printed(text: str, limits: Limits) -> ParsedReply | None:
    """Read a response, or items, that a program printed as objects; None for any other text."""
    prints = read_prints(text)
    if prints is None:
        return None
    status = ReplyStatus.TRUNCATED if prints.is_cut else ReplyStatus.OK
    reading = _read_wrapped(prints.values, status, limits)
    if reading is None:
        reading = _read_values(prints.values, status, text, limits) if prints.names_class else None
        return reading if reading and reading.items else None
    if prints.has_gap and not reading.items and reading.status != ReplyStatus.OK:
        return ParsedReply([], ReplyStatus.NO_JSON, [Note("no_json", SHORTENED, excerpt(text.strip(), _QUOTED))])
    if any(isinstance(value, Gap) for item in reading.items for value in item.raw.values()):
        reading.notes.append(Note("ended_early", SHORTENED))
    return reading


def _read_spoken(text: str, limits: Limits) -> ParsedReply | None:
    """Read the model's last turn of a text that repeats the prompt or thoughts; None for any other."""
    spoken = spoken_in(text)
    if spoken is None:
        return None
    if not spoken.text.strip():
        return ParsedReply([], ReplyStatus.EMPTY, [_SILENT])
    reading = _read_part(spoken.text.strip(), limits)
    reading.notes = [*reading.notes, *[_UNSPOKEN] * spoken.leaves_out_items]
    return reading


def _read_unprefixed(text: str, limits: Limits) -> ParsedReply | None:
    """Read a text with the marks of a log or a quotation before every line; None for any other."""
    cut = without_prefixes(text)
    if cut is text:
        return None
    reading = _read_part(cut, limits)
    reading.notes = [*reading.notes, _PREFIXED]
    return reading if reading.items else None


def _read_part(text: str, limits: Limits) -> ParsedReply:
    """Read a text of which something was left out, so that nothing is left out twice."""
    value = parse_json(text)
    if value in ([], {}):
        return ParsedReply([], ReplyStatus.OK)
    if value is not None:
        return _read_wrapped([value], ReplyStatus.OK, limits) or _read_values([value], ReplyStatus.OK, text, limits)
    return _read_printed(text, limits) or _read_words(text, limits)


def _read_words(text: str, limits: Limits) -> ParsedReply:
    return _read_marked(text) or _read_broken(text, limits)


def _read_marked(text: str) -> ParsedReply | None:
    """Read a text with the marks of another model; None for any other."""
    if not text.isascii():  # half of a surrogate pair becomes a question mark, as in labels of JSON
        text = text.encode("utf-8", "replace").decode("utf-8")
    marked = other_models.read_marked_text(text)
    return None if marked is None else ParsedReply(marked[0].items, marked[1], marked[0].notes)


def _read_broken(text: str, limits: Limits) -> ParsedReply:
    unwrapped = unwrap_text(text)
    return _recover(text, limits) if unwrapped is text else read_source(ReplySource(unwrapped), limits)


def _recover(text: str, limits: Limits) -> ParsedReply:
    recovery = recover(text, limits.max_depth)
    values = [value for value in recovery.values if not _is_footnote(value)]
    complete = ReplyStatus.SALVAGED if recovery.is_repaired else ReplyStatus.OK
    status = ReplyStatus.TRUNCATED if recovery.is_cut else complete
    return _read_wrapped(values, status, limits) or _read_values(values, status, text, limits)


def _read_values(values: list[Any], status: ReplyStatus, text: str, limits: Limits) -> ParsedReply:
    """Read the items of parsed values; without any value, masks that stand loose in the text."""
    rewritten = other_models.rewrite_value(values)
    collected = collect_items(rewritten, limits) if values else CollectedItems(loose_masks(text))
    other_models.set_stated_size(values, collected.items)
    values = rewritten
    items = without_code(collected.items, text) if status == ReplyStatus.SALVAGED else collected.items
    if items:
        return ParsedReply(items, status, collected.notes)
    if error := next(filter(None, map(api_error, values)), ""):
        return _read_error(error, values)
    if status != ReplyStatus.TRUNCATED and (inside := _read_inside(values, limits)):
        return inside
    return _read_nothing(values, status, text, collected.notes)


def _read_error(error: str, values: list[Any]) -> ParsedReply:
    """Read an error in place of a reply: of the API, or a refusal of the model under that name."""
    if refusal := words_of_refusal("", values):
        return ParsedReply([], ReplyStatus.NO_JSON, [_refusal(refusal)])
    return ParsedReply([], ReplyStatus.EMPTY, [Note("api_error", f"expected a reply, got {error}")])


def _refusal(sentence: str) -> Note:
    return Note("no_json", f"{REFUSED}{excerpt(sentence, _QUOTED)}", excerpt(sentence, _QUOTED))


def _read_inside(values: list[Any], limits: Limits) -> ParsedReply | None:
    """Read the one text with items that stands anywhere inside the values, as in the line of a log; refuse several."""
    readings = [read_source(ReplySource(text), limits) for text in texts_inside(values)]
    holding = [reading for reading in readings if reading.items]
    if len(holding) > 1:
        return ParsedReply([], ReplyStatus.NO_JSON, [_SEVERAL])
    return join_parts(holding) if holding else None


def _read_nothing(values: list[Any], status: ReplyStatus, text: str, notes: list[Note]) -> ParsedReply:
    """Read values without items: they say that nothing was found, break off, or are no answer."""
    refusal, reason = words_of_refusal(text, values), next(filter(None, map(reason_beside, values)), "")
    is_whole = status == ReplyStatus.OK and len(values) == 1 and is_nothing(values[0])
    nothing = status if is_whole and (not text or parse_json(text) is not None) else status_of_nothing(text)
    if nothing is not None and not reason and not refusal:
        return _nothing_found(values, nothing, text)
    if not refusal and status == ReplyStatus.TRUNCATED and values and (notes or _begins_with_json(text)):
        return ParsedReply([], status, notes)
    given = excerpt(reason or text.strip(), _QUOTED) if reason or text else excerpt(values[0])
    message = _why_nothing(values, reason or refusal, refusal, _FILE_NAME.fullmatch(text.strip()) is not None)
    return ParsedReply([], ReplyStatus.NO_JSON, [Note("no_json", message, given), *notes])


def _why_nothing(values: list[Any], reason: str, refusal: str, is_file_name: bool) -> str:
    """Return why there is no item: the model's sentence, a field that says so, or nothing further."""
    if reason:
        return f"{REFUSED if refusal else 'expected items, got a reason in words: '}{excerpt(reason, _QUOTED)}"
    failure = next(filter(None, map(failure_beside, values)), "")
    if failure:
        return f"expected items, got an object that says that it failed: {failure}"
    words = next(filter(None, map(remark_beside, values)), "")
    if words:
        return f"expected items, got words: {excerpt(words, _QUOTED)}"
    return "expected the text of a reply, got the name of a file; pass a pathlib.Path" if is_file_name else _NO_ITEM


def _nothing_found(values: list[Any], status: ReplyStatus, text: str) -> ParsedReply:
    """Say that nothing was found, and which sentence stands beside the empty list."""
    remark = next(filter(None, map(remark_beside, values)), "") or words_in_doubt(text, values)
    remarks = [Note("remark", "the model wrote a sentence beside an empty list", excerpt(remark, _QUOTED))]
    return ParsedReply([], status, [_NONE_FOUND] * (status != ReplyStatus.OK) + remarks * bool(remark))


def _begins_with_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith(("[", "{", "`")) or "```" in text


def _are_replies(value: Any) -> bool:
    """Tell whether a parsed value is a list of texts, none of them a mask: several replies instead of one."""
    if not isinstance(value, list) or not all(isinstance(entry, (str, bytes)) for entry in value):
        return False
    return bool(value) and not any(isinstance(entry, str) and MASK_TEXT.match(entry) for entry in value)


def _repeats_field(text: str, reading: ParsedReply) -> bool:
    """Tell whether valid JSON repeats a field in one object, of which a parser keeps only the last."""
    fields = (("box_2d", text.count('"box_2d"')), ("mask", text.count('"mask"')))
    return any(count > sum(name in item.raw for item in reading.items) for name, count in fields)


def _is_footnote(value: Any) -> bool:
    """Tell whether a value is a bracket in prose or a log, such as ``[1]`` or a time, that was read as JSON."""
    return isinstance(value, list) and 0 < len(value) <= 4 and all(map(_is_mark, value))


def _is_mark(entry: Any) -> bool:
    """Tell whether a value is a number, a date or a time."""
    return isinstance(entry, (int, float)) or (isinstance(entry, str) and _TIME.fullmatch(entry) is not None)
