"""Prompts, by the form of mask that a model's family answers with.

The keys are those of Google's documentation. No prompt holds the word base64: asked for it, 2.5 Flash writes base64
that decodes to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from maskmill.errors import ArgumentError, expected

from ..._safe_text import replace_surrogates
from .families import Family

_MAX_LABEL: Final = 200
_MAX_TEXT: Final = 20_000
_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„«»＂`\\', "'"))
_INVISIBLE: Final = ("Cc", "Cf", "Zl", "Zp")
_JOINERS: Final = "\u200c\u200d"
"""Invisible characters that occur inside words."""

_LIST: Final = "Answer with a JSON list and nothing else; with an empty one where there is none"
_BOX: Final = 'its bounding box as [y0, x0, y1, x1] in whole numbers from 0 to 1000 in the key "box_2d"'
_LABEL: Final = 'and its label as text in the key "label"'
PROMPTS: Final = {
    "png": (
        "Segment {what}. Answer with a JSON list of segmentation masks. Each entry holds the 2D bounding box in the "
        'key "box_2d", the segmentation mask in the key "mask" and the text label in the key "label".'
    ),
    "ring": (
        f"Outline {{what}}. {_LIST}. Each entry is one object and holds {_BOX}, its outline as a closed polygon of "
        '[x, y] points in whole numbers from 0 to 1000, measured on the whole image, in the key "mask", '
        f"{_LABEL}. Follow the edge closely, with 20 to 80 points."
    ),
    "boxes": f"Find {{what}}. {_LIST}. Each entry is one object and holds {_BOX}, {_LABEL}.",
}
"""Prompts by the kind that a family names, with ``{what}`` for what to segment."""


def prompt_for(family: Family, labels: Sequence[str] | None, text: str | None) -> str:
    """Return a prompt for labels, or for a text that says what to segment.

    >>> from .families import load_models
    >>> print(prompt_for(load_models().family_of("gemini-2.0-flash"), ["cat", "dog"], None)[:71])
    Find every object of these kinds: "cat", "dog". Answer with a JSON list

    Quotes in a label become single ones, line breaks and control characters become blanks, so that a label stays one
    label. Labels that are equal then are asked for once.

    Parameters
    ----------
    family : Family
        The family, which sets the kind of prompt.
    labels : sequence of str or None
        What to segment.
    text : str or None
        What to segment, instead of labels.

    Raises
    ------
    maskmill.errors.ArgumentError
        There are neither labels nor a text, or both, or one of them is empty or too long.
    """
    if (labels is None) == (text is None):
        raise ArgumentError(
            "labels or a text that says what to segment", "neither" if labels is None else "both", "labels"
        )
    objects = _objects(labels) if labels is not None else _one_line(text, _MAX_TEXT, "prompt")
    return PROMPTS[family.prompt].format(what=objects)


def clean_labels(labels: Sequence[str]) -> list[str]:
    """Return the labels as a prompt holds them.

    >>> clean_labels(['a "cat"', "dog", "dog "])
    ["a 'cat'", 'dog']

    Raises
    ------
    maskmill.errors.ArgumentError
        There is none, or one is not a text, is empty, or has more than 200 characters.
    """
    if isinstance(labels, str):
        raise expected("a list of labels", labels, "labels")
    if not labels:
        raise ArgumentError("at least one label", "none", "labels")
    return list(dict.fromkeys(_one_line(label, _MAX_LABEL, "labels").translate(_QUOTES) for label in labels))


def _objects(labels: Sequence[str]) -> str:
    clean = clean_labels(labels)
    kinds = "this kind" if len(clean) == 1 else "these kinds"
    return f"every object of {kinds}: " + ", ".join(f'"{label}"' for label in clean)


def _one_line(text: object, max_length: int, at: str) -> str:
    """Return a text on one line, without control characters and blanks around it."""
    if not isinstance(text, str):
        raise expected("a text", text, at)
    if len(text) > max_length:
        raise ArgumentError(f"at most {max_length} characters", str(len(text)), at)
    visible = "".join(
        " " if unicodedata.category(c) in _INVISIBLE and c not in _JOINERS else c for c in replace_surrogates(text)
    )
    line = re.sub(r"\s+", " ", visible).strip(" .")
    if not line:
        raise expected("a text that says what to segment", text, at)
    return line
