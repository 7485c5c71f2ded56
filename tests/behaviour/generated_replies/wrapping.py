"""How items become the text of a reply, and how texts break."""

from __future__ import annotations

import json
from random import Random
from typing import Any

Pairs = list[tuple[str, Any]]

_PROSE = (
    "Here are the segmentation masks:\n",
    "Sure! I found [several] objects {in the image}.\n\n",
    "I cannot do that.",
    "Note: box_2d is [ymin, xmin, ymax, xmax].\n",
    "Voilà les masques :\n",
)


def wrapped(random: Random, items: list[Pairs]) -> Any:
    """A reply with these items, of one of many kinds."""
    kind = random.random()
    if kind < 0.06:
        return random.choice(
            [None, "", "   ", "[]", "{}", b"", [], {}, "null", "I see no cups.", '{"objects": []}', "0", "[1, 2]"]
        )
    if kind < 0.16:
        plain = [dict(item) for item in items]
        return random.choice([plain, {"masks": plain}, plain[0] if plain else plain, json.dumps(json.dumps(plain))])
    text = _text(random, items)
    if kind < 0.34:
        return response(random, text)
    if kind < 0.42:
        return _encoded(random, text)
    return text


def response(random: Random, text: str) -> Any:
    """The JSON of a response of the API around a text, as a value or as its text."""
    parts: list[dict[str, Any]] = [{"text": text}]
    if random.random() < 0.2:
        parts = [{"text": "I think about cups.", "thought": True}, {"text": text[:40]}, {"text": text[40:]}]
    reason = random.choice(["STOP"] * 6 + ["MAX_TOKENS", "SAFETY", "RECITATION", "SOMETHING_NEW"])
    whole: dict[str, Any] = {
        "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": reason, "index": 0}],
        "usageMetadata": {"promptTokenCount": 9},
        "modelVersion": "gemini-2.5-flash",
    }
    odd = random.randrange(16)
    if odd == 0:
        whole = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    elif odd == 1:
        whole = {"error": {"code": 429, "message": "Resource exhausted", "status": "RESOURCE_EXHAUSTED"}}
    elif odd == 2:
        whole["candidates"][0].pop("content")
    elif odd == 3:
        whole = {"response": whole, "key": "a"}
    elif odd == 4:
        whole["candidates"] = []
    elif odd == 5:
        whole = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    return whole if random.random() < 0.5 else json.dumps(whole, ensure_ascii=random.random() < 0.5)


def _encoded(random: Random, text: str) -> bytes:
    return text.encode(random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]), "replace")


def _text(random: Random, items: list[Pairs]) -> str:
    spaced = random.random() < 0.3
    objects = [_object(random, item, spaced) for item in items]
    kind = random.random()
    if kind < 0.12:
        body = "\n".join(objects)
    elif kind < 0.24:
        key = random.choice(["objects", "masks", "segmentation_masks", "items", "results", "cup"])
        body = f'{{"{key}": [{", ".join(objects)}]}}'
    elif kind < 0.3:
        body = repr([dict(item) for item in items])
    else:
        body = "[\n  " + ",\n  ".join(objects) + "\n]"
    if random.random() < 0.5:
        body = f"```{random.choice(['json', '', 'python', 'JSON'])}\n{body}\n```"
    if random.random() < 0.3:
        body = random.choice(_PROSE) + body
    return body + random.choice(_PROSE) if random.random() < 0.12 else body


def _object(random: Random, item: Pairs, spaced: bool) -> str:
    between = ",\n    " if spaced else ", "
    pairs = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=random.random() < 0.5)}" for key, value in item]
    return "{" + between.join(pairs) + "}"


def broken(random: Random, text: str | bytes) -> str | bytes:
    """The text with one or a few faults."""
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        if text:
            text = _broken_bytes(random, text) if isinstance(text, bytes) else _broken_text(random, text)
    return text


def _broken_text(random: Random, text: str) -> str:
    place = random.randrange(len(text))
    kind = random.randrange(13)
    if kind < 3:
        return text[:place]
    if kind == 3:
        return text[:place] + text[place + 1 :]
    if kind == 4:
        return text[:place] + random.choice('[]{}",:\\\n\0\ud800é') + text[place:]
    if kind == 5:
        return text[:place] + random.choice('[]{}",:\\\n0a') + text[place + 1 :]
    if kind == 6:
        return text.replace('"', "'")
    if kind == 7:
        return text.replace('"', "“", 1).replace('"', "”", 1)
    if kind == 8:
        return text.replace("}", ",}").replace("]", ",]")
    if kind == 9:
        return text.replace(", ", " ", random.choice([1, 2, -1]))
    if kind == 10:
        return text.replace('"', '\\"')
    if kind == 11:
        return text.replace("null", "None").replace("true", "True").replace(": ", " : ") + " // done"
    return text + text[place:] * random.choice([1, 3])


def _broken_bytes(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data))
    kind = random.randrange(4)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]
    if kind == 2:
        return data[:place] + data[place + 1 :]
    return data[:place] + bytes(random.randrange(256) for _ in range(3)) + data[place:]
