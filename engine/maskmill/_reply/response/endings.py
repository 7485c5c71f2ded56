"""Why a response ended: by itself, at a limit, because the service refused, or because something went wrong."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ...errors import excerpt
from .access import LEVELS, as_list, as_word, get_field, is_record
from .errors import reasons_in

_REASON_NAMES: Final = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
_INNER: Final = ("candidates", "choices", "output", "message", "response_metadata", "generation_info", "generations")
_BY_NUMBER: Final = dict(
    enumerate(
        (
            *("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST"),
            *("PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL"),
        )
    )
)
"""Names of Google's finish reasons by their number, as older SDKs print them."""

_ORDINARY: Final = frozenset(
    (
        *("", "STOP", "STOPPED", "END", "EOS", "EOS_TOKEN", "END_TURN", "STOP_SEQUENCE", "STOP_CRITERIA_MET", "DONE"),
        *("TOOL_CALLS", "TOOL_USE", "TOOL_CALL", "FUNCTION_CALL", "COMPLETE", "COMPLETED", "FINISH", "SUCCEEDED"),
        *("FINISH_REASON_UNSPECIFIED", "UNSPECIFIED", "NULL", "NONE", "UNKNOWN", "LOAD", "UNLOAD"),
    )
)
CUT: Final = frozenset(
    (
        *("MAX_TOKENS", "LENGTH", "MAX_OUTPUT_TOKENS", "MAX_LENGTH", "MODEL_LENGTH", "TOKEN_LIMIT", "MAX_NEW_TOKENS"),
        *("MODEL_CONTEXT_WINDOW_EXCEEDED", "CONTEXT_LENGTH", "CONTINUATION", "PAUSE_TURN"),
    )
)
"""Reasons that mean that the model had not finished."""

_REFUSAL: Final = re.compile(
    r"SAFETY|PROHIBITED|BLOCK|FILTER|RECITATION|REFUS|SPII|MODEL_ARMOR|JAILBREAK|ESCALATION|GUARDRAIL|SENSITIVE|POLICY"
)
_AGAIN: Final = "send the request again"
_FAULTS: Final = {
    "MALFORMED_FUNCTION_CALL": (
        "the model wrote a function call that cannot be parsed",
        f"{_AGAIN}, or ask for JSON as text without tools",
    ),
    "UNEXPECTED_TOOL_CALL": (
        "the model called a function that was not declared",
        "ask for JSON as text, or declare the function",
    ),
    "TOO_MANY_TOOL_CALLS": ("the model called tools too often", "ask for JSON as text without tools"),
    "MISSING_THOUGHT_SIGNATURE": (
        "a thought signature of an earlier turn is missing from the request",
        "send earlier turns back with their thought signatures, or ask in one turn",
    ),
    "MALFORMED_RESPONSE": ("the service could not form a response", _AGAIN),
    "LANGUAGE": ("the content is in a language that is not supported", "ask in another language, such as English"),
    "OTHER": ("the service gives no further reason", f"{_AGAIN}; if it stays so, change the prompt or the image"),
    "NO_IMAGE": ("a picture was expected of the model, not text", "ask for text: a text model, no image modality"),
    "IMAGE_OTHER": ("a picture was expected of the model, not text", "ask for text: a text model, no image modality"),
    "PUP_LIMITED_DISABLED": ("the account is limited or disabled", "see the account in the service's console"),
    "ERROR": ("the service failed", _AGAIN),
}
"""Reasons that are neither an answer nor a refusal: what each means, and what to do."""

_STRANGE: Final = ("maskmill does not know this reason", f"see the service's documentation, then {_AGAIN}")


class Ending(NamedTuple):
    """How a response ended otherwise than by itself.

    Attributes
    ----------
    code : str
        ``blocked`` (refused), ``api_error`` (neither an answer nor a refusal), or ``ended_early``.
    message : str
        The reason and what to do about it, for a response without items.
    excerpt : str
        What the service or the model wrote about it.
    cause : str
        The reason alone, for a response that holds items; empty if they need no remark.
    """

    code: str
    message: str
    excerpt: str = ""
    cause: str = ""


def reason_of(response: Any, levels: int = LEVELS) -> str:
    """Return the finish reason of a response in capital letters; empty if it gives none.

    >>> reason_of({"choices": [{"finish_reason": "content_filter"}]})
    'CONTENT_FILTER'
    """
    if levels == 0 or not is_record(response):
        return ""
    reason = get_field(response, *_REASON_NAMES)
    if type(reason) is int:
        return _BY_NUMBER.get(reason, str(reason))
    if word := as_word(reason):
        return re.sub(r"[\s-]+", "_", word.rpartition(".")[2].strip().upper())[:60]
    for name in _INNER:
        first = next(iter(as_list(get_field(response, name))), None)
        if is_record(first) and (word := reason_of(first, levels - 1)):
            return word
    return ""


def ending_of(response: Any) -> Ending | None:
    """Return how a response ended; None for one that ended by itself.

    >>> ending_of({"candidates": [{"finishReason": "SAFETY"}]}).message
    'the service refused: SAFETY'
    """
    feedback = get_field(response, "prompt_feedback", "promptFeedback")
    blocked = as_word(get_field(feedback, "block_reason", "blockReason"))
    if blocked:
        return _refusal(blocked, get_field(feedback, "block_reason_message", "blockReasonMessage"))
    reason = reason_of(response)
    return ending_by_status(response) if reason in _ORDINARY else _ending_by_reason(reason, _remark(response))


def ending_by_status(response: Any) -> Ending | None:
    """Return how a response ended that has a status in place of a finish reason, as OpenAI's have."""
    status = as_word(get_field(response, "status")).lower()
    error, details = get_field(response, "error"), get_field(response, "incomplete_details")
    reason = as_word(get_field(details, "reason")).upper()
    if reason not in _ORDINARY:
        return _ending_by_reason(reason, "")
    if status in ("failed", "cancelled", "incomplete") or (is_record(error) and get_field(error, "message")):
        reasons = reasons_in(error)
        cause = f"its status is {status or 'not given'}" + (f": {reasons}" if reasons else "")
        return Ending("api_error", f"expected a reply, got none, and {cause}; {_AGAIN}", reasons, cause)
    return None


def _ending_by_reason(reason: str, remark: str) -> Ending:
    cause = f"its finish reason is {reason}"
    if reason in CUT:
        return Ending("ended_early", cause, remark, cause)
    if _REFUSAL.search(reason):
        return _refusal(reason, remark)
    meaning, remedy = _FAULTS.get(reason, _STRANGE)
    return Ending("api_error", f"expected a reply, got none, and {cause}: {meaning}; {remedy}", remark, cause)


def _refusal(reason: str, remark: Any) -> Ending:
    shown = excerpt(remark, 200) if isinstance(remark, str) and remark else ""
    return Ending("blocked", f"the service refused: {reason}", shown, f"the service refused: {reason}")


def _remark(response: Any) -> str:
    """Return what the service wrote about the end of a response."""
    choice = next(iter(as_list(get_field(response, "candidates", "choices"))), None)
    remark = get_field(choice, "finish_message", "finishMessage")
    details = get_field(response, "stop_details")
    remark = remark or (get_field(details, "explanation") if is_record(details) else None)
    return remark[:200] if isinstance(remark, str) else ""
