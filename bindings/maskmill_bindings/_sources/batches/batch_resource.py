"""Read the resource of a batch: the answers that it holds inline, or where they are instead."""

from __future__ import annotations

from typing import Any, Final

from maskmill._reply.keys import fold
from maskmill.errors import excerpt

_INLINED: Final = "inlinedresponses"
_HOLDERS: Final = ("metadata", "response", "dest", "output", "batch")
_LEVELS: Final = 4
_STATES: Final = ("BATCH_STATE_", "JOB_STATE_")
_FILES: Final = (
    *("responsesFile", "responses_file", "fileName", "file_name", "gcsUri", "gcs_uri", "bigqueryUri", "bigquery_uri"),
    *("output_file_id", "results_url", "output_file"),
)
"""Fields that say where the answers of a batch are, in the order in which they count."""


def is_batch(value: Any) -> bool:
    """Return whether a value is the resource of a batch.

    >>> is_batch({"name": "batches/7", "done": False}), is_batch({"name": "a cat"})
    (True, False)
    """
    if type(value) is not dict:
        return False
    if value.get("object") == "batch" or value.get("type") == "message_batch":
        return True
    name = value.get("name")
    is_named = type(name) is str and (name.startswith("batches/") or "/batchPredictionJobs/" in name)
    return is_named or _state(value) != "" or inlined_responses(value) is not None


def inlined_responses(value: dict[str, Any]) -> list[Any] | None:
    """Return the answers that the resource of a batch holds inline; None where it holds none.

    >>> inlined_responses({"dest": {"inlined_responses": [{"response": {}, "metadata": {"key": "a"}}]}})
    [{'response': {}, 'metadata': {'key': 'a'}}]
    """
    found = next(_inlined_lists(value, _LEVELS), None)
    return None if found is None else [_with_key(answer) for answer in found]


def describe_missing_answers(value: dict[str, Any]) -> str:
    """Say where the answers of a batch are whose resource holds none."""
    if location := _location(value, _LEVELS):
        return f"a batch whose answers are in {excerpt(location)}; download that, and convert it"
    state = _state(value) or value.get("status") or value.get("processing_status")
    stated = f" ({state})" if type(state) is str else ""
    return f"a batch without any answer{stated}"


def _inlined_lists(value: dict[str, Any], levels: int) -> Any:
    """Yield the lists of answers in a resource, which may repeat one list in its metadata and its response."""
    for key, held in value.items():
        is_inlined = fold(str(key)) == _INLINED
        if is_inlined and type(held) is list and held:
            yield held
        elif type(held) is dict and levels and (is_inlined or key in _HOLDERS):
            yield from _inlined_lists(held, levels - 1)


def _with_key(answer: Any) -> Any:
    """Return an answer with the only value of its metadata as its key, where these name no key."""
    metadata = answer.get("metadata") if type(answer) is dict else None
    if type(metadata) is not dict or len(metadata) != 1 or "key" in metadata or "key" in answer:
        return answer
    [stated] = metadata.values()
    return {**answer, "key": stated} if type(stated) in (str, int) else answer


def _state(value: dict[str, Any]) -> str:
    """Return the state of a batch of Gemini or Vertex AI; empty where none is stated."""
    for holder in (value, value.get("metadata")):
        state = holder.get("state") if type(holder) is dict else None
        if type(state) is str and state.startswith(_STATES):
            return state
    return ""


def _location(value: dict[str, Any], levels: int) -> str:
    stated = (value.get(name) for name in _FILES)
    if found := next((name for name in stated if type(name) is str and name), ""):
        return found
    inner = (value.get(name) for name in _HOLDERS) if levels else ()
    return next(filter(None, (_location(held, levels - 1) for held in inner if type(held) is dict)), "")
