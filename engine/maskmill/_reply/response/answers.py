"""Tell several answers from the pieces of one: by the ids of responses, the keys of rows, and what is whole."""

from __future__ import annotations

from typing import Any, Final

from ...status import ReplyStatus
from ..keys import fold
from ..reply_source import ReplySource, absent_reply
from ..strict_json import parse_json
from .access import as_list, as_word, class_of, get_field, is_record
from .calls import is_call
from .interactions import is_interaction
from .speech import Speech

_IDS: Final = ("responseId", "response_id")
_OF_WHOLE: Final = (
    *("choices", "candidates", "usage", "usage_metadata", "usageMetadata", "response_metadata", "stop_reason"),
    *("steps", "outputs", "output", "object", "generated_text", "generations", "predictions", "replies"),
)
"""Fields of a response, not of a step or block in one, which has an id as well."""

_OF_MESSAGE: Final = ("role", "additional_kwargs", "prompt_feedback", "promptFeedback")
_FINISH: Final = ("finishReason", "finish_reason")
_UNSTATED: Final = ("", "FINISH_REASON_UNSPECIFIED")
_KEYS: Final = frozenset(
    map(
        fold,
        (
            *("key", "custom_id", "image", "image_id", "image_path", "image_url", "file", "file_name", "file_path"),
            *("path", "uri", "url", "request_id"),
        ),
    )
)
"""Folded keys of a row that says which image or request its answer belongs to."""

_HOLDERS: Final = ("dest", "response", "metadata", "output", "batch")
_INLINED: Final = ("inlinedResponses", "inlined_responses")
_LEVELS: Final = 4
_REMEDY: Final = "give each of them apart: to decode_many as a list, to convert as rows with a key each"


def several_answers(count: int) -> ReplySource:
    """Return the refusal to read several answers as one reply.

    >>> several_answers(3).absence.message[:35]
    'expected one reply, got 3 answers; '
    """
    return absent_reply(ReplyStatus.NO_JSON, f"expected one reply, got {count} answers; {_REMEDY}")


def is_refusal_of_several(sources: list[ReplySource]) -> bool:
    """Tell whether a reply was refused because it holds several answers.

    >>> is_refusal_of_several([several_answers(2)]), is_refusal_of_several([])
    (True, False)
    """
    absence = sources[0].absence if len(sources) == 1 else None
    return absence is not None and absence.message.endswith(_REMEDY)


def response_id(response: Any) -> str:
    """Return the id of a response, which all pieces of a streamed one share; empty if it has none.

    >>> responses = {"responseId": "r1"}, {"choices": [], "id": "c1"}, {"type": "text", "id": "t1"}
    >>> list(map(response_id, responses))
    ['r1', 'c1', '']
    """
    stated = get_field(response, *_IDS)
    if not isinstance(stated, str) or not stated:
        stated = get_field(response, "id") if get_field(response, *_OF_WHOLE) is not None else None
    return stated if isinstance(stated, str) else ""


def is_finished(response: Any) -> bool:
    """Tell whether a response says why the model stopped, as only the last piece of a streamed one does.

    >>> is_finished({"candidates": [{"finishReason": "STOP"}]}), is_finished({"candidates": [{}]})
    (True, False)
    """
    choice = next(iter(as_list(get_field(response, "candidates", "choices"))), None)
    return is_record(choice) and as_word(get_field(choice, *_FINISH)) not in _UNSTATED


def count_answers(responses: list[Any], said: list[Speech]) -> int:
    """Return how many answers responses are: 1 for the pieces of a streamed one, and for repetitions of one.

    Pieces share an id. Without ids, no piece is JSON by itself, and only the last says why the model stopped.

    >>> said = [Speech(["[]"], [], [], []), Speech(["[{}]"], [], [], [])]
    >>> count_answers([{"responseId": "a"}, {"responseId": "b"}], said)
    2

    Parameters
    ----------
    responses : list
        Responses or pieces of them.
    said : list of Speech
        What the model said in each.
    """
    if len(responses) < 2:
        return 1
    ids = set(map(response_id, responses))
    speaking = [each for each in said if each.says_anything() or each.gaps]
    are_whole = all(map(is_whole, speaking))
    if "" not in ids:
        return len(ids) if are_whole or not all(map(_is_chunk, responses)) else 1
    if all(map(is_interaction, responses)):
        return _count_different(said)
    if any(map(is_part, responses)):
        return 1
    if len(speaking) > 1 and are_whole:
        return _count_different(speaking)
    is_each_finished = len(speaking) == len(responses) and all(map(is_finished, responses))
    return len(responses) if is_each_finished and not _is_valid_joined(speaking) else 1


def is_whole(said: Speech) -> bool:
    """Tell whether a response is no piece of a streamed one: its text is valid JSON, and so are its calls.

    >>> is_whole(Speech(["[]"], [], [], [])), is_whole(Speech(["[1"], [], [], []))
    (True, False)
    """
    texts = ["".join(said.texts), *(call for call in said.calls if isinstance(call, str))]
    return not said.gaps and all(parse_json(text) is not None for text in texts if text.strip())


def count_keys(rows: list[Any]) -> int:
    """Return how many different keys rows have; 0 if one of them has none.

    >>> count_keys([{"key": "a", "reply": "[]"}, {"metadata": {"key": "b"}}]), count_keys([{"key": "a"}, {}])
    (2, 0)
    """
    keys: set[str] = set()
    for row in rows:
        key = _key_of(row)
        if not key:
            return 0
        keys.add(key)
    return len(keys)


def inlined_in(value: Any, levels: int = _LEVELS) -> list[Any]:
    """Return the answers that the resource of a batch holds inline; an empty list for any other value.

    >>> inlined_in({"dest": {"inlined_responses": [{"response": {}}]}})
    [{'response': {}}]
    """
    if not isinstance(value, dict) or not levels:
        return []
    for name in _INLINED:
        held = value.get(name)
        if isinstance(held, dict):
            held = next((held[name] for name in _INLINED if name in held), None)
        if isinstance(held, list) and held and all(isinstance(answer, dict) for answer in held):
            return held
    return next((found for name in _HOLDERS if (found := inlined_in(value.get(name), levels - 1))), [])


def _is_chunk(response: Any) -> bool:
    """Tell whether a response is a piece by its form; some servers give each piece another id."""
    choice = next(iter(as_list(get_field(response, "choices"))), None)
    return is_record(choice) and get_field(choice, "delta") is not None


def is_part(response: Any) -> bool:
    """Tell whether an object is a block, a part or a call of a response, and neither a message nor more.

    >>> is_part({"type": "text", "text": "[]"}), is_part({"role": "model", "content": "[]"})
    (True, False)
    """
    is_message = class_of(response).endswith("Message") or get_field(response, *_OF_MESSAGE) is not None
    return is_call(response) or not (is_message or get_field(response, *_OF_WHOLE, *_IDS) is not None)


def _count_different(said: list[Speech]) -> int:
    return len({repr((each.texts, each.calls)) for each in said})


def _is_valid_joined(said: list[Speech]) -> bool:
    return parse_json("".join(text for each in said for text in each.texts)) is not None


def _key_of(row: Any) -> str:
    if not isinstance(row, dict):
        return ""
    stated = next((held for key, held in row.items() if fold(str(key)) in _KEYS), None)
    if stated is None:
        stated = row.get("metadata")
        stated = stated.get("key") if isinstance(stated, dict) else None
    return str(stated) if isinstance(stated, (str, int)) and stated != "" else ""
