"""Answers that depend on nothing but what is asked: the same request gets the same bytes, at any time, in any order.

A picture of a scene is answered with the truth of its seed; any other image with shapes that its digest makes. The
form of the masks is that of the model, unless the emulator is told another.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

from maskmill.samples._shapes import Shape

from .._protocol.request import Request
from .._protocol.response_json import RefusedError
from .._scenes.scene import scene, seed_in, shapes_of
from .._scenes.scene_files import stored_pixels
from . import emulated_models, logprobs, mask_text, prompt_reader

SPECIAL_FORMS: Final = ("boxes", "truncated", "prose", "mixed", "leaks")
"""Forms of a whole answer, beside those of a mask; ``leaks``: as each model's own, but tokens in place of PNGs."""

_MIXED: Final = ("png", "ring", "tokens", "ring_holes", "rle", "ring_points")
_PROSE: Final = "I can describe this image, but I am not able to produce segmentation masks for it."
_NO_IMAGE: Final = "There is no image in your message that I could look at."
_CHARS_A_TOKEN: Final = 3
_TOKENS_AN_IMAGE: Final = 258


class Text(NamedTuple):
    """A text as it is handed on, and as the model wrote it; two where log-probabilities tell of that."""

    given: str
    written: str


@dataclass(frozen=True)
class Reply:
    """What the model says, and what it costs.

    Attributes
    ----------
    written
        What log-probabilities are of.
    """

    text: str
    written: str
    finish: str
    prompt_tokens: int
    tokens: int
    id: str


def tokens_of(request: Request) -> int:
    """What the request costs."""
    return _TOKENS_AN_IMAGE * len(request.images) + -(-len(request.prompt) // 4)


def reply(request: Request, seed: int, form: str | None = None, fault: str = "") -> Reply:
    """What the model that is asked says.

    Parameters
    ----------
    request
        Of generateContent.
    seed
        The emulator's.
    form
        Instead of the model's own: a name of `maskmill.samples.FORMS`, or one of `SPECIAL_FORMS`.
    fault
        One of `faults.LOGPROBS`, where it strikes.

    Raises
    ------
    RefusedError
        There is no such model, or it does not take the settings.
    """
    model = emulated_models.model_of(request.model)
    emulated_models.check(model._replace(logprobs=model.logprobs and fault != "logprobs_refused"), request)
    mark = sha256(f"{seed} {request.digest}".encode()).hexdigest()
    text, written = _text(request, _form(model.form, form, request), mark, seed, fault)
    most = request.config.get("maxOutputTokens")
    finish = "STOP"
    if isinstance(most, int) and 0 < most < -(-len(text) // _CHARS_A_TOKEN):
        text, finish = text[: most * _CHARS_A_TOKEN], "MAX_TOKENS"
    return Reply(text, written, finish, tokens_of(request), -(-len(text) // _CHARS_A_TOKEN), mark[:22])


def response(request: Request, said: Reply, fault: str = "") -> dict[str, Any]:
    """The reply as the body of a response."""
    usage = {"promptTokenCount": said.prompt_tokens, "candidatesTokenCount": said.tokens, "thoughtsTokenCount": 0}
    candidate = {
        "content": {"parts": [{"text": said.text}], "role": "model"},
        "finishReason": said.finish,
        "index": 0,
    }
    if request.wants_logprobs and fault != "logprobs_none":
        candidate["logprobsResult"] = logprobs.result(said.written, request.config.get("logprobs") or 1, fault)
    return {
        "candidates": [candidate],
        "usageMetadata": {**usage, "totalTokenCount": said.prompt_tokens + said.tokens},
        "modelVersion": request.model,
        "responseId": said.id,
    }


def _form(own: str, form: str | None, request: Request) -> str:
    """What the model answers with: its own form, unless it is told another."""
    if form == "leaks":
        return "tokens" if own == "png" else _own_form(own, request)
    return form or _own_form(own, request)


def _own_form(form: str, request: Request) -> str:
    """What the model answers with, by what it is asked."""
    prompt = request.prompt.lower()
    if form == "png":
        if request.config.get("responseMimeType") == "application/json":
            return "placeholder"
        return "garbage_png" if "base64" in prompt else form
    return "rle" if form == "ring_yx" and "rle" in prompt.split() else form


def _text(request: Request, form: str, mark: str, seed: int, fault: str) -> Text:
    if not request.images:
        return Text(_NO_IMAGE, _NO_IMAGE)
    if form == "prose":
        return Text(_PROSE, _PROSE)
    pixels = stored_pixels(request.images[0])
    if pixels is None:
        raise RefusedError(400, "Unable to process input image. Please retry or report in the community forum.")
    size = (pixels.shape[1], pixels.shape[0])
    shapes = _shapes(request, seed_in(pixels))
    if not prompt_reader.wants_masks(request.prompt):
        form = "boxes"
    if form == "truncated":
        cut = mask_text.fenced(mask_text.rows(shapes, ["ring"] * len(shapes), size, seed))[:-60]
        return Text(cut, cut)
    forms = _MIXED if form == "mixed" else (form,)
    each = [forms[i % len(forms)] for i in range(len(shapes))]
    if request.wants_logprobs:
        return _with_logprobs(shapes, each, size, seed, fault)
    rows = mask_text.rows(shapes, each, size, seed)
    text = mask_text.fenced({"boxes": rows} if form.startswith("ring") and mark[-1] in "0123" else rows)
    return Text(text, text)


def _with_logprobs(shapes: tuple[Shape, ...], forms: list[str], size: tuple[int, int], seed: int, fault: str) -> Text:
    """PNGs are as coarse as the tokens that the model wrote for them."""
    given, written = (mask_text.rows(shapes, some, size, seed) for some in mask_text.forms_with_logprobs(forms, fault))
    extra = written[:1] if fault == "run_extra" else []
    return Text(mask_text.fenced(given), mask_text.fenced([*extra, *written]))


def _shapes(request: Request, seed: int | None) -> tuple[Shape, ...]:
    """What is asked for, of what is in the image."""
    if seed is None:
        labels = prompt_reader.free_labels(request.prompt)
        return shapes_of(sha256(request.images[0]).hexdigest(), (*labels, labels[0]))
    known = prompt_reader.known_labels(request.prompt)
    return tuple(shape for shape in scene(seed) if not known or shape.label in known)
