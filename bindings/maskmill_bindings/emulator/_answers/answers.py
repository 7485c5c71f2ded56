"""Answers that depend on the request alone: the same request always gets the same bytes.

A picture of a scene is answered with the true masks of its seed, any other image with shapes drawn from its digest. The
form of the masks is that of the model, unless the emulator has an option for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

from maskmill.samples._shapes import Shape

from .._messages.request import ApiRequest
from .._messages.response_json import RefusedError
from .._scenes.scene import make_shapes, scene, seed_in
from .._scenes.scene_files import decode_grey
from . import emulated_models, logprobs, mask_text, prompt_reader

SPECIAL_FORMS: Final = ("boxes", "truncated", "prose", "mixed", "leaks")
"""Forms of a whole answer, beside those of a mask; ``leaks`` is each model's form, but tokens instead of PNGs."""

_MIXED: Final = ("png", "ring", "tokens", "ring_holes", "rle", "ring_points")
_PROSE: Final = "I can describe this image, but I am not able to produce segmentation masks for it."
_NO_IMAGE: Final = "There is no image in your message that I could look at."
_CHARS_PER_TOKEN: Final = 3
_TOKENS_PER_IMAGE: Final = 258


class AnswerText(NamedTuple):
    """A text as it is delivered and as the model wrote it, which differ with log-probabilities only."""

    delivered: str
    written: str


@dataclass(frozen=True)
class ModelReply:
    """A reply of a model.

    Attributes
    ----------
    text : str
        As it is delivered.
    written : str
        As the model wrote it, token by token; log-probabilities refer to this.
    finish : str
        ``STOP`` or ``MAX_TOKENS``.
    prompt_tokens, tokens : int
        Tokens to pay for: of the request and of the reply.
    id : str
        ID of the response.
    """

    text: str
    written: str
    finish: str
    prompt_tokens: int
    tokens: int
    id: str


def count_prompt_tokens(request: ApiRequest) -> int:
    """Return the number of tokens of a request."""
    return _TOKENS_PER_IMAGE * len(request.images) + -(-len(request.prompt) // 4)


def make_reply(request: ApiRequest, seed: int, form: str | None = None, fault: str = "") -> ModelReply:
    """Return the reply of the requested model.

    Parameters
    ----------
    request : ApiRequest
        A request of generateContent.
    seed : int
        The emulator's seed.
    form : str, optional
        Instead of the model's form: a name in `maskmill.samples.FORMS`, or one of `SPECIAL_FORMS`.
    fault : str
        A fault in `LOGPROBS`, or another, which changes nothing here.

    Raises
    ------
    RefusedError
        There is no such model, or it rejects a setting.
    """
    model = emulated_models.find_model(request.model)
    has_logprobs = model.has_logprobs and fault != "logprobs_refused"
    emulated_models.check_request(model._replace(has_logprobs=has_logprobs), request)
    mark = sha256(f"{seed} {request.digest}".encode()).hexdigest()
    text, written = _write_text(request, _choose_form(model.form, form, request), mark, seed, fault)
    max_tokens = request.config.get("maxOutputTokens")
    finish = "STOP"
    if isinstance(max_tokens, int) and 0 < max_tokens < -(-len(text) // _CHARS_PER_TOKEN):
        text, finish = text[: max_tokens * _CHARS_PER_TOKEN], "MAX_TOKENS"
    return ModelReply(text, written, finish, count_prompt_tokens(request), -(-len(text) // _CHARS_PER_TOKEN), mark[:22])


def response_body(request: ApiRequest, reply: ModelReply, fault: str = "") -> dict[str, Any]:
    """Return a reply as the body of a response.

    Parameters
    ----------
    request : ApiRequest
        The request that is answered.
    reply : ModelReply
        What the model answers.
    fault : str
        A fault in `LOGPROBS`, or another, which changes nothing here.
    """
    usage = {"promptTokenCount": reply.prompt_tokens, "candidatesTokenCount": reply.tokens, "thoughtsTokenCount": 0}
    candidate = {
        "content": {"parts": [{"text": reply.text}], "role": "model"},
        "finishReason": reply.finish,
        "index": 0,
    }
    if request.wants_logprobs and fault != "logprobs_none":
        candidate["logprobsResult"] = logprobs.logprobs_result(
            reply.written, request.config.get("logprobs") or 1, fault
        )
    return {
        "candidates": [candidate],
        "usageMetadata": {**usage, "totalTokenCount": reply.prompt_tokens + reply.tokens},
        "modelVersion": request.model,
        "responseId": reply.id,
    }


def _choose_form(default: str, form: str | None, request: ApiRequest) -> str:
    """Return the form of an answer: the default of the model, unless the emulator has an option for it."""
    if form == "leaks":
        return "tokens" if default == "png" else _default_form(default, request)
    return form or _default_form(default, request)


def _default_form(form: str, request: ApiRequest) -> str:
    """Return the form in which a model answers a request by default."""
    prompt = request.prompt.lower()
    if form == "png":
        if request.config.get("responseMimeType") == "application/json":
            return "placeholder"
        return "garbage_png" if "base64" in prompt else form
    return "rle" if form == "ring_yx" and "rle" in prompt.split() else form


def _write_text(request: ApiRequest, form: str, mark: str, seed: int, fault: str) -> AnswerText:
    if not request.images:
        return AnswerText(_NO_IMAGE, _NO_IMAGE)
    if form == "prose":
        return AnswerText(_PROSE, _PROSE)
    pixels = decode_grey(request.images[0])
    if pixels is None:
        raise RefusedError(400, "Unable to process input image. Please retry or report in the community forum.")
    size = (pixels.shape[1], pixels.shape[0])
    shapes = _requested_shapes(request, seed_in(pixels))
    if not prompt_reader.wants_masks(request.prompt):
        form = "boxes"
    if form == "truncated":
        cut = mask_text.fence_json(mask_text.write_items(shapes, ["ring"] * len(shapes), size, seed))[:-60]
        return AnswerText(cut, cut)
    forms = _MIXED if form == "mixed" else (form,)
    each = [forms[i % len(forms)] for i in range(len(shapes))]
    if request.wants_logprobs:
        return _write_with_logprobs(shapes, each, size, seed, fault)
    rows = mask_text.write_items(shapes, each, size, seed)
    text = mask_text.fence_json({"boxes": rows} if form.startswith("ring") and mark[-1] in "0123" else rows)
    return AnswerText(text, text)


def _write_with_logprobs(
    shapes: tuple[Shape, ...], forms: list[str], size: tuple[int, int], seed: int, fault: str
) -> AnswerText:
    """Return a text whose PNGs are as coarse as the tokens that the model wrote instead."""
    both = mask_text.forms_with_logprobs(forms, fault)
    delivered, written = (mask_text.write_items(shapes, each, size, seed) for each in both)
    extra = written[:1] if fault == "run_extra" else []
    return AnswerText(mask_text.fence_json(delivered), mask_text.fence_json([*extra, *written]))


def _requested_shapes(request: ApiRequest, seed: int | None) -> tuple[Shape, ...]:
    """Return the shapes in the image that the prompt asks for."""
    if seed is None:
        labels = prompt_reader.free_labels(request.prompt)
        return make_shapes(sha256(request.images[0]).hexdigest(), (*labels, labels[0]))
    known = prompt_reader.known_labels(request.prompt)
    return tuple(shape for shape in scene(seed) if not known or shape.label in known)
