"""The rows of replies.jsonl: one per image, in the order of the images, the same whenever the run was killed."""

from __future__ import annotations

from typing import Any, Final

from .._catalogue import CatalogueImage
from .._history import Attempt, History
from .._models import ModelTable
from .._models.cost import Usage
from .._requests.requester import StoppedError
from .._tasks import TaskPlanner

_NOT_ASKED: Final = "it was not asked yet; the same command goes on"
_NO_BUDGET: Final = "the budget has nothing left for it"


def reply_row(tasks: TaskPlanner, image: CatalogueImage, history: History, stop: StoppedError | None) -> dict[str, Any]:
    """Return one image's row, as ``maskmill convert`` reads it.

    It has a ``reply``, the text of the model, or an ``error`` and its ``error_code``.

    Parameters
    ----------
    tasks : TaskPlanner
        The run's tasks.
    image : CatalogueImage
        The image that the row describes.
    history : History
        Answers about the image so far.
    stop : StoppedError or None
        Why the run ended early.
    """
    width, height = image.size or (None, None)
    row: dict[str, Any] = {"key": image.key, "image": image.key, "width": width, "height": height}
    best = history.best
    if best is not None:
        row |= {"reply": best.output.text, "finish_reason": best.output.finish_reason, **_model_fields(best)}
    else:
        row |= _error_fields(tasks, image, history, stop)
    if history.attempts:
        usage = sum((attempt.usage for attempt in history.attempts), Usage())
        row["usage"] = {"input": usage.input, "output": usage.output, "thoughts": usage.thoughts}
        row["asked"] = [_attempt_fields(attempt, tasks.plan.models) for attempt in history.attempts]
    return row


def _model_fields(attempt: Attempt) -> dict[str, str]:
    return {"model": attempt.step.model, "model_version": attempt.output.model_version}


def _attempt_fields(attempt: Attempt, models: ModelTable) -> dict[str, Any]:
    fields = {"why": attempt.step.why, **_model_fields(attempt), "by": attempt.answer.by, "outcome": attempt.summary}
    return {**fields, "is_rerouted": True} if attempt.is_rerouted(models) else fields


def _error_fields(
    tasks: TaskPlanner, image: CatalogueImage, history: History, stop: StoppedError | None
) -> dict[str, str]:
    failure = tasks.catalogue.failures.get(image.key)
    if failure is not None:
        return {"error": str(failure), "error_code": failure.code}
    if history.attempts:
        last = history.attempts[-1]
        return {"error": last.error_message, "error_code": last.error_code, **_model_fields(last)}
    if stop is not None:
        return {"error": f"{_NOT_ASKED}: {stop}", "error_code": "not_asked"}
    return {"error": _NO_BUDGET if tasks.over_budget_count else _NOT_ASKED, "error_code": "not_asked"}
