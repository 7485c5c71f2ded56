"""Replies in files of their own: a folder of them, or one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from maskmill._reply.response import response_in
from maskmill._reply.source import unwrap

from .._safe_text import sound
from .chunk import HEAD, Chunk, Position, Unread
from .entry import Entry
from .line_chunks import too_long
from .row_fields import Rows
from .row_json import parse

SUFFIXES: Final = frozenset((".txt", ".text", ".json", ".md", ".markdown", ".reply", ".response"))
"""Of files that are replies."""


class _File(NamedTuple):
    """One file that was read."""

    name: str
    content: bytes | Unread
    nbytes: int
    digest: bytes


class ReplyFiles:
    """Files of a folder, each a reply, a response or a row; sorted by name."""

    def __init__(self, path: str, folder: Path, names: Sequence[str], rows: Rows, max_row: int) -> None:
        self.name, self._path = Path(path).name, path
        self._folder, self._names = folder, names
        self._rows, self._max_row = rows, max_row

    @property
    def can_seek(self) -> bool:
        """See `Source`."""
        return True

    def identity(self) -> dict[str, Any]:
        """See `Source`; the size of all files together, the last of their times, and a digest of their names."""
        size = latest = 0
        names = hashlib.sha256()
        for name in self._names:
            status = (self._folder / name).stat()
            size, latest = size + status.st_size, max(latest, status.st_mtime_ns)
            names.update(os.fsencode(name) + b"\0")
        own = {"path": self._path, "size": size, "mtime_ns": latest, "names": names.hexdigest()}
        return {**own, **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `Source`; a position is a number of files."""
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
        """See `Source`."""
        return [self._entry(file) for file in chunk.data]

    def _chunk(self, files: list[_File], first: int, nbytes: int) -> Chunk:
        digest = hashlib.sha256(b"".join(file.digest for file in files)).digest()
        return Chunk(self.name, first + 1, len(files), files, first + len(files), nbytes, digest)

    def _read(self, name: str) -> _File:
        digest = hashlib.sha256(os.fsencode(name) + b"\0")
        content: bytes | Unread
        try:
            content, nbytes = _content(self._folder / name, self._max_row, digest)
        except OSError as error:
            content, nbytes = Unread(f"file that cannot be read: {error.strerror}"), 0
        return _File(name, content, nbytes, digest.digest())

    def _entry(self, file: _File) -> Entry:
        name, content = sound(file.name), file.content
        key = PurePath(name).stem
        if isinstance(content, Unread):
            return self._rows.failed(content.failure, name, 1, key)
        source = unwrap(content)
        if source.lack is not None:
            return self._rows.failed(source.lack.message, name, 1, key)
        value = parse(content)[0] if source.text.lstrip()[:1] == "{" else None
        is_row = response_in(value) is not None or self._rows.is_row(value)
        return self._rows.entry(value if is_row else source.text, name, 1, key)


def _content(path: Path, most: int, digest: Any) -> tuple[bytes | Unread, int]:
    """What a file holds, its size, and its digest; of a file past `most` bytes only the beginning is kept."""
    with path.open("rb") as stream:
        content = stream.read(most + 1)
        digest.update(content)
        nbytes = len(content)
        if nbytes <= most:
            return content, nbytes
        head = content[:HEAD]
        del content
        while block := stream.read(2**20):
            digest.update(block)
            nbytes += len(block)
    return Unread(too_long(nbytes, most), head), nbytes
