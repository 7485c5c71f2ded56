"""An answer of a model, and the responses in which services and clients wrap it."""

from __future__ import annotations

import json
from typing import Any

from support.replies import RING, fenced, item

ITEM = item(RING, 'it\'s "a" cat')
OTHER = item(RING, "not the model's")
TEXT = f"Here are the masks:\n{fenced([ITEM])}\nDone."
ARGUMENTS = {"masks": [ITEM]}
JSON_ARGUMENTS = json.dumps(ARGUMENTS)
UNSPOKEN = f"Find cats, such as {json.dumps([OTHER, OTHER])}"
"""A prompt, or a thought, with items in it."""


def pieces(text: str, size: int = 9) -> list[str]:
    """Return a text as it is streamed."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def user(**more: Any) -> dict[str, Any]:
    """Return a message of the user that holds items."""
    return {"role": "user", "content": UNSPOKEN, **more}


def interaction(*steps: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    """Return an interaction with the whole timeline, as the service gives it."""
    prompt = {"type": "user_input", "content": [{"type": "text", "text": UNSPOKEN}]}
    thought = {"type": "thought", "signature": "x", "summary": [{"type": "text", "text": UNSPOKEN}]}
    return {"id": "i", "status": status, "model": "gemini-3.6-flash", "steps": [prompt, thought, *steps], **more}


def output(*texts: str, **more: Any) -> dict[str, Any]:
    """Return a step of an interaction with the model's output."""
    return {"type": "model_output", "content": [{"type": "text", "text": text} for text in texts], **more}


def call(arguments: Any = ARGUMENTS, name: str = "report_masks") -> dict[str, Any]:
    """Return a step of an interaction that calls a function."""
    return {"type": "function_call", "id": "c", "name": name, "arguments": arguments}


def chat(content: Any, finish: str = "stop", **more: Any) -> dict[str, Any]:
    """Return a response in the style of OpenAI."""
    message = {"role": "assistant", "content": content, "refusal": None, **more}
    return {"id": "c", "choices": [{"index": 0, "finish_reason": finish, "message": message}], "model": "gpt-6"}


def gemini(*parts: dict[str, Any], finish: str = "STOP", **more: Any) -> dict[str, Any]:
    """Return a response of `generateContent`."""
    content = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    return {"candidates": [{**content, "finishReason": finish, "index": 0}], "modelVersion": "gemini-3.6-flash", **more}
