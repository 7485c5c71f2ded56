"""Masks as the model writes them, and as the service hands them on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from maskmill.samples._replies import FORMS, png, rle, rle_list, tokens
from maskmill.samples._shapes import Mask, Shape

from .tokenizer import COUNT, SIDE, map_of, run_of

_Y_FIRST: Final = ("ring_yx", "ring_chunked")
_SIZED: Final[dict[str, Callable[[Shape, tuple[int, int]], Any]]] = {"rle": rle, "rle_list": rle_list}
_COUNTS: Final = {"tokens": COUNT, "tokens_15": COUNT - 1, "tokens_incomplete": 13}
"""Tokens of a run, by the form that is leaked."""

_COARSE: Final = "png_of_tokens"


def rows(shapes: Sequence[Shape], forms: Sequence[str], size: tuple[int, int], seed: int) -> list[dict[str, Any]]:
    """An item a shape, each in its form, of an image of `size`."""
    return [_row(shape, form, size, seed) for shape, form in zip(shapes, forms, strict=True)]


def forms_with_logprobs(forms: Sequence[str], fault: str) -> tuple[list[str], list[str]]:
    """Forms of the masks as they are handed on, and as the model writes them, where log-probabilities tell of that.

    >>> forms_with_logprobs(["ring", "png"], "")
    (['ring', 'png_of_tokens'], ['ring', 'tokens'])
    >>> forms_with_logprobs(["png", "png"], "run_short")
    (['png_of_tokens', 'tokens_15'], ['tokens', 'tokens_15'])
    """
    written = ["tokens" if form == "png" else form for form in forms]
    if fault == "run_short" and "tokens" in written:
        written[len(written) - 1 - written[::-1].index("tokens")] = "tokens_15"
    is_given = [form == "png" and fault != "leaked" for form in forms]
    given = [_COARSE if is_png and w == "tokens" else w for is_png, w in zip(is_given, written, strict=True)]
    return given, written


def fenced(value: Any) -> str:
    """JSON as models write it."""
    return f"```json\n{json.dumps(value)}\n```"


def _row(shape: Shape, form: str, size: tuple[int, int], seed: int) -> dict[str, Any]:
    if form == "boxes":
        return {"box_2d": shape.box, "label": shape.label}
    return {"box_2d": shape.box, "mask": _mask(shape, form, size, seed), "label": shape.label}


def _mask(shape: Shape, form: str, size: tuple[int, int], seed: int) -> Any:
    """The mask; a shape that one ring cannot say is written as several, in the same order of coordinates."""
    if form == "png":
        return _fine(shape)
    if form == _COARSE:
        return _data_uri(map_of(run_of(shape, seed), seed))
    if form in _COUNTS:
        return tokens(_COUNTS[form], run_of(shape, seed))
    if form in _SIZED:
        return _SIZED[form](shape, size)
    if FORMS[form].one_ring and not shape.is_one_ring:
        form = "ring_holes" if form in _Y_FIRST else "rings"
    return FORMS[form].value(shape)


@lru_cache(maxsize=8192)
def _fine(shape: Shape) -> str:
    """What `FORMS["png"]` gives."""
    return _data_uri(shape.pixels((SIDE, SIDE), shape.box))


def _data_uri(pixels: Mask) -> str:
    """A PNG, packed fast: it is most of an answer's time."""
    return f"data:image/png;base64,{base64.b64encode(png(pixels, level=7)).decode()}"
