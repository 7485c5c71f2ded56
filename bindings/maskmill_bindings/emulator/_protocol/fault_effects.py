"""Faults as they look on the wire."""

from __future__ import annotations

import json
from copy import deepcopy
from math import ceil
from typing import Any, Final

from .response_json import EVENT_END, Answer, quota_failure, refusal, retry_info, seconds_text

_HTML: Final = b"<!DOCTYPE html>\n<html lang=en>\n<title>Error</title>\n<p>The server had an error. Retry.\n</html>\n"
_EXHAUSTED: Final = "You exceeded your current quota, please check your plan and billing details."
_SHORT: Final = {
    "http_400": (400, "Request contains an invalid argument."),
    "http_429": (429, "Resource has been exhausted (e.g. check quota)."),
    "http_429_header": (429, "Resource has been exhausted (e.g. check quota)."),
    "http_500": (500, "An internal error has occurred. Please retry or report in the community forum."),
    "http_503": (503, "The model is overloaded. Please try again later."),
    "http_504": (504, "The request timed out. Please try again."),
}
_THOUGHT: Final = 'I look at each object in turn. [1] {"box_2d": [0, 0, 1, 1]} would be too small.'


def refused(name: str, model: str, delay: float) -> Answer:
    """The answer of a fault that comes instead of one (`faults.REFUSALS`)."""
    if name in _SHORT:
        plain = refusal(*_SHORT[name])
        wait = (("Retry-After", str(max(1, ceil(delay)))),) if name == "http_429_header" else ()
        return plain._replace(headers=wait)
    if name == "http_429_retry":
        return exhausted("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", model, 10, delay)
    if name == "quota_day":
        return exhausted("GenerateRequestsPerDayPerProjectPerModel-FreeTier", model, 250, delay)
    page = b"" if name == "empty_200" else _HTML
    return Answer(502 if name == "html_502" else 200, page, (), "text/html; charset=UTF-8")


def exhausted(quota: str, model: str, value: int, seconds: float) -> Answer:
    """429 with its details."""
    message = f"{_EXHAUSTED}\n* Quota exceeded for {quota}, limit: {value}, model: {model}"
    told = f"{message}\nPlease retry in {seconds_text(seconds)}."
    return refusal(429, told, quota_failure(quota, model, value), retry_info(seconds))


def changed(response: dict[str, Any], name: str) -> dict[str, Any]:
    """A response with something odd about it (`faults.CHANGES`)."""
    odd = deepcopy(response)
    if name == "blocked":
        del odd["candidates"]
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **odd}
    if name == "rerouted":
        return {**odd, "modelVersion": f"{odd['modelVersion']}-rerouted"}
    candidate = odd["candidates"][0]
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
        odd["usageMetadata"]["thoughtsTokenCount"] = len(_THOUGHT) // 3
        odd["usageMetadata"]["totalTokenCount"] += len(_THOUGHT) // 3
    else:
        candidate["content"]["parts"] = [{"text": piece} for piece in pieces(text, 3)]
    return odd


def pieces(text: str, count: int) -> list[str]:
    """A text in about `count` pieces of one length."""
    step = max(1, -(-len(text) // count))
    return [text[i : i + step] for i in range(0, len(text), step)]


def events(response: dict[str, Any]) -> list[bytes]:
    """The response as a stream: chunks of its text, the last with the reason of its end."""
    candidates = response.get("candidates")
    if not candidates or "content" not in candidates[0]:
        return [_event(response)]
    whole = candidates[0]
    split = [{**p, "text": text} for p in whole["content"]["parts"] for text in pieces(p["text"], 3)] or [{"text": ""}]
    chunks = []
    for i, part in enumerate(split):
        last = i == len(split) - 1
        candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
        candidate |= {"finishReason": whole["finishReason"]} if last else {}
        chunks.append(_event({**response, "candidates": [candidate]}))
    return chunks


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + EVENT_END
