"""What goes wrong, chosen by the seed of the emulator and the content that is asked: the same run, the same faults."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Final

from maskmill.errors import expected, told

from ._protocol.request import Request

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
"""Faults that come instead of an answer."""

BREAKAGES: Final = {
    "timeout": "nothing, until the client gives up",
    "dropped": "the connection ends before the first byte",
    "reset": "the connection is reset in the middle of the body",
    "short_body": "the connection ends before the end of the body",
    "json_cut": "the body is cut, and its length says so",
    "stream_cut": "a stream ends in its middle (short_body where no stream is asked)",
}
"""Faults of the connection, on the way of a good answer."""

CHANGES: Final = {
    "max_tokens": "MAX_TOKENS with half of the text",
    "safety": "SAFETY without content",
    "blocked": "the prompt is blocked",
    "unknown_finish": "a finishReason that no SDK knows",
    "rerouted": "another model answers",
    "thoughts": "a thought before the text",
    "parts": "the text in several parts",
}
"""Faults of what the model says; rows of a batch have them too."""

LOGPROBS: Final = {
    "logprobs_refused": "400, the model gives no log-probabilities",
    "logprobs_none": "the answer has no log-probabilities",
    "logprobs_bare": "the log-probabilities hold no mask tokens",
    "run_short": "the last mask has 15 tokens, which stay in the text",
    "run_extra": "the log-probabilities hold a mask that the text does not",
    "leaked": "every mask stays in the text as its tokens",
}
"""Faults of answers for which log-probabilities are asked; they strike no other."""

ROWS: Final = {"row_failed": "the row has an error", "row_missing": "the row is not in the output"}
"""Faults of rows of a batch."""

JOBS: Final = {
    "job_stuck": "the job stays RUNNING",
    "job_expired": "the job ends as EXPIRED",
    "job_failed": "the job ends as FAILED",
}
"""Faults of batches."""

NAMES: Final = {**REFUSALS, **BREAKAGES, **CHANGES, **LOGPROBS, **ROWS, **JOBS}
"""Every fault, in a few words."""

SPOILING: Final = frozenset({*REFUSALS, *BREAKAGES, "max_tokens", "safety", "blocked", "logprobs_refused", *ROWS})
"""Faults after which a client has reason to ask again."""

_SCOPES: Final = {"row": {**CHANGES, **LOGPROBS, **ROWS}, "batch_create": {**REFUSALS, **BREAKAGES, **JOBS}}
_CALLS: Final = {**REFUSALS, **BREAKAGES}
_MODEL_CALLS: Final = {**REFUSALS, **BREAKAGES, **CHANGES, **LOGPROBS}
_BATCHES: Final = frozenset({"row", "batch_create"})


class Faults:
    """Which requests go wrong, how, and how often.

    >>> faults = Faults({"http_503": 1.0})
    >>> faults.pick(Request(0, "POST", "", "generate", digest="ab"), seed=0)
    'http_503'
    >>> faults.pick(Request(1, "POST", "", "generate", digest="ab"), seed=0) is None
    True

    Parameters
    ----------
    kinds
        Share of the contents that each fault strikes, by its name (`NAMES`); all together at most 1 for each kind of
        request.
    times
        How often a fault strikes the same content before the answer comes; None: for ever.
    choose
        Tells the fault of a request instead, or None; it sees how often the content came before (`Request.earlier`),
        and `times` does not bound it.
    on
        Kinds of request that faults of the connection and of HTTP strike. Faults of rows and jobs strike batches.
    retry_delay
        Seconds that RetryInfo tells.
    hang
        Seconds after which a time-out ends by itself.
    """

    def __init__(
        self,
        kinds: Mapping[str, float] | None = None,
        times: int | None = 1,
        choose: Callable[[Request], str | None] | None = None,
        on: Collection[str] = ("generate", "stream"),
        retry_delay: float = 0.2,
        hang: float = 60.0,
    ) -> None:
        for name, share in (kinds or {}).items():
            _checked(name)
            if not 0 <= share <= 1:
                raise told("shares in 0..1", f"{name}={share:g}", "kinds")
        if times is not None and times < 1:
            raise expected("at least 1, or None", times, "times")
        self.kinds = dict(kinds or {})
        self.times = times
        self.choose = choose
        self.on = frozenset(on)
        self.retry_delay = retry_delay
        self.hang = hang
        for kind in ("generate", "row", "batch_create"):
            if (total := sum(self.kinds[name] for name in self._possible(kind))) > 1 + 1e-9:
                raise told("shares of at most 1 in all", f"{total:g}", "kinds")
        self._struck: Counter[str] = Counter()
        self._lock = threading.Lock()

    def pick(self, request: Request, seed: int) -> str | None:
        """The fault that strikes now, which counts it; None where the request goes well."""
        if self.choose is not None:
            name = self.choose(request)
            return None if name is None else _checked(name)
        name = self._drawn(request, seed)
        if name is None or self.times is None:
            return name
        with self._lock:
            self._struck[request.digest] += 1
            return name if self._struck[request.digest] <= self.times else None

    def _drawn(self, request: Request, seed: int) -> str | None:
        """The fault of the content: where its digest falls on the line on which the shares lie one behind another."""
        mark = sha256(f"fault {seed} {request.digest}".encode()).digest()
        place = int.from_bytes(mark[:6], "big") / 2**48
        for name in self._possible(request.kind):
            place -= self.kinds[name]
            if place < 0:
                return name if name not in LOGPROBS or request.wants_logprobs else None
        return None

    def _possible(self, kind: str) -> list[str]:
        names = _SCOPES.get(kind) or (_MODEL_CALLS if kind in ("generate", "stream") else _CALLS)
        if kind not in self.on:
            names = {name: "" for name in names if kind in _BATCHES and name not in _CALLS}
        return [name for name in self.kinds if name in names]


def _checked(name: str) -> str:
    if name not in NAMES:
        raise expected(f"one of {', '.join(NAMES)}", name, "faults")
    return name
