"""Read one file that holds several answers as one JSON value."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maskmill._reply.source import unwrap_reply
from maskmill.errors import ArgumentError

from ..._images.image_lookup import ImageLookup
from ..byte_streams import file_identity
from ..chunk import Chunk, Position
from ..entry import Entry
from ..row_fields import RowReader
from ..source_options import SourceOptions
from .answers import separate_text
from .named_answers import InseparableError


class AnswersFile:
    """A file whose answers are separated when it is read; it is held in memory as a whole.

    Parameters
    ----------
    path : str
        Path of the file.
    rows : RowReader
        Makes entries of the answers.
    """

    def __init__(self, path: str, rows: RowReader) -> None:
        self.name, self._path = Path(path).name, path
        self._rows = rows

    @property
    def can_seek(self) -> bool:
        """See `RowSource`."""
        return True

    def identity(self) -> dict[str, Any]:
        """See `RowSource`."""
        return {**file_identity(self._path), **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `RowSource`; a position is a number of answers, and each chunk has the digest of the whole file.

        Parameters
        ----------
        start : Position, optional
            As in `RowSource.chunks`.
        max_rows, max_bytes : int
            As in `RowSource.chunks`.
        """
        content = Path(self._path).read_bytes()
        digest, nbytes = hashlib.sha256(content).digest(), len(content)
        answers = read_answers(content, self._rows, self._path) or []
        del content
        first, total = start if isinstance(start, int) else 0, len(answers)
        step = max(1, min(max_rows, max_bytes * total // max(nbytes, 1)))
        while first < total:
            end = min(first + step, total)
            part = nbytes * end // total - nbytes * first // total
            yield Chunk(self.name, first + 1, end - first, answers[first:end], end, part, digest)
            first = end

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `RowSource`; the line of an entry is the number of its answer."""
        stem = Path(self._path).stem
        return answer_entries(chunk.data, self._rows, self.name, stem, chunk.first_line)


def read_answers(content: bytes, rows: RowReader, path: str) -> list[Any] | None:
    """Return a row for each answer in a file; None where it is one reply.

    Parameters
    ----------
    content : bytes
        The whole file.
    rows : RowReader
        Tells rows from replies.
    path : str
        Path of the file, for errors.

    Raises
    ------
    maskmill.errors.ArgumentError
        The answers cannot be separated.
    """
    try:
        return separate_text(unwrap_reply(content).text, rows)
    except InseparableError as error:
        raise ArgumentError("one reply, or answers that can be separated", str(error), path) from None


def answer_entries(answers: list[Any], rows: RowReader, source: str, stem: str, first_line: int = 1) -> list[Entry]:
    """Return the entries of the answers of one file; keys of those without any are numbered.

    Parameters
    ----------
    answers : list
        A row for each answer.
    rows : RowReader
        Makes the entries.
    source, stem : str
        Name of the file, and what the keys of answers without one begin with.
    first_line : int
        Number of the first answer.
    """
    return [rows.entry(row, source, line, f"{stem}:{line}") for line, row in enumerate(answers, first_line)]


def count_answers(content: bytes) -> int:
    """Return how many answers a file holds; 1 where it is one reply, or they cannot be separated.

    >>> count_answers(b'{"a.jpg": "[]", "b.jpg": "[]"}'), count_answers(b'[{"box_2d": [1, 2, 3, 4]}]')
    (2, 1)
    """
    rows = RowReader(SourceOptions(), ImageLookup(None, None, by_key=False))
    try:
        return len(separate_text(unwrap_reply(content).text, rows) or [None])
    except InseparableError:
        return 1
