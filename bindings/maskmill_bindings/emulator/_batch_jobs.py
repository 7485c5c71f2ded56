"""Batch jobs: rows from a file or from the request, answered in the background and returned in shuffled order.

The states and the place of the output are what the SDK reads; how long a state lasts is the emulator's choice.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ._messages.paging import Page, list_page
from ._messages.request import ApiRequest, as_mapping, parse_body
from ._messages.response_json import HttpResponse, RefusedError, json_response
from ._stored_files import StoredFiles

_FINAL: Final = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
_ENDS: Final = {"job_expired": "EXPIRED", "job_failed": "FAILED"}
_PENDING: Final = 0.3
"""Share of the delay for which a job is pending."""


class BatchRow(NamedTuple):
    """One row of a batch: its key or metadata, and its request or the reason why there is none."""

    about: dict[str, Any]
    request: dict[str, Any] | None
    error: str = ""


AnswerRow = Callable[[BatchRow, str], dict[str, Any] | None]
"""From a row and the name of a model to an object with ``response`` or ``error``; None if the row goes missing."""


@dataclass
class BatchJob:
    """One batch job."""

    name: str
    model: str
    display_name: str
    rows: list[BatchRow]
    source: dict[str, str]
    """``fileName``; empty if the rows came with the request."""
    fault: str | None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: str = "PENDING"
    polls: int = 0
    ended: datetime | None = None
    output: dict[str, Any] = field(default_factory=dict)
    failed: int = 0
    answered: int = 0

    def resource(self, min_polls: int) -> dict[str, Any]:
        """Return the job as the API describes it: RUNNING until it was polled more than `min_polls` times."""
        early = self.state in _FINAL and self.state != "CANCELLED" and self.polls <= min_polls
        state = "RUNNING" if early else self.state
        about: dict[str, Any] = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
            "model": f"models/{self.model}",
            "displayName": self.display_name,
            "name": self.name,
            "state": f"BATCH_STATE_{state}",
            "createTime": _format_time(self.created),
            "updateTime": _format_time(self.ended or self.created),
            "batchStats": self._stats(),
            "inputConfig": self.source,
        }
        if state not in _FINAL:
            return {"name": self.name, "metadata": about}
        about["endTime"] = _format_time(self.ended or self.created)
        done: dict[str, Any] = {"name": self.name, "metadata": about, "done": True}
        if state == "SUCCEEDED":
            about["output"] = self.output
            done["response"] = {"@type": f"{about['@type']}Output", **self.output}
        else:
            done["error"] = {"code": 1 if state == "CANCELLED" else 13, "message": f"The batch ended as {state}."}
        return done

    def _stats(self) -> dict[str, str]:
        waiting = len(self.rows) - self.answered - self.failed
        counts = {"requestCount": len(self.rows), "successfulRequestCount": self.answered}
        counts |= {"failedRequestCount": self.failed, "pendingRequestCount": waiting}
        return {name: str(count) for name, count in counts.items() if count}


class BatchJobs:
    """All batch jobs, by name ``batches/ID``.

    Parameters
    ----------
    files : StoredFiles
        Holds inputs, and receives outputs.
    answer_row : callable
        Answers one row.
    delay : float
        Seconds from the creation of a job to its end.
    polls : int
        How often a job must be polled before it reports its end.
    """

    def __init__(self, files: StoredFiles, answer_row: AnswerRow, delay: float, polls: int) -> None:
        self._files, self._answer_row, self._delay, self._polls = files, answer_row, delay, polls
        self._jobs: dict[str, BatchJob] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def create(self, request: ApiRequest, fault: str | None) -> HttpResponse:
        """Create a job, and start it in the background."""
        batch = as_mapping(request.data.get("batch"))
        source = as_mapping(batch.get("inputConfig"))
        if "fileName" in source:
            source_field = {"fileName": str(source["fileName"])}
            rows = list(_rows_of_file(self._files.data_of(source_field["fileName"])))
        else:
            rows = list(_rows_inline(source))
            source_field = {}
        if not rows:
            raise RefusedError(400, "The batch has no requests.")
        with self._lock:
            name = f"batches/{sha256(f'job {len(self._jobs)}'.encode()).hexdigest()[:16]}"
            job = BatchJob(name, request.model, str(batch.get("displayName", "")), rows, source_field, fault)
            self._jobs[name] = job
        thread = threading.Thread(target=self._run, args=(job,), daemon=True, name=name)
        self._threads.append(thread)
        first = job.resource(self._polls)
        thread.start()
        return json_response(first)

    def get(self, request: ApiRequest) -> HttpResponse:
        """Return one job."""
        job = self._find(request.id)
        job.polls += 1
        return json_response(job.resource(self._polls))

    def list(self, request: ApiRequest) -> HttpResponse:
        """Return a page of jobs, the newest first."""
        with self._lock:
            all_jobs = list(self._jobs.values())[::-1]
        jobs: Page[BatchJob] = list_page(all_jobs, request.query, 10)
        return json_response({"operations": [job.resource(self._polls) for job in jobs.items], **jobs.next})

    def cancel(self, request: ApiRequest) -> HttpResponse:
        """Cancel a job unless it has ended."""
        job = self._find(request.id)
        with self._lock:
            if job.state not in _FINAL:
                self._end(job, "CANCELLED")
        return json_response({})

    def delete(self, request: ApiRequest) -> HttpResponse:
        """Delete a job, and cancel it unless it has ended."""
        job = self._find(request.id)
        with self._lock:
            self._jobs.pop(job.name, None)
            if job.state not in _FINAL:
                self._end(job, "CANCELLED")
        return json_response({})

    def close(self) -> None:
        """End all running jobs."""
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _find(self, short: str) -> BatchJob:
        job = self._jobs.get(f"batches/{short}")
        if job is None:
            raise RefusedError(404, "Requested entity was not found.")
        return job

    def _end(self, job: BatchJob, state: str) -> None:
        job.state, job.ended = state, datetime.now(UTC)

    def _run(self, job: BatchJob) -> None:
        """Take a job from PENDING to its end."""
        self._closing.wait(self._delay * _PENDING)
        if not self._start_running(job) or job.fault == "job_stuck":
            return
        if job.fault not in _ENDS:
            self._answer_rows(job)
        self._closing.wait(self._delay * (1 - _PENDING))
        with self._lock:
            if job.state == "RUNNING":
                self._end(job, _ENDS.get(job.fault or "", "SUCCEEDED"))

    def _start_running(self, job: BatchJob) -> bool:
        with self._lock:
            if job.state in _FINAL or self._closing.is_set():
                return False
            job.state = "RUNNING"
            return True

    def _answer_rows(self, job: BatchJob) -> None:
        """Answer the rows in a shuffled but reproducible order."""
        order = sorted(range(len(job.rows)), key=lambda i: sha256(f"row {i}".encode()).digest())
        if len(order) > 1 and order == sorted(order):
            order.reverse()
        lines = []
        for i in order:
            if job.state in _FINAL or self._closing.is_set():
                return
            answer = self._answer_row(job.rows[i], job.model)
            if answer is None:
                continue
            job.failed += "error" in answer
            job.answered += "error" not in answer
            lines.append({**answer, **job.rows[i].about})
        job.output = self._output(job, lines)

    def _output(self, job: BatchJob, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
        if not job.source:
            return {"inlinedResponses": {"inlinedResponses": [*lines]}}
        data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
        name = f"files/batch-{job.name.removeprefix('batches/')}"
        return {"responsesFile": self._files.add(data, "application/jsonl", name, generated=True).name}


def _rows_of_file(data: bytes) -> Iterator[BatchRow]:
    for number, line in enumerate(data.splitlines()):
        if not line.strip():
            continue
        try:
            row = parse_body(line)
            yield _row(row, {"key": row["key"]} if "key" in row else {})
        except RefusedError as error:
            yield BatchRow({}, None, f"line {number + 1}: {error}")


def _rows_inline(source: Mapping[str, Any]) -> Iterator[BatchRow]:
    rows = as_mapping(source.get("requests")).get("requests")
    for row in map(as_mapping, rows if isinstance(rows, list) else []):
        yield _row(row, {"metadata": row["metadata"]} if "metadata" in row else {})


def _row(row: Mapping[str, Any], about: dict[str, Any]) -> BatchRow:
    request = row.get("request")
    return BatchRow(about, request) if isinstance(request, dict) else BatchRow(about, None, "The row has no request.")


def _format_time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
