"""Faults: what goes wrong, chosen by the emulator's seed and the request's content, so that runs are repeatable."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Final

from maskmill.errors import ArgumentError, expected

from ._messages.request import ApiRequest

REFUSALS: Final = {
    "http_400": "400 INVALID_ARGUMENT, which no second try mends",
    "http_429": "429 without details",
    "http_429_retry": "429 with RetryInfo",
    "http_429_header": "429 with Retry-After alone, in whole seconds",
    "quota_day": "429 of the quota of the day",
    "http_500": "500 INTERNAL",
    "http_503": "503 UNAVAILABLE",
    "http_504": "504 DEADLINE_EXCEEDED",
    "html_502": "502 with a page in HTML",
    "html_200": "200 with a page in HTML",
    "empty_200": "200 without a body",
}
"""Faults that replace the answer."""

BREAKAGES: Final = {
    "timeout": "nothing, until the client gives up",
    "dropped": "the connection ends before the first byte",
    "reset": "the connection is reset in the middle of the body",
    "short_body": "the connection ends before the end of the body",
    "json_cut": "the body is cut, and its length says so",
    "stream_cut": "a stream ends in its middle (short_body where no stream is asked)",
}
"""Faults of the connection that carries a correct answer."""

CHANGES: Final = {
    "max_tokens": "MAX_TOKENS with half of the text",
    "safety": "SAFETY without content",
    "blocked": "the prompt is blocked",
    "unknown_finish": "a finishReason that no SDK knows",
    "rerouted": "another model answers",
    "thoughts": "a thought before the text",
    "parts": "the text in several parts",
}
"""Faults of the model's answer, for rows of a batch too."""

LOGPROBS: Final = {
    "logprobs_refused": "400, the model gives no log-probabilities",
    "logprobs_none": "the answer has no log-probabilities",
    "logprobs_bare": "the log-probabilities hold no mask tokens",
    "run_short": "the last mask has 15 tokens, which stay in the text",
    "run_extra": "the log-probabilities hold a mask that the text does not",
    "leaked": "every mask stays in the text as its tokens",
}
"""Faults of answers with log-probabilities, for requests that ask for these only."""

ROWS: Final = {"row_failed": "the row has an error", "row_missing": "the row is not in the output"}
"""Faults of rows of a batch."""

JOBS: Final = {
    "job_stuck": "the job stays RUNNING",
    "job_expired": "the job ends as EXPIRED",
    "job_failed": "the job ends as FAILED",
}
"""Faults of batch jobs."""

NAMES: Final = {**REFUSALS, **BREAKAGES, **CHANGES, **LOGPROBS, **ROWS, **JOBS}
"""Every fault with a short description."""

RETRIABLE: Final = frozenset({*REFUSALS, *BREAKAGES, "max_tokens", "safety", "blocked", "logprobs_refused", *ROWS})
"""Faults after which a client should send the request again."""

_BATCH_FAULTS: Final = {"row": {**CHANGES, **LOGPROBS, **ROWS}, "batch_create": {**REFUSALS, **BREAKAGES, **JOBS}}
_CALL_FAULTS: Final = {**REFUSALS, **BREAKAGES}
_MODEL_CALL_FAULTS: Final = {**REFUSALS, **BREAKAGES, **CHANGES, **LOGPROBS}
_BATCH_KINDS: Final = frozenset({"row", "batch_create"})


class Faults:
    """Which requests go wrong, how, and how often.

    >>> faults = Faults({"http_503": 1.0})
    >>> faults.pick(ApiRequest(0, "POST", "", "generate", digest="ab"), seed=0)
    'http_503'
    >>> faults.pick(ApiRequest(1, "POST", "", "generate", digest="ab"), seed=0) is None
    True

    Parameters
    ----------
    kinds : Mapping[str, float], optional
        Share of the contents that each fault strikes, by its name in `NAMES`; for each kind of request at most 1 in
        total.
    times : int or None
        How often a fault strikes the same content before it is answered; None: every time.
    choose : callable, optional
        Returns the fault of a request, or None, and replaces `kinds` and `times`. It sees how often the content came
        before (`ApiRequest.earlier`).
    on : Collection[str]
        Kinds of requests that faults of HTTP and of the connection strike. Faults of rows and jobs strike batches only.
    retry_delay : float
        Seconds in RetryInfo.
    hang : float
        Seconds after which a timeout ends by itself.
    """

    def __init__(
        self,
        kinds: Mapping[str, float] | None = None,
        times: int | None = 1,
        choose: Callable[[ApiRequest], str | None] | None = None,
        on: Collection[str] = ("generate", "stream"),
        retry_delay: float = 0.2,
        hang: float = 60.0,
    ) -> None:
        for name, share in (kinds or {}).items():
            _check_name(name)
            if not 0 <= share <= 1:
                raise ArgumentError("shares in 0..1", f"{name}={share:g}", "kinds")
        if times is not None and times < 1:
            raise expected("at least 1, or None", times, "times")
        self.kinds = dict(kinds or {})
        self.times = times
        self.choose = choose
        self.on = frozenset(on)
        self.retry_delay = retry_delay
        self.hang = hang
        for kind in ("generate", "row", "batch_create"):
            if (total := sum(self.kinds[name] for name in self._names_for_kind(kind))) > 1 + 1e-9:
                raise ArgumentError("shares of at most 1 in all", f"{total:g}", "kinds")
        self._strikes: Counter[str] = Counter()
        self._lock = threading.Lock()

    def pick(self, request: ApiRequest, seed: int) -> str | None:
        """Return the fault that strikes this request, and count it; None if there is none."""
        if self.choose is not None:
            name = self.choose(request)
            return None if name is None else _check_name(name)
        name = self._fault_of_content(request, seed)
        if name is None or self.times is None:
            return name
        with self._lock:
            self._strikes[request.digest] += 1
            return name if self._strikes[request.digest] <= self.times else None

    def _fault_of_content(self, request: ApiRequest, seed: int) -> str | None:
        """Return the fault of the content: its digest is a number in 0..1, which selects one of the shares in turn."""
        mark = sha256(f"fault {seed} {request.digest}".encode()).digest()
        position = int.from_bytes(mark[:6], "big") / 2**48
        for name in self._names_for_kind(request.kind):
            position -= self.kinds[name]
            if position < 0:
                return name if name not in LOGPROBS or request.wants_logprobs else None
        return None

    def _names_for_kind(self, kind: str) -> list[str]:
        names = _BATCH_FAULTS.get(kind) or (_MODEL_CALL_FAULTS if kind in ("generate", "stream") else _CALL_FAULTS)
        if kind not in self.on:
            names = {name: "" for name in names if kind in _BATCH_KINDS and name not in _CALL_FAULTS}
        return [name for name in self.kinds if name in names]


def _check_name(name: str) -> str:
    if name not in NAMES:
        raise expected(f"one of {', '.join(NAMES)}", name, "faults")
    return name
