"""The emulated models: the mask form each answers with, and the settings it rejects."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .._messages.request import ApiRequest, as_mapping
from .._messages.response_json import RefusedError
from . import logprobs


class EmulatedModel(NamedTuple):
    """One family of models.

    Attributes
    ----------
    pattern : re.Pattern
        Matches the names of its models.
    form : str
        Form of its masks: a name in `maskmill.samples.FORMS`, ``boxes`` or ``prose``.
    min_thinking_budget : int or None
        Smallest thinkingBudget that it accepts beside -1; None: any.
    has_logprobs : bool
        Whether it gives log-probabilities.
    """

    pattern: re.Pattern[str]
    form: str
    min_thinking_budget: int | None = None
    has_logprobs: bool = False


_MODELS: Final = (
    EmulatedModel(re.compile(r"gemini-2\.0-flash.*"), "boxes"),
    EmulatedModel(re.compile(r"gemini-2\.5-pro.*"), "png", 128),
    EmulatedModel(re.compile(r"gemini-2\.5-flash-lite.*"), "png"),
    EmulatedModel(re.compile(r"gemini-2\.5-flash.*"), "png", has_logprobs=True),
    EmulatedModel(re.compile(r"gemini-3(\.1)?-pro.*"), "prose"),
    EmulatedModel(re.compile(r"gemini-3\.6-.*"), "ring_yx", 1),
    EmulatedModel(re.compile(r"gemini-3(\.\d)?-flash.*"), "ring"),
    EmulatedModel(re.compile(r"gemini-robotics-er-2.*"), "ring_chunked"),
    EmulatedModel(re.compile(r"gemini-robotics-er-1.*"), "ring_yx"),
    EmulatedModel(re.compile(r".*argon.*"), "ring_holes"),
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
"""Models in the list of models; others of their families are answered too."""

_ACTIONS: Final = ("generateContent", "countTokens", "batchGenerateContent")


def find_model(name: str) -> EmulatedModel:
    """Return the family of a model.

    >>> find_model("gemini-2.5-flash").form
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


def check_request(model: EmulatedModel, request: ApiRequest) -> None:
    """Reject settings that the model does not support."""
    logprobs.check_logprobs(request, model.has_logprobs)
    budget = as_mapping(request.config.get("thinkingConfig")).get("thinkingBudget")
    if model.min_thinking_budget is not None and isinstance(budget, int) and 0 <= budget < model.min_thinking_budget:
        raise RefusedError(400, f"Budget {budget} is invalid. This model only works in thinking mode.")


def model_resource(name: str) -> dict[str, Any]:
    """Return a model as the API describes it."""
    find_model(name)
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name.replace("-", " ").title(),
        "description": "Emulated: it answers about drawn scenes.",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": list(_ACTIONS),
    }
