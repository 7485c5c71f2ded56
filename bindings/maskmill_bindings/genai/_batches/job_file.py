"""The files of a batch: a question a line in, what came of it a line out, in an order of its own.

Requests and responses are the REST interface's own (https://ai.google.dev/gemini-api/docs/batch-api); what a row's
``error`` holds is a google.rpc.Status, whose codes are not those of HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final, NamedTuple

import orjson

from .._ledger.question import Question
from .._requests.outcome import Kind, Outcome, of_body, of_status
from .._surrogate_json import dumped, parsed

_STATUSES: Final = {1: 499, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501, 14: 503, 16: 401}
"""HTTP statuses of the codes of google.rpc.Code; of those that are not here: 500."""


class Row(NamedTuple):
    """What came of one question; `key` is its id, or empty where the line says nothing of any."""

    key: str
    outcome: Outcome


def line_of(question: Question, image: Mapping[str, Any]) -> bytes:
    """A question as a line, its image as a part of a request."""
    contents = [{"role": "user", "parts": [image, {"text": question.prompt}]}]
    request = {"contents": contents, "generationConfig": dict(question.settings)}
    return orjson.dumps({"key": question.id, "request": request}, option=orjson.OPT_APPEND_NEWLINE)


def read_rows(lines: Iterable[bytes]) -> Iterator[Row]:
    r"""What each line says.

    >>> lines = [b'{"key": "a", "response": {"candidates": [{"finishReason": "STOP"}]}}\n', b'{"key": "b", "resp']
    >>> [(row.key, row.outcome.code) for row in read_rows(lines)]
    [('a', 'answered'), ('', 'not_json')]
    """
    for line in lines:
        if line.strip():
            yield _row(line)


def _row(line: bytes) -> Row:
    try:
        value = parsed(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return Row("", Outcome(Kind.FAULT, "not_json", "a line of the output is no JSON object"))
    key, error, response = str(value.get("key") or ""), value.get("error"), value.get("response")
    if response is None and isinstance(error, dict):
        return Row(key, _of_error(error))
    return Row(key, of_body(dumped(response).decode() if response else None))


def _of_error(error: Mapping[str, Any]) -> Outcome:
    code = error.get("code")
    known = code if isinstance(code, int) else 13
    return of_status(known if known >= 100 else _STATUSES.get(known, 500), error)


@dataclass
class Chunk:
    """The rows of one job, in a file without a name, which is gone when it is closed, or its process dies.

    Parameters
    ----------
    folder
        Where there is room for it.
    model
        That is asked.
    """

    folder: Path
    model: str
    ids: list[str] = field(default_factory=list)
    nbytes: int = 0

    def __post_init__(self) -> None:
        self._file: Any = TemporaryFile(dir=self.folder)  # noqa: SIM115 - it lives as long as the chunk

    @property
    def stream(self) -> Any:
        """The file, of a class that the SDK takes on every system."""
        return getattr(self._file, "file", self._file)

    def add(self, id: str, line: bytes) -> None:
        """Write a row."""
        self._file.write(line)
        self.ids.append(id)
        self.nbytes += len(line)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
