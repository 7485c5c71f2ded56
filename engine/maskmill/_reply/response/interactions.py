"""Google's Interactions API: the steps of an interaction, of which only the model's output is read, and its status."""

from __future__ import annotations

from typing import Any, Final

from .access import as_list, as_word, get_field, is_record
from .calls import names_of_calls
from .endings import Ending
from .errors import reasons_in
from .speakers import runs_of_model
from .speech import Speech, last_of, listen

_AGAIN: Final = "send the request again"
_REMEDIES: Final = {
    "in_progress": "it has not ended: get it again later (client.interactions.get)",
    "queued": "it has not begun: get it again later (client.interactions.get)",
    "idle": "it waits for input: send the request",
    "requires_action": "it waits for the results of function calls: send them, or ask for JSON as text without tools",
    "requires_continuation": "continue it with its continuation_token",
    "incomplete": "thinking takes from the same limit, so raise max_output_tokens or switch thinking off",
    "budget_exceeded": "raise its budget",
    "cancelled": f"somebody cancelled it: {_AGAIN}",
    "failed": f"{_AGAIN}; if it stays so, change it as the reason says",
}
"""By a status other than ``completed``: what to do where there is no answer."""


def is_interaction(value: Any) -> bool:
    """Tell whether a value is an interaction: an object of the SDK, its dump, or the JSON of the service.

    >>> is_interaction({"status": "completed", "steps": []}), is_interaction({"steps": ["one", "two"]})
    (True, False)
    """
    if not is_record(value):
        return False
    status, steps = get_field(value, "status"), get_field(value, "steps", "outputs")
    has_steps = isinstance(steps, (list, tuple)) and all(is_record(step) for step in steps)
    if get_field(value, "object") == "interaction":
        return True
    if get_field(value, "output") is not None:  # OpenAI's
        return False
    return isinstance(status, str) and (has_steps or isinstance(get_field(value, "output_text"), str))


def listen_to_interaction(interaction: Any) -> Speech:
    """Return the model's output in the last turn of an interaction, without prompt, thoughts and results of tools.

    >>> listen_to_interaction({"steps": [{"type": "model_output", "content": [{"type": "text", "text": "[]"}]}]}).texts
    ['[]']
    """
    steps = as_list(get_field(interaction, "steps"))
    steps = steps or [{"type": "model_output", "content": get_field(interaction, "outputs")}]
    said = last_of([listen(run) for run in runs_of_model(steps)])
    return said if said.says_anything() or said.gaps else listen(get_field(interaction, "output_text"))


def ending_of_interaction(interaction: Any) -> Ending | None:
    """Return why an interaction is no answer, or not all of one; None for a completed one.

    >>> ending_of_interaction({"status": "failed", "steps": [], "errors": [{"message": "no quota"}]}).cause
    'the interaction is failed: no quota'
    """
    status = as_word(get_field(interaction, "status")).lower()
    steps = as_list(get_field(interaction, "steps"))
    errors = [*as_list(get_field(interaction, "errors")), get_field(interaction, "error")]
    reasons = reasons_in([*errors, *(get_field(step, "error") for step in steps)])
    if status in ("completed", "") and not reasons:
        return None
    cause = f"the interaction is {status or 'broken off'}" + (f": {reasons}" if reasons else "")
    remedy = _REMEDIES.get(status, _AGAIN)
    called = names_of_calls(steps) if status == "requires_action" else ""
    waiting = f"; the model called {called}" if called else ""
    message = f"expected a reply, got none, and {cause}{waiting}; {remedy}"
    return Ending("api_error", message, reasons, "" if called else cause)
