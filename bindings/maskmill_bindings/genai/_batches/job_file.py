"""The files of a batch job: one question per line of the input, one result per line of the output, in any order.

Requests and responses are the REST interface's own (https://ai.google.dev/gemini-api/docs/batch-api). A line's
``error`` is a google.rpc.Status, whose codes are not those of HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final, NamedTuple

import orjson

from .._ledger.question import Question
from .._outcome import OutcomeKind, RequestOutcome, outcome_of_body, outcome_of_status
from .._surrogate_json import dump_json, load_json

_HTTP_STATUSES: Final = {
    1: 499,
    3: 400,
    4: 504,
    5: 404,
    7: 403,
    8: 429,
    9: 400,
    10: 409,
    11: 400,
    12: 501,
    14: 503,
    16: 401,
}
"""HTTP statuses by code of google.rpc.Code; of the others: 500."""

_UNKNOWN_CODE: Final = 13


class JobResult(NamedTuple):
    """One line of a job's output.

    Attributes
    ----------
    key : str
        Id of the question; empty where the line does not say.
    outcome : RequestOutcome
        Outcome of the question.
    """

    key: str
    outcome: RequestOutcome


def request_line(question: Question, image: Mapping[str, Any]) -> bytes:
    """Return a question as a line of a job's input; `image` is its image as a part of a request."""
    contents = [{"role": "user", "parts": [image, {"text": question.prompt}]}]
    request = {"contents": contents, "generationConfig": dict(question.settings)}
    return orjson.dumps({"key": question.id, "request": request}, option=orjson.OPT_APPEND_NEWLINE)


def read_results(lines: Iterable[bytes]) -> Iterator[JobResult]:
    r"""Yield the result of each line.

    >>> lines = [b'{"key": "a", "response": {"candidates": [{"finishReason": "STOP"}]}}\n', b'{"key": "b", "resp']
    >>> [(result.key, result.outcome.code) for result in read_results(lines)]
    [('a', 'answered'), ('', 'not_json')]
    """
    for line in lines:
        if line.strip():
            yield _read_result(line)


def _read_result(line: bytes) -> JobResult:
    try:
        value = load_json(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        outcome = RequestOutcome(OutcomeKind.FAULT, "not_json", "a line of the output is no JSON object")
        return JobResult("", outcome)
    key, error, response = str(value.get("key") or ""), value.get("error"), value.get("response")
    if response is None and isinstance(error, dict):
        return JobResult(key, _outcome_of_rpc_error(error))
    return JobResult(key, outcome_of_body(dump_json(response).decode() if response else None))


def _outcome_of_rpc_error(error: Mapping[str, Any]) -> RequestOutcome:
    value = error.get("code")
    code = value if isinstance(value, int) else _UNKNOWN_CODE
    return outcome_of_status(code if code >= 100 else _HTTP_STATUSES.get(code, 500), error)


@dataclass
class JobFile:
    """The lines of one job, in a file without a name that is deleted when it is closed or its process dies.

    Attributes
    ----------
    folder : Path
        A folder with enough space.
    model : str
        The requested model.
    ids : list of str
        Ids of the questions.
    nbytes : int
        Length of the file.
    """

    folder: Path
    model: str
    ids: list[str] = field(default_factory=list)
    nbytes: int = 0

    def __post_init__(self) -> None:
        self._file: Any = TemporaryFile(dir=self.folder)  # noqa: SIM115 - it lives as long as this object

    @property
    def stream(self) -> Any:
        """The file, of a class that the SDK accepts on every system."""
        return getattr(self._file, "file", self._file)

    def add(self, id: str, line: bytes) -> None:
        """Append the line of a question."""
        self._file.write(line)
        self.ids.append(id)
        self.nbytes += len(line)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
