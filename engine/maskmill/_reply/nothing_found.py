"""Tell an answer that says "nothing was found" from words with brackets in them.

An empty list, ``{}`` or a container around an empty list says so if it is the whole answer, alone or in its fence.
Prose beside a fence is allowed; a bracket or brace in prose, or an empty list that prose introduces, makes no answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from ..status import ReplyStatus
from .keys import fold
from .recovery.scanner import recover
from .words.refusals import doubt_in, refusal_in

_FENCED: Final = re.compile(r"`{3,}[ \t]*[\w-]*(.*?)(?:`{3,}|\Z)", re.DOTALL)
_LANGUAGE: Final = re.compile(r"\A(?:json|JSON)\s+(?=[\[{])")
_MAX_CHARS: Final = 2000
"""Of an answer without items; so its second reading costs little."""

_LEVELS: Final = 6
_MAX_DEPTH: Final = 16
_REASONS: Final = frozenset(
    map(fold, ("error", "errors", "refusal", "exception", "failure", "error_message", "detail", "details", "reason"))
)
"""Folded keys of a sentence that says why there are no items."""

_OF_SERVICES: Final = frozenset(
    map(
        fold,
        (
            *("steps", "outputs", "choices", "candidates", "usage", "usage_metadata", "finish_reason", "stop_reason"),
            *("tool_calls", "event_type", "status_code", "content", "parts", "messages"),
        ),
    )
)
"""Folded keys that a service writes, never a model: an empty list among them means nothing."""

_SUCCESS: Final = frozenset(map(fold, ("success", "ok", "succeeded", "is_success", "successful")))
"""Folded keys under which ``false`` says that there is no answer."""

_FAILURE: Final = frozenset(map(fold, ("error", "failed", "refused", "is_error", "has_error", "blocked")))
"""Folded keys under which ``true`` says so."""

_FINE: Final = ("ok", "success", "succeeded", "completed", "complete", "done", "none", "empty", "no_objects", "200")


def status_of_nothing(text: str) -> ReplyStatus | None:
    r"""Return the status of a text that says that nothing was found; None for any other text.

    >>> [status_of_nothing(text) for text in ("None seen.\n```json\n[]\n```", "[],", "The list would be: []")]
    [<ReplyStatus.OK: 'ok'>, <ReplyStatus.SALVAGED: 'salvaged'>, None]
    """
    found = [status for answer in _answers(text) if (status := _status_of_answer(answer))]
    return min(found, key=[ReplyStatus.OK, ReplyStatus.SALVAGED].index, default=None)


def is_nothing(value: Any, levels: int = _LEVELS) -> bool:
    """Tell whether a parsed value says that nothing was found.

    >>> is_nothing({"result": {"masks": []}}), is_nothing([{}]), is_nothing({"status": "failed", "steps": []})
    (True, False, False)
    """
    if value in ([], {}):
        return True
    if isinstance(value, list):
        return levels > 0 and all(entry == [] or _is_container(entry, levels - 1) for entry in value)
    return _is_container(value, levels)


def reason_beside(value: Any) -> str:
    """Return the sentence that an object gives in place of items, under a key such as ``error``; empty if none.

    >>> reason_beside({"masks": [], "error": "I cannot draw masks."})
    'I cannot draw masks.'
    """
    entries = value.items() if isinstance(value, dict) else ()
    return next((held for key, held in entries if fold(str(key)) in _REASONS and _is_sentence(held)), "")


def remark_beside(value: Any) -> str:
    """Return a sentence that stands beside an empty list; empty if there is none.

    >>> remark_beside({"masks": [], "note": "There is no dog."}), remark_beside({"masks": [], "image": "a.jpg"})
    ('There is no dog.', '')
    """
    entries = value.values() if isinstance(value, dict) else ()
    return next((held for held in entries if _is_sentence(held) and len(held.split()) > 2), "")


def words_of_refusal(text: str, values: list[Any]) -> str:
    r"""Return the sentence beside an empty list, in the text or in its object, in which the model refuses.

    >>> words_of_refusal("I can't segment images.\n```\n[]\n```", [[]])
    "I can't segment images."
    """
    return _first(refusal_in, text, values)


def words_in_doubt(text: str, values: list[Any]) -> str:
    """Return a sentence beside an empty list that may be a refusal; empty if there is none."""
    return _first(doubt_in, text, values)


def _first(find: Callable[[str], str], text: str, values: list[Any]) -> str:
    """Return the finding in the sentences of objects, or in the words around the fence of a text."""
    held = [inner for value in values if isinstance(value, dict) for inner in value.values() if _is_sentence(inner)]
    return next(filter(None, map(find, held)), "") or (find(text) if text and not held else "")


def failure_beside(value: Any, levels: int = 2) -> str:
    """Say which field of an object says that there is no answer; empty if none does.

    >>> failure_beside({"success": False, "masks": []})
    '`success` is false'
    """
    entries = value.items() if isinstance(value, dict) else ()
    for key, held in entries:
        if _is_failure(key, held):
            return f"`{str(key)[:60]}` is {json.dumps(held)[:60]}"
    return next((said for _, held in entries if levels and (said := failure_beside(held, levels - 1))), "")


def _is_failure(key: Any, value: Any) -> bool:
    """Tell whether a field says that there is no answer."""
    return isinstance(value, (bool, str)) and fold(str(key)) not in _OF_SERVICES and _is_of_service(key, value)


def _answers(text: str) -> Iterator[str]:
    """Yield what may be the whole answer: the text, or the content of each of its fences."""
    if "```" not in text:
        yield text.strip("\ufeff\u200b \t\r\n")
        return
    for match in _FENCED.finditer(text):
        yield match[1].strip()


def _status_of_answer(text: str) -> ReplyStatus | None:
    answer = _LANGUAGE.sub("", text).rstrip(".,;")
    if not 2 <= len(answer) <= _MAX_CHARS or answer[0] not in "[{" or answer[-1] not in "]}":
        return None
    recovery = recover(answer, _MAX_DEPTH)
    if recovery.has_lost_text or not any(map(is_nothing, recovery.values)):
        return None
    is_mended = recovery.is_repaired or not text.endswith(("]", "}"))
    return ReplyStatus.SALVAGED if is_mended else ReplyStatus.OK


def _is_container(value: Any, levels: int) -> bool:
    """Tell whether an object is a container around empty lists alone, perhaps with facts beside them."""
    if not isinstance(value, dict) or not value or levels == 0:
        return False
    if any(map(_is_of_service, value, value.values())):
        return False
    held = [inner for inner in value.values() if isinstance(inner, (list, dict)) and not _is_fact(inner)]
    return bool(held) and all(is_nothing(inner, levels - 1) for inner in held)


def _is_of_service(key: Any, value: Any) -> bool:
    name = fold(str(key))
    if (name in _SUCCESS and value is False) or (name in _FAILURE and value is True):
        return True
    if name == "status":
        return isinstance(value, str) and value.lower() not in _FINE
    return name in _OF_SERVICES


def _is_fact(value: Any) -> bool:
    """Tell whether a list holds numbers alone, such as the size of the image."""
    return isinstance(value, list) and bool(value) and all(isinstance(entry, (int, float)) for entry in value)


def _is_sentence(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
