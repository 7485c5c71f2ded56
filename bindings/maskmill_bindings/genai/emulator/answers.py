"""Answers that depend on nothing but what is asked: the same request gets the same bytes, at any time, in any order.

A picture of a scene is answered with the truth of its seed; any other image with shapes that its digest makes. The
form of the masks is that of the model, unless the emulator is told another.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from maskmill.samples.replies import FORMS, png, rle, rle_list
from maskmill.samples.shapes import Shape

from . import asked, models
from .imagefiles import stored_pixels
from .request import Request
from .scenes import scene, seed_in, shapes_of
from .wire import RefusedError

SPECIAL_FORMS: Final = ("boxes", "truncated", "prose", "mixed")
"""Forms of a whole answer, beside those of a mask."""

_MIXED: Final = ("png", "ring", "tokens", "ring_holes", "rle", "ring_points")
_Y_FIRST: Final = ("ring_yx", "ring_chunked")
_SIZED: Final[dict[str, Callable[[Shape, tuple[int, int]], Any]]] = {"rle": rle, "rle_list": rle_list}
_PROSE: Final = "I can describe this image, but I am not able to produce segmentation masks for it."
_NO_IMAGE: Final = "There is no image in your message that I could look at."
_MAP_SIDE: Final = 256
_CHARS_A_TOKEN: Final = 3
_TOKENS_AN_IMAGE: Final = 258


@dataclass(frozen=True)
class Reply:
    """What the model says, and what it costs."""

    text: str
    finish: str
    prompt_tokens: int
    tokens: int
    id: str


def tokens_of(request: Request) -> int:
    """What the request costs."""
    return _TOKENS_AN_IMAGE * len(request.images) + -(-len(request.prompt) // 4)


def reply(request: Request, seed: int, form: str | None = None) -> Reply:
    """What the model that is asked says.

    Parameters
    ----------
    request
        Of generateContent.
    seed
        The emulator's.
    form
        Instead of the model's own: a name of `maskmill.samples.FORMS`, or one of `SPECIAL_FORMS`.

    Raises
    ------
    RefusedError
        There is no such model, or it does not take the settings.
    """
    model = models.model_of(request.model)
    models.check(model, request.config)
    mark = sha256(f"{seed} {request.digest}".encode()).hexdigest()
    text = _text(request, form or _own_form(model.form, request), mark)
    most = request.config.get("maxOutputTokens")
    finish = "STOP"
    if isinstance(most, int) and 0 < most < -(-len(text) // _CHARS_A_TOKEN):
        text, finish = text[: most * _CHARS_A_TOKEN], "MAX_TOKENS"
    return Reply(text, finish, tokens_of(request), -(-len(text) // _CHARS_A_TOKEN), mark[:22])


def response(request: Request, said: Reply) -> dict[str, Any]:
    """The reply as the body of a response."""
    usage = {"promptTokenCount": said.prompt_tokens, "candidatesTokenCount": said.tokens, "thoughtsTokenCount": 0}
    candidate = {
        "content": {"parts": [{"text": said.text}], "role": "model"},
        "finishReason": said.finish,
        "index": 0,
    }
    return {
        "candidates": [candidate],
        "usageMetadata": {**usage, "totalTokenCount": said.prompt_tokens + said.tokens},
        "modelVersion": request.model,
        "responseId": said.id,
    }


def _own_form(form: str, request: Request) -> str:
    """What the model answers with, by what it is asked."""
    prompt = request.prompt.lower()
    if form == "png":
        if request.config.get("responseMimeType") == "application/json":
            return "placeholder"
        return "garbage_png" if "base64" in prompt else form
    return "rle" if form == "ring_yx" and "rle" in prompt.split() else form


def _text(request: Request, form: str, mark: str) -> str:
    if not request.images:
        return _NO_IMAGE
    if form == "prose":
        return _PROSE
    pixels = stored_pixels(request.images[0])
    if pixels is None:
        raise RefusedError(400, "Unable to process input image. Please retry or report in the community forum.")
    size = (pixels.shape[1], pixels.shape[0])
    shapes = _shapes(request, seed_in(pixels))
    if not asked.wants_masks(request.prompt):
        form = "boxes"
    if form == "truncated":
        return _fenced(_rows(shapes, ("ring",), size))[:-60]
    rows = _rows(shapes, _MIXED if form == "mixed" else (form,), size)
    in_boxes = form.startswith("ring") and mark[-1] in "0123"
    return _fenced({"boxes": rows} if in_boxes else rows)


def _shapes(request: Request, seed: int | None) -> tuple[Shape, ...]:
    """What is asked for, of what is in the image."""
    if seed is None:
        labels = asked.free_labels(request.prompt)
        return shapes_of(sha256(request.images[0]).hexdigest(), (*labels, labels[0]))
    known = asked.known_labels(request.prompt)
    return tuple(shape for shape in scene(seed) if not known or shape.label in known)


def _rows(shapes: Sequence[Shape], forms: Sequence[str], size: tuple[int, int]) -> list[dict[str, Any]]:
    return [_row(shape, forms[i % len(forms)], size) for i, shape in enumerate(shapes)]


def _row(shape: Shape, form: str, size: tuple[int, int]) -> dict[str, Any]:
    if form == "boxes":
        return {"box_2d": shape.box, "label": shape.label}
    return {"box_2d": shape.box, "mask": _mask(shape, form, size), "label": shape.label}


def _mask(shape: Shape, form: str, size: tuple[int, int]) -> Any:
    """The mask; a shape that one ring cannot say is written as several, in the same order of coordinates."""
    if form == "png":
        return _data_uri(shape)
    if form in _SIZED:
        return _SIZED[form](shape, size)
    if FORMS[form].one_ring and not shape.is_one_ring:
        form = "ring_holes" if form in _Y_FIRST else "rings"
    return FORMS[form].value(shape)


@lru_cache(maxsize=8192)
def _data_uri(shape: Shape) -> str:
    """What `FORMS["png"]` gives, packed faster: it is most of an answer's time."""
    data = png(shape.pixels((_MAP_SIDE, _MAP_SIDE), shape.box), level=7)
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _fenced(value: Any) -> str:
    return f"```json\n{json.dumps(value)}\n```"
