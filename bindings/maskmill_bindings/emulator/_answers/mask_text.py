"""Masks as text: as the model writes them, and as the service delivers them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from maskmill.samples._replies import FORMS, encode_png, rle, rle_list, tokens
from maskmill.samples._shapes import Mask, Shape

from .tokenizer import SIDE, TOKENS_PER_MASK, map_of_tokens, tokens_of_shape

_Y_FIRST: Final = ("ring_yx", "ring_chunked")
_SIZE_DEPENDENT: Final[dict[str, Callable[[Shape, tuple[int, int]], Any]]] = {"rle": rle, "rle_list": rle_list}
_TOKEN_COUNTS: Final = {"tokens": TOKENS_PER_MASK, "tokens_15": TOKENS_PER_MASK - 1, "tokens_incomplete": 13}
"""Number of mask tokens by form."""

_COARSE_PNG: Final = "png_of_tokens"


def write_items(
    shapes: Sequence[Shape], forms: Sequence[str], size: tuple[int, int], seed: int
) -> list[dict[str, Any]]:
    """Return one item per shape.

    Parameters
    ----------
    shapes : Sequence[Shape]
        The shapes.
    forms : Sequence[str]
        The form of each.
    size : tuple[int, int]
        (width, height) of the image.
    seed : int
        Chooses the codebook of mask tokens.
    """
    return [_write_item(shape, form, size, seed) for shape, form in zip(shapes, forms, strict=True)]


def forms_with_logprobs(forms: Sequence[str], fault: str) -> tuple[list[str], list[str]]:
    """Return the forms of masks as they are delivered and as the model wrote them, with log-probabilities.

    >>> forms_with_logprobs(["ring", "png"], "")
    (['ring', 'png_of_tokens'], ['ring', 'tokens'])
    >>> forms_with_logprobs(["png", "png"], "run_short")
    (['png_of_tokens', 'tokens_15'], ['tokens', 'tokens_15'])
    """
    written = ["tokens" if form == "png" else form for form in forms]
    if fault == "run_short" and "tokens" in written:
        written[len(written) - 1 - written[::-1].index("tokens")] = "tokens_15"
    is_delivered_as_png = [form == "png" and fault != "leaked" for form in forms]
    delivered = [
        _COARSE_PNG if is_png and w == "tokens" else w for is_png, w in zip(is_delivered_as_png, written, strict=True)
    ]
    return delivered, written


def fence_json(value: Any) -> str:
    """Return JSON in a code fence, as models write it."""
    return f"```json\n{json.dumps(value)}\n```"


def _write_item(shape: Shape, form: str, size: tuple[int, int], seed: int) -> dict[str, Any]:
    if form == "boxes":
        return {"box_2d": shape.box, "label": shape.label}
    return {"box_2d": shape.box, "mask": _write_mask(shape, form, size, seed), "label": shape.label}


def _write_mask(shape: Shape, form: str, size: tuple[int, int], seed: int) -> Any:
    """Return the mask of a shape; one that needs several rings is written as such, in the same coordinate order."""
    if form == "png":
        return _exact_png(shape)
    if form == _COARSE_PNG:
        return _data_uri(map_of_tokens(tokens_of_shape(shape, seed), seed))
    if form in _TOKEN_COUNTS:
        return tokens(_TOKEN_COUNTS[form], tokens_of_shape(shape, seed))
    if form in _SIZE_DEPENDENT:
        return _SIZE_DEPENDENT[form](shape, size)
    if FORMS[form].is_one_ring and not shape.is_one_ring:
        form = "ring_holes" if form in _Y_FIRST else "rings"
    return FORMS[form].value(shape)


@lru_cache(maxsize=8192)
def _exact_png(shape: Shape) -> str:
    """Return the mask in the form ``png`` of `maskmill.samples.FORMS`."""
    return _data_uri(shape.pixels((SIDE, SIDE), shape.box))


def _data_uri(pixels: Mask) -> str:
    """Return a PNG as a data URI, compressed fast, since this takes most of an answer's time."""
    return f"data:image/png;base64,{base64.b64encode(encode_png(pixels, level=7)).decode()}"
