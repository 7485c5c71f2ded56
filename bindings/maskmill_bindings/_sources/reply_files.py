"""Read files that hold one reply each: a folder of them, or one file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from maskmill._reply.response import is_response, response_in
from maskmill._reply.source import unwrap_reply

from .._safe_text import replace_surrogates
from .batches.answers import separate_text
from .batches.answers_file import answer_entries
from .batches.named_answers import InseparableError
from .chunk import HEAD_BYTES, Chunk, Position, UnreadRow
from .entry import Entry
from .line_chunks import too_long_failure
from .row_fields import RowReader
from .row_json import parse_row
from .services.answers import is_message

SUFFIXES: Final = frozenset((".txt", ".text", ".json", ".md", ".markdown", ".reply", ".response"))
"""Suffixes of files that hold one reply."""


class _File(NamedTuple):
    """A file that was read."""

    name: str
    content: bytes | UnreadRow
    nbytes: int
    digest: bytes


class ReplyFilesSource:
    """Files of a folder, each with a reply, a response or a row.

    Parameters
    ----------
    path : str
        Path that the caller named.
    folder : Path
        Folder of the files.
    names : sequence of str
        Names of the files, sorted.
    rows : RowReader
        Makes entries of their content.
    max_row : int
        Bytes of the longest file that is held.
    """

    def __init__(self, path: str, folder: Path, names: Sequence[str], rows: RowReader, max_row: int) -> None:
        self.name, self._path = Path(path).name, path
        self._folder, self._names = folder, names
        self._rows, self._max_row = rows, max_row

    @property
    def can_seek(self) -> bool:
        """See `RowSource`."""
        return True

    def identity(self) -> dict[str, Any]:
        """See `RowSource`; the total size, the latest modification time, and a digest of the names."""
        size = latest = 0
        names = hashlib.sha256()
        for name in self._names:
            status = (self._folder / name).stat()
            size, latest = size + status.st_size, max(latest, status.st_mtime_ns)
            names.update(os.fsencode(name) + b"\0")
        identity = {"path": self._path, "size": size, "mtime_ns": latest, "names": names.hexdigest()}
        return {**identity, **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `RowSource`; a position is a number of files.

        Parameters
        ----------
        start : Position, optional
            As in `RowSource.chunks`.
        max_rows, max_bytes : int
            As in `RowSource.chunks`.
        """
        first = start if isinstance(start, int) else 0
        while first < len(self._names):
            files: list[_File] = []
            nbytes = 0
            for name in self._names[first : first + max_rows]:
                files.append(self._read(name))
                nbytes += files[-1].nbytes
                if nbytes >= max_bytes:
                    break
            yield self._chunk(files, first, nbytes)
            first += len(files)

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `RowSource`."""
        return [entry for file in chunk.data for entry in self._entries(file)]

    def _chunk(self, files: list[_File], first: int, nbytes: int) -> Chunk:
        digest = hashlib.sha256(b"".join(file.digest for file in files)).digest()
        return Chunk(self.name, first + 1, len(files), files, first + len(files), nbytes, digest)

    def _read(self, name: str) -> _File:
        digest = hashlib.sha256(os.fsencode(name) + b"\0")
        content: bytes | UnreadRow
        try:
            content, nbytes = _read_content(self._folder / name, self._max_row, digest)
        except OSError as error:
            content, nbytes = UnreadRow(f"file that cannot be read: {error.strerror}"), 0
        return _File(name, content, nbytes, digest.digest())

    def _entries(self, file: _File) -> list[Entry]:
        """Return the entries of a file, which holds a reply, a response, a row, or several of these."""
        name, content = replace_surrogates(file.name), file.content
        key = PurePath(name).stem
        if isinstance(content, UnreadRow):
            return [self._rows.failed(content.failure, name, 1, key)]
        source = unwrap_reply(content)
        if source.absence is not None:
            return [self._rows.failed(source.absence.message, name, 1, key)]
        try:
            answers = separate_text(source.text, self._rows)
        except InseparableError as error:
            return [self._rows.failed(str(error), name, 1, key)]
        if answers is not None and len(answers) != 1:
            return answer_entries(answers, self._rows, name, key)
        return [self._rows.entry(answers[0] if answers else self._row(source.text), name, 1, key)]

    def _row(self, text: str) -> Any:
        """Return the row or the response in a text that holds one answer, else the text, which is the reply."""
        value = parse_row(text.encode("utf-8", "surrogatepass"))[0] if text.lstrip()[:1] == "{" else None
        names = self._rows.names
        if type(value) is dict and (is_response(value) or is_message(value)):
            has_key = any(name in value for name in names["key"] if name != "id")  # the id is the service's
            return value if has_key else {names["reply"][0]: value}
        return value if response_in(value) is not None or self._rows.is_row(value) else text


def _read_content(path: Path, max_bytes: int, digest: Any) -> tuple[bytes | UnreadRow, int]:
    """Return the content and size of a file, and update `digest`; only the head of a too long file is kept."""
    with path.open("rb") as stream:
        content = stream.read(max_bytes + 1)
        digest.update(content)
        nbytes = len(content)
        if nbytes <= max_bytes:
            return content, nbytes
        head = content[:HEAD_BYTES]
        del content
        while block := stream.read(2**20):
            digest.update(block)
            nbytes += len(block)
    return UnreadRow(too_long_failure(nbytes, max_bytes), head), nbytes
