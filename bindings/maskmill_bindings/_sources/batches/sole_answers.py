"""Check that a text holds no answers that would be lost or mixed: images named in it, and names that come twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from ..services.contents import names_image
from .named_answers import InseparableError

_ADVICE: Final = 'write a row {"key": …, "reply": …} for each answer, one per line'

_OPENING: Final = re.compile(r'[\[{`"]')
_SEPARATORS: Final = re.compile(r"[\s:=,;#*'()<>|]+")
_MAX_HEADING: Final = 300
"""Characters of a line in which the name of an image is looked for."""


def check_repeated(text: str) -> None:
    """Raise for an object that has the name of an image twice, of which a parser keeps only the last."""

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            [(twice, count)] = Counter(name for name, _ in pairs if names_image(name)).most_common(1) or [("", 0)]
            if count > 1:
                raise InseparableError(f"an object that has {twice} twice; {_ADVICE}")
        return value

    try:
        json.loads(text, object_pairs_hook=check)
    except InseparableError:
        raise
    except (ValueError, RecursionError):  # what only a lenient parser reads
        return


def check_headings(text: str) -> None:
    """Raise where the names of several images stand in front of JSON."""
    images = dict.fromkeys(_headings(text))
    if len(images) > 1:
        names = ", ".join(list(images)[:3])
        raise InseparableError(f"answers about several images ({names}) in one text; {_ADVICE}")


def _headings(text: str) -> Iterator[str]:
    """Yield the names of images that stand before JSON, on its line or above it."""
    pending = ""
    for line in text.splitlines():
        beginning = line[:_MAX_HEADING]
        opening = _OPENING.search(beginning)
        before = beginning[: opening.start()] if opening else beginning
        pending = next(filter(names_image, reversed(_SEPARATORS.split(before))), pending)
        if pending and opening and beginning[opening.start() :].lstrip('"')[:1] in ("[", "{", "`"):
            yield pending
            pending = ""
