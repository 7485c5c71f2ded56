"""Mutants of a text, which may hold anything, and of a structure, which holds every item as before."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from maskmill._reply import keys

PIECES = (
    *("{", "}", "[", "]", '"', "'", ",", ":", "\\", "\n", " ", "0", "-", ".", "e9", "null", "NaN", "true", "```", "//"),
    *(
        "<",
        ">",
        "<seg_1>",
        "<loc_5>",
        "</polygon>",
        "M",
        "Z",
        "data:image/png;base64,",
        "&quot;",
        "\\u003c",
        "\x00",
        "é",
    ),
    *("\ud800", "label", "box_2d", "mask", "...", "b'", "(", ")", "%", "[SEG]", "1e400", "9" * 400),
)
ALIASES = {
    "box_2d": ("box_2d",),
    "mask": keys.MASK_NAMES,
    "label": (*keys.LABEL_NAMES, "object_name", "text_label"),
    "score": keys.SCORE_NAMES,
}


def text_mutant(texts: list[str], rng: random.Random) -> str:
    """Return a reply with one to four changes of its text."""
    text = rng.choice(texts)
    for _ in range(rng.randint(1, 4)):
        text = rng.choice(_CHANGES)(text, texts, rng)
    return text


def _cut(text: str, _: list[str], rng: random.Random) -> str:
    return text[: rng.randint(0, len(text))]


def _lose(text: str, _: list[str], rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + text[at + rng.choice((1, 1, 1, 2, 5, 40)) :]


def _insert(text: str, _: list[str], rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(PIECES) + text[at:]


def _replace(text: str, _: list[str], rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(PIECES) + text[at + 1 :]


def _double(text: str, _: list[str], rng: random.Random) -> str:
    first = rng.randint(0, len(text))
    return text[:first] + text[first : first + rng.randint(1, 60)] + text[first:]


def _splice(text: str, texts: list[str], rng: random.Random) -> str:
    other = rng.choice(texts)
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _encode(text: str, _: list[str], rng: random.Random) -> str:
    return rng.choice((json.dumps(text), repr(text), f"content={text!r} id='1'", text.replace('"', "&quot;")))


_CHANGES: tuple[Callable[[str, list[str], random.Random], str], ...] = (
    *(_cut, _lose, _insert, _insert, _replace, _replace, _double, _splice, _encode),
)


def structure_mutant(items: list[dict[str, Any]], rng: random.Random) -> str:
    """Return a reply that holds these items in another structure, in the same order."""
    changed = [_renamed(entry, rng) for entry in items]
    value: Any = changed
    if rng.random() < 0.5:
        value = {rng.choice(keys.CONTAINER_NAMES): value}
    if rng.random() < 0.3:
        value = {rng.choice(("result", "data", "response_data", "output_items")): value}
    if isinstance(value, dict) and rng.random() < 0.4:
        value["note"] = rng.choice(("three objects", 3, None, [], {"count": 3}))
    text = json.dumps(value, indent=rng.choice((None, None, 1)), ensure_ascii=rng.random() < 0.5)
    return rng.choice((text, f"```json\n{text}\n```", f"Here they are:\n```\n{text}\n```\nDone.", json.dumps(text)))


def _renamed(entry: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    pairs = [(rng.choice(ALIASES.get(key, (key,))), value) for key, value in entry.items()]
    if rng.random() < 0.3:
        pairs.append((rng.choice(("id", "note", "colour", "order")), rng.choice((1, "red", None, [1], {}))))
    rng.shuffle(pairs)
    return dict(pairs)
