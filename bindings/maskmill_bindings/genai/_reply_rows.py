"""The output: a row for each image, in the order of the images, the same whenever the run was killed."""

from __future__ import annotations

import re
from typing import Any, Final

from ._catalogue import Item
from ._models import Models
from ._models.cost import Usage
from ._plan import Asked, Trail
from ._requests.requester import StoppedError
from ._tasks import Errands

_VERSION: Final = r"-(?:preview|exp|latest|\d+)"
"""What may follow a model's name in the version that answers."""

_NOT_ASKED: Final = "it was not asked yet; the same command goes on"
_NO_BUDGET: Final = "the budget has nothing left for it"


def row_of(errands: Errands, item: Item, trail: Trail, stop: StoppedError | None) -> dict[str, Any]:
    """What became of one image, as a row that ``maskmill convert`` reads.

    It has a ``reply``, the text that the model wrote, or an ``error`` in words and its ``error_code``.
    """
    width, height = item.size or (None, None)
    row: dict[str, Any] = {"key": item.key, "image": item.key, "width": width, "height": height}
    best = trail.best
    if best is not None:
        row |= {"reply": best.said.text, "finish_reason": best.said.finish, **_model(best)}
    else:
        row |= _error(errands, item, trail, stop)
    if trail.asked:
        usage = sum((one.usage for one in trail.asked), Usage())
        row["usage"] = {"input": usage.input, "output": usage.output, "thoughts": usage.thoughts}
        row["asked"] = [_asked(one, errands.plan.models) for one in trail.asked]
    return row


def _model(one: Asked) -> dict[str, str]:
    return {"model": one.step.model, "model_version": one.said.model_version}


def _asked(one: Asked, models: Models) -> dict[str, Any]:
    """One line of the row's provenance."""
    told = {"why": one.step.why, **_model(one), "by": one.answer.by, "outcome": one.told}
    return {**told, "is_rerouted": True} if is_rerouted(one, models) else told


def is_rerouted(one: Asked, models: Models) -> bool:
    """Tell whether a model of another family answered than the one that was asked."""
    version = one.said.model_version
    family = models.family_of(version) if version else one.step.family
    if family.is_known:
        return family.name != one.step.family.name
    asked = one.step.model.rpartition("/")[2]
    return re.fullmatch(rf"{re.escape(asked)}({_VERSION})*", version) is None


def _error(errands: Errands, item: Item, trail: Trail, stop: StoppedError | None) -> dict[str, str]:
    failure = errands.catalogue.failures.get(item.key)
    if failure is not None:
        return {"error": str(failure), "error_code": failure.code}
    if trail.asked:
        last = trail.asked[-1]
        return {
            "error": last.answer.message or last.said.message,
            "error_code": last.answer.code or last.said.code,
            **_model(last),
        }
    if stop is not None:
        return {"error": f"{_NOT_ASKED}: {stop}", "error_code": "not_asked"}
    return {"error": _NO_BUDGET if errands.left_out else _NOT_ASKED, "error_code": "not_asked"}
