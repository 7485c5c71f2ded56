"""The answer to each call of the API, before faults of the connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from .. import _faults
from .._answers import answers, emulated_models
from .._batch_jobs import BatchJobs, BatchRow
from .._faults import Faults
from .._journal import Journal, finish_entry
from .._messages.paging import Page, list_page
from .._messages.request import ApiRequest, as_mapping, resolve_content, split_target
from .._messages.response_json import EVENT_STREAM, HttpResponse, RefusedError, json_response
from .._quota import Quota
from .._stored_files import StoredFiles
from . import fault_effects

CONTENT_KINDS: Final = ("generate", "stream")
_NO_KEY_MESSAGE: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
MAX_REQUEST_BYTES: Final = 20 * 2**20
"""Largest body of a request that is no upload."""


class CallResult(NamedTuple):
    """A response, the fault that strikes it or an empty text, and whether it holds a model's reply."""

    response: HttpResponse
    fault: str
    is_model_reply: bool


@dataclass
class EmulatorSettings:
    """The options of the emulator; see `Emulator`."""

    latency: float
    seed: int
    forms: Sequence[str | None]
    faults: Faults
    quota: Quota
    keys: Collection[str] | None
    batch_delay: float
    batch_polls: int


class Api:
    """All calls of the API, with their files, batch jobs and journal.

    Parameters
    ----------
    url : str
        Where the emulator listens.
    settings : EmulatorSettings
        Its options.
    journal : Journal
        Where requests and rows are noted.
    clock : callable
        Returns the time in seconds.
    """

    def __init__(self, url: str, settings: EmulatorSettings, journal: Journal, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.journal = journal
        self.files = StoredFiles(url)
        self.jobs = BatchJobs(self.files, self._answer_row, settings.batch_delay, settings.batch_polls)
        self._clock = clock
        self._calls: dict[str, Callable[[ApiRequest], HttpResponse]] = {
            "count": _count_tokens,
            "models": _list_models,
            "model": lambda request: json_response(emulated_models.model_resource(request.model)),
            "upload": self.files.start_upload,
            "chunk": self.files.receive_chunk,
            "files": self.files.list,
            "file": self.files.get,
            "file_delete": self.files.delete,
            "download": self.files.download,
            "batches": self.jobs.list,
            "batch": self.jobs.get,
            "batch_cancel": self.jobs.cancel,
            "batch_delete": self.jobs.delete,
        }

    def check_key(self, request: ApiRequest) -> None:
        """Refuse a request without a valid key; chunks of an upload need none."""
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        keys = self.settings.keys
        if request.kind == "chunk":
            return
        if not key:
            raise RefusedError(403, _NO_KEY_MESSAGE)
        if keys is not None and key not in keys:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            info = {"@type": kind, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            raise RefusedError(400, "API key not valid. Please pass a valid API key.", info)

    def with_content(self, request: ApiRequest) -> ApiRequest:
        """Return the request with its images, and with a digest of its content."""
        if request.kind not in (*CONTENT_KINDS, "count", "row"):
            return request
        data = request.data
        if request.kind == "count":
            data = as_mapping(data.get("generateContentRequest")) or data
        content, digest = resolve_content(data, request.model, self.files.data_of)
        return replace(request, data=content, digest=digest if request.kind != "count" else f"count {digest}")

    def answer(self, request: ApiRequest) -> CallResult:
        """Return the response to a request, and the fault of the connection that it is to suffer."""
        fault = self._refuse(request)
        if isinstance(fault, CallResult):
            return fault
        if request.kind in CONTENT_KINDS:
            return self._answer_content(request, fault)
        if request.kind == "batch_create":
            emulated_models.find_model(request.model)
            job_fault = fault if fault in _faults.JOBS else None
            return CallResult(self.jobs.create(request, job_fault), fault, False)
        return CallResult(self._calls[request.kind](request), fault, False)

    def _refuse(self, request: ApiRequest) -> CallResult | str:
        """Return the refusal by the quota or a fault; else the name of another fault, or an empty text."""
        if request.kind in CONTENT_KINDS and (excess := self.settings.quota.take(request.model)):
            self.journal.note_wait(request.digest, excess.seconds)
            response = fault_effects.quota_response(excess.quota, request.model, excess.value, excess.seconds)
            return CallResult(response, "quota", False)
        fault = self.settings.faults.pick(request, self.settings.seed) or ""
        if fault not in _faults.REFUSALS:
            return fault
        delay = self.settings.faults.retry_delay
        response = fault_effects.fault_response(fault, request.model, delay)
        if fault == "http_429_header":
            delay = float(dict(response.headers)["Retry-After"])
        if response.status == 429 and fault != "http_429":
            self.journal.note_wait(request.digest, delay)
        return CallResult(response, fault, False)

    def _answer_content(self, request: ApiRequest, fault: str) -> CallResult:
        body = self._write_body(request, fault)
        if request.kind == "generate":
            return CallResult(json_response(body), fault, True)
        stream = b"".join(fault_effects.stream_events(body))
        return CallResult(HttpResponse(200, stream, (), EVENT_STREAM), fault, True)

    def _write_body(self, request: ApiRequest, fault: str) -> dict[str, Any]:
        forms = self.settings.forms
        form = forms[min(self.journal.answered(request.digest), len(forms) - 1)]
        reply = answers.make_reply(request, self.settings.seed, form, fault)
        body = answers.response_body(request, reply, fault)
        return fault_effects.apply_change(body, fault) if fault in _faults.CHANGES else body

    def _answer_row(self, row: BatchRow, model: str) -> dict[str, Any] | None:
        """Return the answer to a row of a batch; None if it is to go missing."""
        start = self._clock()
        request = ApiRequest(self.journal.next_number(), "", "", "row", model, data=row.request or {})
        fault, early = "", False
        try:
            if row.request is None:
                raise RefusedError(400, row.error)
            request = self.with_content(request)
            earlier, early = self.journal.arrive(request.digest)
            request = replace(request, earlier=earlier)
            fault = self.settings.faults.pick(request, self.settings.seed) or ""
            answer = self._answer_valid_row(request, fault)
        except RefusedError as error:
            answer = {"error": {"code": 3, "message": error.error["message"]}}
        answered = answer is not None and "error" not in answer and fault not in _faults.RETRIABLE
        entry = finish_entry(request, start, answered=answered, fault=fault, status=200, early=early)
        self.journal.end(entry, in_flight=False)
        return answer

    def _answer_valid_row(self, request: ApiRequest, fault: str) -> dict[str, Any] | None:
        if fault == "row_missing":
            return None
        if fault == "row_failed":
            return {"error": {"code": 13, "message": "An internal error has occurred."}}
        return {"response": self._write_body(request, fault)}


def _count_tokens(request: ApiRequest) -> HttpResponse:
    emulated_models.find_model(request.model)
    return json_response({"totalTokens": answers.count_prompt_tokens(request)})


def _list_models(request: ApiRequest) -> HttpResponse:
    names: Page[str] = list_page(emulated_models.NAMES, request.query, 50, 1000)
    return json_response({"models": [emulated_models.model_resource(name) for name in names.items], **names.next})


def read_target(target: str) -> tuple[str, dict[str, str], str]:
    """Return path and query of a target, and ``chunk`` if they are those of an upload's next part, else empty."""
    path, query = split_target(target)
    return path, query, "chunk" if path.startswith("/upload/") and "upload_id" in query else ""
