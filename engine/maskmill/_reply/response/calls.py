"""The arguments of function calls, which may hold the masks: of Google's, OpenAI's, Anthropic's and other clients'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .access import as_list, as_word, get_field, is_record

_HOLDERS: Final = (
    *("function_call", "functionCall", "tool_calls", "toolCalls", "toolUse", "tool_use", "toolCall", "tool_call"),
    "tool_call_chunks",
)
_ARGUMENTS: Final = ("args", "arguments", "input", "parameters", "kwargs")
_COMPARED: Final = 16
_MAX_FIELDS: Final = 5
_TYPES: Final = (
    *("function_call", "tool_use", "tool_call", "tool-call", "tool_calls", "custom_tool_call", "mcp_call"),
    *("mcp_server_tool_call", "server_tool_use"),
)


def is_call(node: Any) -> bool:
    """Tell whether a part, a step or a block is a function call by itself, by its type or as a name with arguments.

    >>> is_call({"type": "tool_use", "name": "report", "input": {}}), is_call({"type": "text"})
    (True, False)
    """
    if as_word(get_field(node, "type")).lower() in _TYPES or is_record(get_field(node, "function")):
        return True
    is_small = isinstance(node, dict) and len(node) <= _MAX_FIELDS and isinstance(node.get("name"), str)
    return is_small and isinstance(get_field(node, *_ARGUMENTS), (dict, str))


def arguments_of(call: Any) -> Any:
    """Return the arguments of one call: an object, or its JSON as a text; None if there are none.

    >>> arguments_of({"function": {"name": "report", "arguments": '{"masks": []}'}})
    '{"masks": []}'
    """
    if not is_record(call):
        return None
    function = get_field(call, "function", "functionCall", "function_call")
    return get_field(function if is_record(function) else call, *_ARGUMENTS)


def calls_in(node: Any) -> list[Any]:
    """Return the arguments of the calls that a message, a part or a step is or holds; empty ones are left out.

    >>> calls_in({"functionCall": {"name": "report", "args": {"masks": []}}})
    [{'masks': []}]
    """
    held = [call for name in _HOLDERS for call in as_list(get_field(node, name))]
    calls = [node] if is_call(node) else [call for call in held if is_record(call)]
    more = get_field(node, "additional_kwargs")
    if not calls and is_record(more):
        calls = [call for name in _HOLDERS for call in as_list(get_field(more, name)) if is_record(call)]
    if not calls:  # LangChain keeps those whose arguments are no valid JSON apart
        calls = [call for call in as_list(get_field(node, "invalid_tool_calls")) if is_record(call)]
    return _distinct(map(arguments_of, calls))


def names_of_calls(nodes: list[Any]) -> str:
    """Return the names of the functions that steps call, for a message."""
    names = [get_field(node, "name") for node in nodes if is_call(node)]
    return ", ".join(f"`{name[:60]}`" for name in names if isinstance(name, str))


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Return the values without empty ones and repetitions; a few are compared, so that the time stays linear."""
    kept: list[Any] = []
    for value in values:
        if value and (len(kept) >= _COMPARED or value not in kept):
            kept.append(value)
    return kept
