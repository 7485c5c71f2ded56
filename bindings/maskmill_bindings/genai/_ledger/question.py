"""What is asked about one image: the unit that is paid for, and never paid for twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Question:
    """One image, one prompt, one model.

    >>> Question("a" * 64, "gemini-2.5-flash", "Give masks.", {"temperature": 0.5}).id[:12]
    '47a21ad00f02'

    Attributes
    ----------
    image
        SHA-256 of the image's file, hexadecimal.
    model
        Name of the model that is asked.
    prompt
        The text that goes with the image.
    settings
        The request's ``generationConfig``, as the REST interface spells it.
    most
        Longest side in pixels to which the image is shrunk before it is sent; 0: it is not.
    turn
        How often the very same has been asked before: models answer otherwise when they are asked again.
    """

    image: str
    model: str
    prompt: str
    settings: Mapping[str, Any]
    most: int = 1024
    turn: int = 0

    @property
    def id(self) -> str:
        """SHA-256 of all that makes the question what it is, hexadecimal."""
        return hashlib.sha256(orjson.dumps(self.parts(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def parts(self) -> dict[str, Any]:
        """The question as JSON-safe values."""
        return {
            "image": self.image,
            "model": self.model,
            "prompt": self.prompt,
            "settings": dict(self.settings),
            "most": self.most,
            "turn": self.turn,
        }
