"""What a model is asked, by the form that its family answers in.

The keys are those of Google's documentation. The word base64 is in no prompt: asked for it, 2.5 Flash writes some that
decodes to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from maskmill.errors import expected, told

from ..._safe_text import sound
from .families import Family

_LONGEST_LABEL: Final = 200
_LONGEST_TEXT: Final = 20_000
_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„«»＂`\\', "'"))
_UNSEEN: Final = ("Cc", "Cf", "Zl", "Zp")
_JOINERS: Final = "\u200c\u200d"
"""Unseen characters that words are spelt with."""

_LIST: Final = "Answer with a JSON list and nothing else; with an empty one where there is none"
_BOX: Final = 'its bounding box as [y0, x0, y1, x1] in whole numbers from 0 to 1000 in the key "box_2d"'
_LABEL: Final = 'and its label as text in the key "label"'
_SHAPES: Final = {
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


def prompt_for(family: Family, labels: Sequence[str] | None, text: str | None) -> str:
    """Word a prompt from labels, or from a text that says what to segment.

    >>> from .families import load_models
    >>> print(prompt_for(load_models().family_of("gemini-2.0-flash"), ["cat", "dog"], None)[:71])
    Find every object of these kinds: "cat", "dog". Answer with a JSON list

    Quotes in a label become single ones, line breaks and control characters blanks, so that a label stays one label.
    Labels that are the same then are asked for once.

    Raises
    ------
    maskmill.errors.ArgumentError
        Neither labels nor a text are given, or both, or one of them is empty or very long.
    """
    if (labels is None) == (text is None):
        raise told("labels or a text that says what to segment", "neither" if labels is None else "both", "labels")
    what = _things(labels) if labels is not None else _words(text, _LONGEST_TEXT, "prompt")
    return _SHAPES[family.prompt].format(what=what)


def clean_labels(labels: Sequence[str]) -> list[str]:
    """The labels as they are asked for.

    >>> clean_labels(['a "cat"', "dog", "dog "])
    ["a 'cat'", 'dog']

    Raises
    ------
    maskmill.errors.ArgumentError
        There is none, or one is no text, empty or longer than 200 characters.
    """
    if isinstance(labels, str):
        raise expected("a list of labels", labels, "labels")
    if not labels:
        raise told("at least one label", "none", "labels")
    return list(dict.fromkeys(_words(label, _LONGEST_LABEL, "labels").translate(_QUOTES) for label in labels))


def _things(labels: Sequence[str]) -> str:
    clean = clean_labels(labels)
    kinds = "this kind" if len(clean) == 1 else "these kinds"
    return f"every object of {kinds}: " + ", ".join(f'"{label}"' for label in clean)


def _words(text: object, longest: int, at: str) -> str:
    """A text on one line, without control characters and blanks around it."""
    if not isinstance(text, str):
        raise expected("a text", text, at)
    if len(text) > longest:
        raise told(f"at most {longest} characters", str(len(text)), at)
    visible = "".join(" " if unicodedata.category(c) in _UNSEEN and c not in _JOINERS else c for c in sound(text))
    line = re.sub(r"\s+", " ", visible).strip(" .")
    if not line:
        raise expected("a text that says what to segment", text, at)
    return line
