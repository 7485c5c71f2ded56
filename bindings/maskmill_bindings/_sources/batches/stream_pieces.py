"""Tell responses of several answers from the pieces of one streamed answer."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from maskmill._reply.response import is_finished, read_response, response_id
from maskmill._reply.strict_json import parse_json


def group_responses(responses: list[dict[str, Any]]) -> list[Any] | None:
    """Return one response, or the list of its pieces, for each answer; None for the pieces of a single answer.

    Pieces share an id. Without ids, only the last piece states why the model stopped, and no piece is JSON by itself.

    >>> pieces = [{"responseId": "r1", "n": 1}, {"responseId": "r1", "n": 2}, {"responseId": "r2", "n": 3}]
    >>> first, second = group_responses(pieces)
    >>> len(first), second
    (2, {'responseId': 'r2', 'n': 3})
    >>> group_responses(pieces[:2]) is None
    True

    Parameters
    ----------
    responses : list of dict
        At least one response.
    """
    if len(responses) < 2:
        return None
    ids = [response_id(response) for response in responses]
    if all(ids):
        return _by_id(responses, ids) if len(set(ids)) > 1 else None
    return responses if _are_complete(responses) else None


def are_replies(texts: list[str]) -> bool:
    """Return whether each of several texts is a reply by itself, so that they are not the pieces of one.

    >>> are_replies(["[]", '[{"mask": []}]']), are_replies(['[{"mask": ', "[]}]"])
    (True, False)
    """
    return len(texts) > 1 and all(parse_json(text) is not None for text in texts)


def _by_id(responses: list[dict[str, Any]], ids: list[str]) -> list[Any]:
    order = {name: i for i, name in enumerate(dict.fromkeys(ids))}
    pairs = sorted(zip(ids, responses, strict=True), key=lambda pair: order[pair[0]])
    groups = [[response for _, response in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]
    return [group[0] if len(group) == 1 else group for group in groups]


def _are_complete(responses: list[dict[str, Any]]) -> bool:
    """Return whether responses without ids are whole answers: a piece before the last is JSON, or stopped early."""
    finished = list(map(is_finished, responses))
    texts = [read_response(response).text for response in responses]
    if any(finished) and not any(finished[:-1]):
        return False
    if any(map(_is_blocked, responses)) and any(finished):  # a block of the prompt comes first in a stream
        return all(done or _is_blocked(response) for done, response in zip(finished, responses, strict=True))
    if are_replies([text for text in texts if text]):
        return True
    is_joined_valid = parse_json("".join(texts)) is not None
    return all(finished) and not is_joined_valid


def _is_blocked(response: dict[str, Any]) -> bool:
    """Return whether a response says that its prompt was blocked, and holds no answer."""
    feedback = response.get("promptFeedback") or response.get("prompt_feedback")
    is_blocked = type(feedback) is dict and bool(feedback.get("blockReason") or feedback.get("block_reason"))
    return is_blocked and not response.get("candidates")
