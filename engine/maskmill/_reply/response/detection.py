"""Tell responses from items: by the names that services use at the top of a response."""

from __future__ import annotations

from typing import Any, Final

from ..keys import FIELDS, fold, fold_keys
from .access import as_list, get_field, is_record
from .calls import arguments_of, is_call
from .interactions import is_interaction
from .speakers import speaker_of

_WRAPPERS: Final = ("response", "body", "result", "data", "output", "kwargs", "outputs")
_LEVELS: Final = 4
_OF_CHOICE: Final = ("content", "finishReason", "finish_reason", "message", "delta", "index", "text")
_OWN_KEYS: Final = frozenset(
    map(
        fold,
        (
            *("candidates", "usage_metadata", "model_version", "response_id", "create_time", "sdk_http_response"),
            *("model_status", "parsed", "automatic_function_calling_history", "prompt_feedback"),
        ),
    )
)
"""Folded keys that a response without candidates may have."""

_MARKS: Final = frozenset(
    (
        *("candidates", "choices", "promptFeedback", "prompt_feedback", "usageMetadata", "usage_metadata", "content"),
        *("parts", "steps", "outputs", "output", "output_text", "message", "messages", "conversations", "role"),
        *(
            "tool_calls",
            "toolCalls",
            "function_call",
            "functionCall",
            "generations",
            "generated_text",
            "predictions",
            "replies",
        ),
        *("object", "toolUse", "tool_use", "arguments", "input", "args", "additional_kwargs", "refusal", "from"),
        *("thought", "type", "_content"),
    )
)
"""Keys of which a response has at least one."""

_PART_KEYS: Final = frozenset(("text", "thought", "functionCall", "function_call", "inlineData", "inline_data"))
_MORE_PART_KEYS: Final = frozenset(("executableCode", "codeExecutionResult", "executable_code", "thoughtSignature"))


def response_in(value: Any) -> Any:
    """Return the response that a value is or wraps, as the row of a batch does; None if there is none.

    >>> response_in({"key": "row-7", "response": {"candidates": [{}]}})
    {'candidates': [{}]}
    """
    for _ in range(_LEVELS):
        if is_response(value):
            return value
        inner = [value.get(key) for key in _WRAPPERS] if isinstance(value, dict) else []
        value = next((held for held in inner if isinstance(held, dict)), None)
    return None


def list_in(value: Any) -> list[Any] | None:
    """Return the list that a row holds in place of a response; None if there is none.

    >>> list_in({"key": "row-7", "response": [{"role": "model", "content": "[]"}]})
    [{'role': 'model', 'content': '[]'}]
    """
    inner = [value.get(key) for key in _WRAPPERS] if isinstance(value, dict) else []
    return next((held for held in inner if isinstance(held, list) and held), None)


def is_response(value: Any) -> bool:
    """Tell whether a value is a response, a message in one, or a piece of a streamed one.

    >>> is_response({"choices": [{"index": 0}]}), is_response({"box_2d": [1, 2, 3, 4], "content": "cat"})
    (True, False)
    """
    if not isinstance(value, dict):
        return is_record(value) and _is_response_object(value)
    if _MARKS.isdisjoint(value):
        return False
    if "promptFeedback" in value or "prompt_feedback" in value:
        return True
    choices = value.get("candidates") or value.get("choices")
    if choices:
        return all(map(_is_choice, as_list(choices)))
    has_own_key = any(key in value for key in ("candidates", "usageMetadata", "usage_metadata"))
    if has_own_key and all(fold(str(key)) in _OWN_KEYS for key in value):
        return True
    return FIELDS.isdisjoint(fold_keys(value)) and (_has_parts(value) or is_interaction(value) or is_message(value))


def is_message(value: Any, levels: int = _LEVELS) -> bool:
    """Tell whether a value is a message, an output, a block or a call that holds what a model said.

    >>> is_message({"role": "assistant", "content": "[]"}), is_message({"label": "cat", "type": "text"})
    (True, False)
    """
    if not is_record(value) or levels == 0:
        return False
    message, output = get_field(value, "message"), get_field(value, "output")
    return (
        get_field(value, "object") == "response"
        or _has_turns(value)
        or (get_field(value, "content") is not None and is_record(get_field(value, "response_metadata")))
        or (speaker_of(value) == "model" and _says(value))
        or (is_record(message) and _says(message) and speaker_of(message) in ("model", ""))
        or (output == [] and isinstance(get_field(value, "status"), str))
        or (_are_outputs(output) or _are_outputs(get_field(value, "outputs")))
        or (is_record(output) and (is_message(output, levels - 1) or bool(get_field(output, "choices"))))
        or isinstance(get_field(value, "generated_text"), (str, list))
        or _are_predictions(get_field(value, "predictions", "replies"))
        or isinstance(get_field(value, "generations"), (list, tuple))
        or _has_calls(value)
    )


def _is_response_object(value: Any) -> bool:
    """Tell whether an object of an SDK is a response: the names are looked up one by one."""
    if hasattr(value, "candidates") or hasattr(value, "choices"):
        return True
    return is_interaction(value) or is_message(value)


def _is_choice(value: Any) -> bool:
    """Tell whether an object is one of a response's choices and not an item."""
    return isinstance(value, dict) and (not value or any(key in value for key in _OF_CHOICE))


def _has_parts(value: dict[Any, Any]) -> bool:
    """Tell whether an object is or holds the content of a response."""
    content = value.get("content")
    parts = content.get("parts") if isinstance(content, dict) else value.get("parts")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return False
    return all(not _PART_KEYS.isdisjoint(part) or not _MORE_PART_KEYS.isdisjoint(part) for part in parts)


def _has_turns(value: Any) -> bool:
    """Tell whether an object holds a dialogue."""
    turns = get_field(value, "messages", "conversations")
    return isinstance(turns, (list, tuple)) and bool(turns) and all(speaker_of(turn) for turn in turns)


def _says(message: Any) -> bool:
    """Tell whether a message has a place for the model's words, filled or not."""
    names = (
        "content",
        "parts",
        "text",
        "tool_calls",
        "toolCalls",
        "function_call",
        "refusal",
        "value",
        "data",
        "kwargs",
    )
    if isinstance(message, dict):
        return any(name in message for name in (*names, "_content")) or is_call(message)
    return any(hasattr(message, name) for name in names)


def _are_outputs(held: Any) -> bool:
    """Tell whether the outputs of a model are listed: texts, messages, steps."""
    if not isinstance(held, (list, tuple)) or not held:
        return False
    if all(isinstance(entry, str) for entry in held):
        return True
    return all(is_record(entry) and (bool(speaker_of(entry)) or _says_text(entry) or is_call(entry)) for entry in held)


def _are_predictions(held: Any) -> bool:
    """Tell whether predictions are listed: outputs, or responses with candidates."""
    is_list = isinstance(held, (list, tuple)) and bool(held)
    return _are_outputs(held) or (is_list and all(get_field(entry, "candidates", "choices") for entry in held))


def _says_text(entry: Any) -> bool:
    return any(isinstance(get_field(entry, name), str) for name in ("text", "content", "generated_text", "output"))


def _has_calls(value: Any) -> bool:
    """Tell whether an object is a function call, or holds some and no items beside them."""
    if is_call(value) and arguments_of(value) is not None:
        return True
    held = get_field(value, "functionCall", "function_call", "tool_calls", "toolCalls", "toolUse")
    calls = held if isinstance(held, (list, tuple)) else [held]
    return any(is_record(call) and arguments_of(call) is not None for call in calls)
