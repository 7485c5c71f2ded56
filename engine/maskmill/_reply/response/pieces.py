"""The pieces of function calls in a streamed response, joined: chat deltas send their arguments bit by bit."""

from __future__ import annotations

from typing import Any

from .access import as_list, get_field, is_record
from .calls import arguments_of


def joined_calls(responses: list[Any]) -> list[str]:
    """Return the arguments of each call whose pieces stand in the chunks of a stream.

    >>> chunk = {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}}]}
    >>> joined_calls([chunk])
    ['{}']
    """
    pieces: dict[int, list[str]] = {}
    for response in responses:
        choice = next(iter(as_list(get_field(response, "choices"))), None)
        delta = get_field(choice, "delta") if is_record(choice) else None
        calls = as_list(get_field(delta, "tool_calls", "function_call") if is_record(delta) else None)
        for place, call in enumerate(calls or as_list(get_field(response, "tool_call_chunks"))):
            arguments = arguments_of(call)
            if isinstance(arguments, str):
                index = get_field(call, "index")
                pieces.setdefault(index if isinstance(index, int) else place, []).append(arguments)
    return [text for each in pieces.values() if (text := "".join(each)).strip()]
