"""Batches: rows out of a file or out of the request, answered in the background, told in an order of their own.

The states, and where the output stands, are what the SDK reads; how long a state lasts is the emulator's choice.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ._protocol.paging import Page, page
from ._protocol.request import Request, mapping, read_object
from ._protocol.response_json import Answer, RefusedError, as_json
from ._stored_files import Files

_FINAL: Final = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
_ENDS: Final = {"job_expired": "EXPIRED", "job_failed": "FAILED"}
_PENDING: Final = 0.3
"""Share of the delay that a job is pending."""


class Row(NamedTuple):
    """One row of a batch: the request in it, or why there is none."""

    about: dict[str, Any]
    request: dict[str, Any] | None
    error: str = ""


Answering = Callable[[Row, str], dict[str, Any] | None]
"""What a row is answered with, of a model: ``response`` or ``error``; None where it is left out."""


@dataclass
class Job:
    """One batch."""

    name: str
    model: str
    display_name: str
    rows: list[Row]
    source: dict[str, str]
    """``fileName``, or empty where the rows came with the request."""
    fault: str | None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: str = "PENDING"
    polls: int = 0
    ended: datetime | None = None
    output: dict[str, Any] = field(default_factory=dict)
    failed: int = 0
    answered: int = 0

    def resource(self, least_polls: int) -> dict[str, Any]:
        """The job as the API describes it; it does not succeed before it was asked for often enough."""
        early = self.state in _FINAL and self.state != "CANCELLED" and self.polls <= least_polls
        state = "RUNNING" if early else self.state
        about: dict[str, Any] = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
            "model": f"models/{self.model}",
            "displayName": self.display_name,
            "name": self.name,
            "state": f"BATCH_STATE_{state}",
            "createTime": _time(self.created),
            "updateTime": _time(self.ended or self.created),
            "batchStats": self._stats(),
            "inputConfig": self.source,
        }
        if state not in _FINAL:
            return {"name": self.name, "metadata": about}
        about["endTime"] = _time(self.ended or self.created)
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


class Jobs:
    """Every batch, by its name ``batches/ID``.

    Parameters
    ----------
    files
        Where inputs lie and outputs go.
    answering
        What answers a row.
    delay
        Seconds from the creation of a job to its end.
    polls
        How often a job is asked for before it tells that it has ended.
    """

    def __init__(self, files: Files, answering: Answering, delay: float, polls: int) -> None:
        self._files, self._answering, self._delay, self._polls = files, answering, delay, polls
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def create(self, request: Request, fault: str | None) -> Answer:
        """Begin a batch."""
        batch = mapping(request.data.get("batch"))
        source = mapping(batch.get("inputConfig"))
        if "fileName" in source:
            told = {"fileName": str(source["fileName"])}
            rows = list(_rows_of_file(self._files.data_of(told["fileName"])))
        else:
            rows = list(_rows_inline(source))
            told = {}
        if not rows:
            raise RefusedError(400, "The batch has no requests.")
        with self._lock:
            name = f"batches/{sha256(f'job {len(self._jobs)}'.encode()).hexdigest()[:16]}"
            job = Job(name, request.model, str(batch.get("displayName", "")), rows, told, fault)
            self._jobs[name] = job
        thread = threading.Thread(target=self._run, args=(job,), daemon=True, name=name)
        self._threads.append(thread)
        first = job.resource(self._polls)
        thread.start()
        return as_json(first)

    def get(self, request: Request) -> Answer:
        """One batch."""
        job = self._find(request.id)
        job.polls += 1
        return as_json(job.resource(self._polls))

    def list(self, request: Request) -> Answer:
        """A page of batches, the newest first."""
        with self._lock:
            every = list(self._jobs.values())[::-1]
        found: Page[Job] = page(every, request.query, 10)
        return as_json({"operations": [job.resource(self._polls) for job in found.items], **found.next})

    def cancel(self, request: Request) -> Answer:
        """End a batch; one that has ended stays as it is."""
        job = self._find(request.id)
        with self._lock:
            if job.state not in _FINAL:
                self._end(job, "CANCELLED")
        return as_json({})

    def delete(self, request: Request) -> Answer:
        """Forget a batch."""
        job = self._find(request.id)
        with self._lock:
            self._jobs.pop(job.name, None)
            if job.state not in _FINAL:
                self._end(job, "CANCELLED")
        return as_json({})

    def close(self) -> None:
        """End what is under way."""
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _find(self, short: str) -> Job:
        job = self._jobs.get(f"batches/{short}")
        if job is None:
            raise RefusedError(404, "Requested entity was not found.")
        return job

    def _end(self, job: Job, state: str) -> None:
        job.state, job.ended = state, datetime.now(UTC)

    def _run(self, job: Job) -> None:
        """From PENDING to the end."""
        self._closing.wait(self._delay * _PENDING)
        if not self._go(job, "RUNNING") or job.fault == "job_stuck":
            return
        if job.fault not in _ENDS:
            self._answer(job)
        self._closing.wait(self._delay * (1 - _PENDING))
        with self._lock:
            if job.state == "RUNNING":
                self._end(job, _ENDS.get(job.fault or "", "SUCCEEDED"))

    def _go(self, job: Job, state: str) -> bool:
        with self._lock:
            if job.state in _FINAL or self._closing.is_set():
                return False
            job.state = state
            return True

    def _answer(self, job: Job) -> None:
        """Answer the rows in an order of their own."""
        order = sorted(range(len(job.rows)), key=lambda i: sha256(f"row {i}".encode()).digest())
        if len(order) > 1 and order == sorted(order):
            order.reverse()
        lines = []
        for i in order:
            if job.state in _FINAL or self._closing.is_set():
                return
            found = self._answering(job.rows[i], job.model)
            if found is None:
                continue
            job.failed += "error" in found
            job.answered += "error" not in found
            lines.append({**found, **job.rows[i].about})
        job.output = self._output(job, lines)

    def _output(self, job: Job, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
        if not job.source:
            return {"inlinedResponses": {"inlinedResponses": [*lines]}}
        data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
        name = f"files/batch-{job.name.removeprefix('batches/')}"
        return {"responsesFile": self._files.add(data, "application/jsonl", name, generated=True).name}


def _rows_of_file(data: bytes) -> Iterator[Row]:
    for number, line in enumerate(data.splitlines()):
        if not line.strip():
            continue
        try:
            row = read_object(line)
            yield _row(row, {"key": row["key"]} if "key" in row else {})
        except RefusedError as error:
            yield Row({}, None, f"line {number + 1}: {error}")


def _rows_inline(source: Mapping[str, Any]) -> Iterator[Row]:
    rows = mapping(source.get("requests")).get("requests")
    for row in map(mapping, rows if isinstance(rows, list) else []):
        yield _row(row, {"metadata": row["metadata"]} if "metadata" in row else {})


def _row(row: Mapping[str, Any], about: dict[str, Any]) -> Row:
    asked = row.get("request")
    return Row(about, asked) if isinstance(asked, dict) else Row(about, None, "The row has no request.")


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
