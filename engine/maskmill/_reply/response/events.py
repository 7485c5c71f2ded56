"""Events of a streamed response, as the Interactions API, OpenAI's Responses API and Anthropic send them."""

from __future__ import annotations

import re
from typing import Any, Final

from .access import as_word, get_field, is_record
from .speakers import is_unspoken
from .speech import listen

_EVENT: Final = re.compile(
    r"(?:interaction|step|content|response|conversation|thread|output|session)\.[\w.]+"
    r"|message_(?:start|delta|stop)|content_block_(?:start|delta|stop)|ping|error"
)
_PLACES: Final = ("output_index", "content_index", "index")
_STARTS: Final = ("step", "content_block", "item", "content", "part")
_TEXT_TYPES: Final = ("", "text", "text_delta", "output_text_delta")

Blocks = dict[Any, dict[str, Any]]
"""The words at each place, as blocks of a message, in the order in which they began."""


def is_event(value: Any) -> bool:
    """Tell whether a value is one event of a streamed response.

    >>> is_event({"event_type": "step.delta", "index": 0}), is_event({"type": "message", "role": "user"})
    (True, False)
    """
    kind = _kind_of(value)
    return bool(kind) and _EVENT.fullmatch(kind) is not None and not _is_lone_error(value, kind)


def response_of_events(events: list[Any]) -> dict[str, Any]:
    """Return the response that events amount to; an interaction's has a status, ``in_progress`` if it broke off.

    >>> start = {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}}
    >>> delta = {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "[]"}}
    >>> response_of_events([start, delta])["status"]
    'in_progress'
    """
    blocks: Blocks = {}
    response: dict[str, Any] = {}
    whole: Any = None
    for event in events:
        _add_to_blocks(blocks, event)
        response |= _facts_of(event)
        held = get_field(event, "interaction", "response")
        whole = held if is_record(held) else whole
    spoken = [block for block in map(_joined, blocks.values()) if listen([block]).says_anything()]
    if not spoken and whole is not None and listen(whole).says_anything():
        return {**response, "steps": [{"type": "model_output", "content": [whole]}]} if response else {"message": whole}
    if any(get_field(event, "event_type") is not None for event in events):
        response.setdefault("status", "in_progress")
        return {**response, "steps": [{"type": "model_output", "content": spoken}]}
    return {**response, "role": "assistant", "content": spoken}


def _kind_of(event: Any) -> str:
    return as_word(get_field(event, "event_type", "type")) if is_record(event) else ""


def _is_lone_error(value: Any, kind: str) -> bool:
    """Tell whether an error is the answer itself, not an event of the Interactions API."""
    return kind == "error" and get_field(value, "event_type") is None


def _add_to_blocks(blocks: Blocks, event: Any) -> None:
    """Add what an event says to the block at its place."""
    place = tuple(str(get_field(event, name))[:40] for name in _PLACES)
    start, delta = get_field(event, *_STARTS), get_field(event, "delta")
    kind = _kind_of(event)
    if is_record(start) and place not in blocks and not kind.endswith(("stop", "done", "completed")):
        blocks[place] = _block_of(start)
    if isinstance(delta, str):
        name = "arguments" if "arguments" in kind else "text" if "output_text" in kind else ""
        _extend(blocks, place, name, delta)
    elif is_record(delta):
        is_text = as_word(get_field(delta, "type")) in _TEXT_TYPES
        _extend(blocks, place, "text" if is_text else "", get_field(delta, "text"))
        _extend(blocks, place, "arguments", get_field(delta, "arguments", "partial_json"))


def _block_of(start: Any) -> dict[str, Any]:
    """Return the block that begins with a step: what it already says, and who says it."""
    said = listen(start)
    block: dict[str, Any] = {"type": "thought"} if is_unspoken(start) else {}
    if said.texts:
        block["text"] = "".join(said.texts)
    return block


def _extend(blocks: Blocks, place: Any, name: str, piece: Any) -> None:
    if not name or not isinstance(piece, str):
        return
    block = blocks.setdefault(place, {})
    if block.get("type") == "thought":
        return
    pieces = block.setdefault(name, [])
    if isinstance(pieces, str):
        pieces = block[name] = [pieces]
    pieces.append(piece)
    if name == "arguments":
        block["type"] = "function_call"


def _joined(block: dict[str, Any]) -> dict[str, Any]:
    return {name: "".join(value) if isinstance(value, list) else value for name, value in block.items()}


def _facts_of(event: Any) -> dict[str, Any]:
    """Return what an event says about the whole response: its status, its errors, why it ended, the model."""
    facts: dict[str, Any] = {}
    for holder in (event, *(get_field(event, name) for name in ("interaction", "response", "message", "delta"))):
        for name in ("status", "errors", "error", "stop_reason", "model", "incomplete_details"):
            value = get_field(holder, name) if is_record(holder) else None
            if value is not None:
                facts[name] = value
    return facts
