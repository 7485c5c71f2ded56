"""The models that the emulator plays: which form of mask each answers with, and what it refuses."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .._protocol.request import Request, mapping
from .._protocol.response_json import RefusedError
from . import logprobs


class Model(NamedTuple):
    """One family of models.

    Attributes
    ----------
    pattern
        Which names are of it.
    form
        Of its masks: a name of `maskmill.samples.FORMS`, ``boxes`` or ``prose``.
    least_budget
        The lowest thinkingBudget it takes beside -1; None: any.
    logprobs
        Whether it gives log-probabilities.
    """

    pattern: re.Pattern[str]
    form: str
    least_budget: int | None = None
    logprobs: bool = False


_MODELS: Final = (
    Model(re.compile(r"gemini-2\.0-flash.*"), "boxes"),
    Model(re.compile(r"gemini-2\.5-pro.*"), "png", 128),
    Model(re.compile(r"gemini-2\.5-flash-lite.*"), "png"),
    Model(re.compile(r"gemini-2\.5-flash.*"), "png", logprobs=True),
    Model(re.compile(r"gemini-3(\.1)?-pro.*"), "prose"),
    Model(re.compile(r"gemini-3\.6-.*"), "ring_yx", 1),
    Model(re.compile(r"gemini-3(\.\d)?-flash.*"), "ring"),
    Model(re.compile(r"gemini-robotics-er-2.*"), "ring_chunked"),
    Model(re.compile(r"gemini-robotics-er-1.*"), "ring_yx"),
    Model(re.compile(r".*argon.*"), "ring_holes"),
)

NAMES: Final = (
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "gemini-2.5-pro",
    "gemini-3-flash-preview",
    "gemini-3.1-pro-preview",
    "gemini-3.5-flash",
    "gemini-3.6-flash",
    "gemini-3.7-flash",
    "gemini-3.8-flash",
    "gemini-4-argon",
    "gemini-robotics-er-1.6-preview",
    "gemini-robotics-er-2-preview",
)
"""The models that are listed; others of their families are answered too."""

_ACTIONS: Final = ("generateContent", "countTokens", "batchGenerateContent")


def model_of(name: str) -> Model:
    """The family of a model.

    >>> model_of("gemini-2.5-flash").form
    'png'

    Raises
    ------
    RefusedError
        There is no such model.
    """
    for model in _MODELS:
        if model.pattern.fullmatch(name):
            return model
    message = f"models/{name} is not found for API version v1, or is not supported for generateContent."
    raise RefusedError(404, f"{message} Call ListModels to see the list of available models.")


def check(model: Model, request: Request) -> None:
    """Refuse settings that the model does not take."""
    logprobs.check(request, model.logprobs)
    budget = mapping(request.config.get("thinkingConfig")).get("thinkingBudget")
    if model.least_budget is not None and isinstance(budget, int) and 0 <= budget < model.least_budget:
        raise RefusedError(400, f"Budget {budget} is invalid. This model only works in thinking mode.")


def resource(name: str) -> dict[str, Any]:
    """The model as the API describes it."""
    model_of(name)
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name.replace("-", " ").title(),
        "description": "Emulated: it answers about drawn scenes.",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": list(_ACTIONS),
    }
