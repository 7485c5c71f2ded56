"""Read from a prompt what it asks for: masks or boxes, and which labels."""

from __future__ import annotations

import re
from typing import Final

from .._scenes.scene import VOCABULARY

_WORDS: Final = re.compile(rf"\b({'|'.join(VOCABULARY)})(?:e?s)?\b", re.IGNORECASE)
_KNIVES: Final = re.compile(r"\bknives\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"'“‘]([^\"'“”‘’\n]{1,60})[\"'”’]")
_LISTED: Final = re.compile(r"\b(?:for|of|segment|outline|detect|find)\b\s*:?\s+([^.:;\n]+)", re.IGNORECASE)
_KEYS: Final = frozenset(
    {
        "box_2d",
        "mask",
        "label",
        "polygon",
        "points",
        "box",
        "bbox",
        "outer",
        "holes",
        "x",
        "y",
        "json",
        "counts",
        "size",
    }
)
_FILLERS: Final = re.compile(
    r"^(?:(?:the|a|an|all|every|each|any|of|following|objects?|items?|masks?|segmentation)\b\s*)+", re.IGNORECASE
)
_MASKS: Final = re.compile(r"mask|polygon|outline|segment|contour|silhouette|\brle\b", re.IGNORECASE)
_MAX_LABELS: Final = 6


def wants_masks(prompt: str) -> bool:
    """Return whether a prompt asks for masks and not for boxes only.

    >>> wants_masks("Detect the cups. Give box_2d and label."), wants_masks("Segment the cups.")
    (False, True)
    """
    return _MASKS.search(prompt) is not None


def known_labels(prompt: str) -> tuple[str, ...]:
    """Return the words of the vocabulary in a prompt, each once.

    >>> known_labels("the cups and the Knives, one cup")
    ('cup', 'knife')
    """
    words = [found.lower() for found in _WORDS.findall(prompt)]
    return tuple(dict.fromkeys([*words, *(["knife"] if _KNIVES.search(prompt) else [])]))


def free_labels(prompt: str) -> tuple[str, ...]:
    """Return up to six labels that a prompt quotes or lists; ``object`` if there are none.

    >>> free_labels('Masks of "red car" and "dog", with the key "box_2d".')
    ('red car', 'dog')
    >>> free_labels("Segment the cats, a dog and every tree. Answer in JSON.")
    ('cats', 'dog', 'tree')
    """
    quoted = [text.strip() for text in _QUOTED.findall(prompt) if text.strip().lower() not in _KEYS]
    if not quoted and (listed := _LISTED.search(prompt)):
        pieces = re.split(r",|\band\b|\bor\b", listed[1])
        quoted = [name for name in (_FILLERS.sub("", piece.strip()).strip() for piece in pieces) if name]
    short = [label for label in dict.fromkeys(quoted) if len(label.split()) <= 4]
    return tuple(short[:_MAX_LABELS]) or ("object",)
