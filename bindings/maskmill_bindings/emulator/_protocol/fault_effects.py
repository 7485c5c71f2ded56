"""Faults as responses: refusals, and changed answers."""

from __future__ import annotations

import json
from copy import deepcopy
from math import ceil
from typing import Any, Final

from .._messages.response_json import (
    EVENT_END,
    HttpResponse,
    error_response,
    format_seconds,
    quota_failure_detail,
    retry_info_detail,
)

_HTML: Final = b"<!DOCTYPE html>\n<html lang=en>\n<title>Error</title>\n<p>The server had an error. Retry.\n</html>\n"
_QUOTA_MESSAGE: Final = "You exceeded your current quota, please check your plan and billing details."
_SIMPLE_REFUSALS: Final = {
    "http_400": (400, "Request contains an invalid argument."),
    "http_429": (429, "Resource has been exhausted (e.g. check quota)."),
    "http_429_header": (429, "Resource has been exhausted (e.g. check quota)."),
    "http_500": (500, "An internal error has occurred. Please retry or report in the community forum."),
    "http_503": (503, "The model is overloaded. Please try again later."),
    "http_504": (504, "The request timed out. Please try again."),
}
_THOUGHT: Final = 'I look at each object in turn. [1] {"box_2d": [0, 0, 1, 1]} would be too small.'


def fault_response(name: str, model: str, delay: float) -> HttpResponse:
    """Return the response of a fault in `REFUSALS`.

    Parameters
    ----------
    name : str
        Name of the fault.
    model : str
        The requested model.
    delay : float
        Seconds after which the client may retry.
    """
    if name in _SIMPLE_REFUSALS:
        response = error_response(*_SIMPLE_REFUSALS[name])
        wait = (("Retry-After", str(max(1, ceil(delay)))),) if name == "http_429_header" else ()
        return response._replace(headers=wait)
    if name == "http_429_retry":
        return quota_response("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", model, 10, delay)
    if name == "quota_day":
        return quota_response("GenerateRequestsPerDayPerProjectPerModel-FreeTier", model, 250, delay)
    page = b"" if name == "empty_200" else _HTML
    return HttpResponse(502 if name == "html_502" else 200, page, (), "text/html; charset=UTF-8")


def quota_response(quota: str, model: str, value: int, seconds: float) -> HttpResponse:
    """Return the response 429 with its details.

    Parameters
    ----------
    quota : str
        Name of the quota.
    model : str
        The requested model.
    value : int
        Value of the quota.
    seconds : float
        Seconds after which the client may retry.
    """
    message = f"{_QUOTA_MESSAGE}\n* Quota exceeded for {quota}, limit: {value}, model: {model}"
    text = f"{message}\nPlease retry in {format_seconds(seconds)}."
    return error_response(429, text, quota_failure_detail(quota, model, value), retry_info_detail(seconds))


def apply_change(response: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a response changed by a fault in `CHANGES`."""
    changed = deepcopy(response)
    if name == "blocked":
        del changed["candidates"]
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **changed}
    if name == "rerouted":
        return {**changed, "modelVersion": f"{changed['modelVersion']}-rerouted"}
    candidate = changed["candidates"][0]
    text = candidate["content"]["parts"][0]["text"]
    if name == "safety":
        del candidate["content"]
        candidate["finishReason"] = "SAFETY"
    elif name == "max_tokens":
        candidate["content"]["parts"] = [{"text": text[: len(text) // 2]}]
        candidate["finishReason"] = "MAX_TOKENS"
    elif name == "unknown_finish":
        candidate["finishReason"] = "HARDWARE_ON_FIRE"
    elif name == "thoughts":
        candidate["content"]["parts"].insert(0, {"text": _THOUGHT, "thought": True})
        changed["usageMetadata"]["thoughtsTokenCount"] = len(_THOUGHT) // 3
        changed["usageMetadata"]["totalTokenCount"] += len(_THOUGHT) // 3
    else:
        candidate["content"]["parts"] = [{"text": piece} for piece in split_text(text, 3)]
    return changed


def split_text(text: str, count: int) -> list[str]:
    """Return a text in about `count` pieces of equal length."""
    step = max(1, -(-len(text) // count))
    return [text[i : i + step] for i in range(0, len(text), step)]


def stream_events(response: dict[str, Any]) -> list[bytes]:
    """Return a response as stream events: pieces of its text, the last with the finish reason."""
    candidates = response.get("candidates")
    if not candidates or "content" not in candidates[0]:
        return [_event(response)]
    whole = candidates[0]
    split = [{**p, "text": text} for p in whole["content"]["parts"] for text in split_text(p["text"], 3)] or [
        {"text": ""}
    ]
    chunks = []
    for i, part in enumerate(split):
        last = i == len(split) - 1
        candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
        candidate |= {"finishReason": whole["finishReason"]} if last else {}
        chunks.append(_event({**response, "candidates": [candidate]}))
    return chunks


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + EVENT_END
