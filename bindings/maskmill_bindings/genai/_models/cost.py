"""The cost of requests: tokens as the API counts them, as estimated before, and their price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any, Final

from maskmill._images.size import Size

from .families import Family, ModelTable, load_models

_MILLION: Final = 1_000_000
_TILE_TOKENS: Final = 258
_ONE_TILE_SIDE: Final = 384
"""Longest side in pixels of an image that is one tile."""

_TILE_SIDES: Final = (256, 768)
"""Smallest and largest side of a tile in pixels."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, or of many.

    >>> Usage(1100, 400) + Usage(1100, 500, 20)
    Usage(input=2200, output=900, thoughts=20)

    Attributes
    ----------
    input : int
        Prompt and image.
    output : int
        Answer, without thoughts.
    thoughts : int
        Thinking, at the price of output.
    """

    input: int = 0
    output: int = 0
    thoughts: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input + other.input, self.output + other.output, self.thoughts + other.thoughts)

    @property
    def total(self) -> int:
        """Sum of all three."""
        return self.input + self.output + self.thoughts

    @classmethod
    def from_metadata(cls, metadata: Any) -> Usage:
        """Read `usageMetadata` of an answer, or the SDK's object; missing and invalid fields count as 0.

        >>> Usage.from_metadata({"promptTokenCount": 1100, "candidatesTokenCount": "400", "thoughtsTokenCount": None})
        Usage(input=1100, output=0, thoughts=0)
        """
        return cls(
            _count(metadata, "promptTokenCount", "prompt_token_count"),
            _count(metadata, "candidatesTokenCount", "candidates_token_count"),
            _count(metadata, "thoughtsTokenCount", "thoughts_token_count"),
        )


def price(
    family: Family, usage: Usage, batch: bool = False, *, models: ModelTable | None = None, day: date | None = None
) -> float | None:
    """Return the US dollars that tokens cost; None where the price of the family is not known.

    >>> flash = load_models().family_of("gemini-2.5-flash")
    >>> price(flash, Usage(1_000_000, 100_000), batch=True)
    0.275

    Parameters
    ----------
    family : Family
        The family that answered.
    usage : Usage
        Numbers of tokens that the answer used.
    batch : bool
        Whether they were used in a batch, which is cheaper.
    models : ModelTable, optional
        Table with the price of batches; by default the built-in one.
    day : date, optional
        When they were used; by default today.
    """
    rate = family.price_on(day or date.today())
    if rate is None:
        return None
    full = (usage.input * rate.input + (usage.output + usage.thoughts) * rate.output) / _MILLION
    return full * (models or load_models()).batch if batch else full


def estimate(
    family: Family, photo_size: Size, prompt: str, labels: int = 1, *, models: ModelTable | None = None
) -> Usage:
    """Estimate the tokens of a request before it is sent.

    The image is counted as Google documents it; prompt and output by the constants under `guess` in `models.toml`.

    >>> estimate(load_models().family_of("gemini-2.5-flash"), (1024, 768), "Segment the cat")
    Usage(input=1036, output=300, thoughts=0)

    Parameters
    ----------
    family : Family
        The requested family.
    photo_size : Size
        (width, height) of the sent image, `Photo.sent`.
    prompt : str
        Text that goes with the image.
    labels : int
        Number of requested labels; a free text counts as one.
    models : ModelTable, optional
        Table with the constants; by default the built-in one.
    """
    guess = (models or load_models()).guess
    output = guess.item[family.prompt] * guess.items * max(1, labels)
    return Usage(image_tokens(family, photo_size) + ceil(len(prompt) / guess.text), ceil(output), family.thoughts)


def image_tokens(family: Family, size: Size) -> int:
    """Return the tokens of an image of this (width, height).

    >>> flash, newer = map(load_models().family_of, ("gemini-2.5-flash", "gemini-3.6-flash"))
    >>> [image_tokens(flash, size) for size in ((384, 384), (960, 540), (1024, 1024))], image_tokens(newer, (960, 540))
    ([258, 1548, 1032], 1120)

    Up to Gemini 2.5, an image with sides of at most 384 pixels is one tile of 258 tokens. A larger one is cut into
    tiles; their side is the shorter side of the image divided by 1.5, but 256 to 768 pixels. Gemini 3 takes a fixed
    number of tokens, which depends on the requested resolution.
    """
    if isinstance(family.image, int):
        return family.image
    if max(size) <= _ONE_TILE_SIDE:
        return _TILE_TOKENS
    smallest, largest = _TILE_SIDES
    side = min(max(int(min(size) / 1.5), smallest), largest)
    return ceil(size[0] / side) * ceil(size[1] / side) * _TILE_TOKENS


def _count(metadata: Any, *names: str) -> int:
    """Return the first of these fields that is a number of tokens; 0 where none is."""
    for name in names:
        value = metadata.get(name) if isinstance(metadata, Mapping) else getattr(metadata, name, None)
        if type(value) is int and value >= 0:
            return value
    return 0
