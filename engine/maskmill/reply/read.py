"""Any reply, as text, bytes, parsed JSON or an SDK response, to its items."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, ReplyStatus
from .items import Collected, Item, collect, loose_masks
from .salvage import Salvage
from .source import Source, plain, unwrap
from .strings import unescape

_WRAPPERS: Final = 8
"""Levels around an item that do not count against `Limits.max_depth`."""

_MOST_ENCODINGS: Final = 3
_PLAIN_KEY: Final = re.compile(r'(?<!\\)"\w{1,40}"\s{0,9}:')
_ESCAPED_KEY: Final = re.compile(r'\\"\w{1,40}\\{1,8}"\s{0,9}:')
_LANGUAGE: Final = re.compile(r"[ \t]*[\w-]*")


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
    return _read(unwrap(reply), limits)


def _read(source: Source, limits: Limits) -> Reading:
    if source.value is not None:
        value = plain(source.value, limits.max_depth + _WRAPPERS)
        return _reading(collect([value], limits), [value], ReplyStatus.OK, "")
    if source.blocked:
        return Reading([], ReplyStatus.BLOCKED, [Note("blocked", f"the service refused: {source.blocked}")])
    if not source.text.strip():
        return Reading([], ReplyStatus.EMPTY)
    return _read_text(source.text, limits)


def _read_text(text: str, limits: Limits) -> Reading:
    too_long = len(text) > limits.max_reply_chars
    text = text[: limits.max_reply_chars]
    value = None if too_long else _clean(text)
    if value is not None:
        source = unwrap(value)
        if source.value is None:  # the JSON of a response: what counts is the text in it
            return _read(source, limits)
        collected = collect([value], limits)
        if not _lost_border(text, collected):
            return _reading(collected, [value], ReplyStatus.OK, text)
    text = _without_escapes(text)
    scan = Salvage(text, max_depth=limits.max_depth).run()
    reading = _from_scan(scan, text, limits)
    if too_long:
        reading.status = ReplyStatus.TRUNCATED
        reading.notes.append(
            Note("reply_cut", f"expected at most {limits.max_reply_chars} characters (max_reply_chars), got more")
        )
    return reading


def _clean(text: str) -> Any:
    """Parse well-formed JSON, bare or in one fence; None for anything else."""
    try:
        value = orjson.loads(_without_fence(text.strip()))
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", '"', "`"):  # JSON that was encoded twice
        return _clean(value)
    return value if isinstance(value, (list, dict)) else None


def _lost_border(text: str, collected: Collected) -> bool:
    """Tell whether sound JSON holds a field twice in one object, of which a parser keeps the last alone."""
    fields = (("box_2d", text.count('"box_2d"')), ("mask", text.count('"mask"')))
    return any(count > sum(name in item.raw for item in collected.items) for name, count in fields)


def _without_fence(text: str) -> str:
    if not (text.startswith("```") and text.endswith("```")):
        return text
    inner = text.strip("`")
    language = _LANGUAGE.match(inner)
    return inner[language.end() :] if language else inner


def _without_escapes(text: str) -> str:
    """Undo the escapes of JSON out of a log, or of JSON inside a JSON string: no key has plain quotes."""
    for _ in range(_MOST_ENCODINGS):
        if _PLAIN_KEY.search(text) or not _ESCAPED_KEY.search(text):
            break
        text = unescape(text)
    return text


def _from_scan(scan: Salvage, text: str, limits: Limits) -> Reading:
    values = [value for value in scan.values if not _is_footnote(value)]
    collected = collect(values, limits)
    if not values:
        collected.items = loose_masks(text)
    whole = ReplyStatus.SALVAGED if scan.mended else ReplyStatus.OK
    return _reading(collected, values, ReplyStatus.TRUNCATED if scan.cut else whole, text)


def _reading(collected: Collected, values: list[Any], status: ReplyStatus, text: str) -> Reading:
    """The items; without any, and without a word that there are none, the reply holds no JSON that counts."""
    cut = status == ReplyStatus.TRUNCATED and bool(values)
    if not (collected.items or collected.notes or cut or any(map(_is_empty, values))):
        note = Note("no_json", ReplyStatus.NO_JSON.sentence, excerpt(text.strip()))
        return Reading([], ReplyStatus.NO_JSON, [note])
    return Reading(collected.items, status, collected.notes)


def _is_empty(value: Any) -> bool:
    """Tell whether a value says that nothing was found: an empty list, or an object around one."""
    return value == [] or value == {} or (isinstance(value, dict) and [] in value.values())


def _is_footnote(value: Any) -> bool:
    """Tell whether a bracket in prose, as in ``[1]``, was taken for JSON."""
    return isinstance(value, list) and 0 < len(value) <= 4 and all(isinstance(v, (int, float)) for v in value)
