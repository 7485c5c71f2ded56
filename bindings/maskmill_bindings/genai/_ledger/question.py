"""A question about one image: the unit that is paid for, and never paid for twice."""

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
    image_digest : str
        SHA-256 of the image's file, hexadecimal.
    model : str
        Name of the requested model.
    prompt : str
        Text that goes with the image.
    settings : mapping
        The request's ``generationConfig``, as the REST interface spells it.
    max_side : int
        Longest side in pixels to which the image is shrunk before it is sent; 0: it is sent in full size.
    repeat : int
        How often the same question was asked before: models answer differently when they are asked again.
    """

    image_digest: str
    model: str
    prompt: str
    settings: Mapping[str, Any]
    max_side: int = 1024
    repeat: int = 0

    @property
    def id(self) -> str:
        """SHA-256 of everything that identifies the question, hexadecimal."""
        return hashlib.sha256(orjson.dumps(self.parts(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def parts(self) -> dict[str, Any]:
        """Return the question as JSON-safe values; the keys are part of every ledger's ids."""
        return {
            "image": self.image_digest,
            "model": self.model,
            "prompt": self.prompt,
            "settings": dict(self.settings),
            "most": self.max_side,
            "turn": self.repeat,
        }
