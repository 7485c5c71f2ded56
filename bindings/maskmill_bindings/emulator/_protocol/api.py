"""What each call is answered with, faults of the connection left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from .. import _faults
from .._answers import answers, emulated_models
from .._batch_jobs import Jobs, Row
from .._faults import Faults
from .._journal import Journal, entry_of
from .._quota import Quota
from .._stored_files import Files
from . import fault_effects
from .paging import Page, page
from .request import Request, content, mapping, split_target
from .response_json import EVENTS, Answer, RefusedError, as_json

CONTENT_KINDS: Final = ("generate", "stream")
_NO_KEY: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
MOST_BYTES: Final = 20 * 2**20
"""Of a request that is no upload."""


class Outcome(NamedTuple):
    """An answer, the fault that strikes it, and whether the model has spoken in it."""

    answer: Answer
    fault: str
    spoken: bool


@dataclass
class Settings:
    """What the emulator is told; see `Emulator`."""

    latency: float
    seed: int
    forms: Sequence[str | None]
    faults: Faults
    quota: Quota
    keys: Collection[str] | None
    batch_delay: float
    batch_polls: int


class Api:
    """Every call, on files, batches and a journal of its own."""

    def __init__(self, url: str, settings: Settings, journal: Journal, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.journal = journal
        self.files = Files(url)
        self.jobs = Jobs(self.files, self._answer_row, settings.batch_delay, settings.batch_polls)
        self._clock = clock
        self._calls: dict[str, Callable[[Request], Answer]] = {
            "count": _count,
            "models": _models,
            "model": lambda request: as_json(emulated_models.resource(request.model)),
            "upload": self.files.start,
            "chunk": self.files.go_on,
            "files": self.files.list,
            "file": self.files.get,
            "file_delete": self.files.delete,
            "download": self.files.download,
            "batches": self.jobs.list,
            "batch": self.jobs.get,
            "batch_cancel": self.jobs.cancel,
            "batch_delete": self.jobs.delete,
        }

    def check_key(self, request: Request) -> None:
        """Refuse a request without a key, or with a wrong one; chunks of an upload need none."""
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        keys = self.settings.keys
        if request.kind == "chunk":
            return
        if not key:
            told = "Method doesn't allow unregistered callers (callers without established identity)."
            raise RefusedError(
                403, f"{told} Please use API Key or other form of API consumer identity to call this API."
            )
        if keys is not None and key not in keys:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            info = {"@type": kind, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            raise RefusedError(400, "API key not valid. Please pass a valid API key.", info)

    def with_content(self, request: Request) -> Request:
        """The request with its images, and a digest of what it asks."""
        if request.kind not in (*CONTENT_KINDS, "count", "row"):
            return request
        data = request.data
        if request.kind == "count":
            data = mapping(data.get("generateContentRequest")) or data
        asked, digest = content(data, request.model, self.files.data_of)
        return replace(request, data=asked, digest=digest if request.kind != "count" else f"count {digest}")

    def answer(self, request: Request) -> Outcome:
        """The answer, and the fault by which it does not arrive as it is."""
        fault = self._strike(request)
        if isinstance(fault, Outcome):
            return fault
        if request.kind in CONTENT_KINDS:
            return self._generate(request, fault)
        if request.kind == "batch_create":
            emulated_models.model_of(request.model)
            job_fault = fault if fault in _faults.JOBS else None
            return Outcome(self.jobs.create(request, job_fault), fault, False)
        return Outcome(self._calls[request.kind](request), fault, False)

    def _strike(self, request: Request) -> Outcome | str:
        """The refusal of the quota or of a fault; else the name of the fault, or an empty one."""
        if request.kind in CONTENT_KINDS and (excess := self.settings.quota.take(request.model)):
            self.journal.wait_told(request.digest, excess.seconds)
            told = fault_effects.exhausted(excess.quota, request.model, excess.value, excess.seconds)
            return Outcome(told, "quota", False)
        fault = self.settings.faults.pick(request, self.settings.seed) or ""
        if fault not in _faults.REFUSALS:
            return fault
        delay = self.settings.faults.retry_delay
        told = fault_effects.refused(fault, request.model, delay)
        if fault == "http_429_header":
            delay = float(dict(told.headers)["Retry-After"])
        if told.status == 429 and fault != "http_429":
            self.journal.wait_told(request.digest, delay)
        return Outcome(told, fault, False)

    def _generate(self, request: Request, fault: str) -> Outcome:
        body = self._response(request, fault)
        if request.kind == "generate":
            return Outcome(as_json(body), fault, True)
        whole = b"".join(fault_effects.events(body))
        return Outcome(Answer(200, whole, (), EVENTS), fault, True)

    def _response(self, request: Request, fault: str) -> dict[str, Any]:
        forms = self.settings.forms
        form = forms[min(self.journal.answered(request.digest), len(forms) - 1)]
        said = answers.reply(request, self.settings.seed, form, fault)
        body = answers.response(request, said, fault)
        return fault_effects.changed(body, fault) if fault in _faults.CHANGES else body

    def _answer_row(self, row: Row, model: str) -> dict[str, Any] | None:
        """What a row of a batch is answered with; None where it goes missing."""
        began = self._clock()
        request = Request(self.journal.next_number(), "", "", "row", model, data=row.request or {})
        fault, early = "", False
        try:
            if row.request is None:
                raise RefusedError(400, row.error)
            request = self.with_content(request)
            earlier, early = self.journal.arrive(request.digest)
            request = replace(request, earlier=earlier)
            fault = self.settings.faults.pick(request, self.settings.seed) or ""
            found = self._row(request, fault)
        except RefusedError as error:
            found = {"error": {"code": 3, "message": error.error["message"]}}
        answered = found is not None and "error" not in found and fault not in _faults.SPOILING
        told = entry_of(request, began, answered=answered, fault=fault, status=200, early=early)
        self.journal.end(told, in_flight=False)
        return found

    def _row(self, request: Request, fault: str) -> dict[str, Any] | None:
        if fault == "row_missing":
            return None
        if fault == "row_failed":
            return {"error": {"code": 13, "message": "An internal error has occurred."}}
        return {"response": self._response(request, fault)}


def _count(request: Request) -> Answer:
    emulated_models.model_of(request.model)
    return as_json({"totalTokens": answers.tokens_of(request)})


def _models(request: Request) -> Answer:
    found: Page[str] = page(emulated_models.NAMES, request.query, 50, 1000)
    return as_json({"models": [emulated_models.resource(name) for name in found.items], **found.next})


def read_target(target: str) -> tuple[str, dict[str, str], str]:
    """The path, the query, and ``chunk`` where the query makes it the second leg of an upload."""
    path, query = split_target(target)
    return path, query, "chunk" if path.startswith("/upload/") and "upload_id" in query else ""
