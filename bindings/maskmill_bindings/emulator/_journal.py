"""What was asked and answered: the emulator's own account, which tests hold a client to."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from maskmill.errors import told

from ._protocol.request import Request

_PATIENCE: Final = 5.0
_MOST: Final = 100_000
"""How many entries are kept in memory."""


@dataclass(frozen=True)
class Entry:
    """One request, or one row of a batch; written when it is over.

    Attributes
    ----------
    number
        How many came before it.
    time
        When it came, by `time.monotonic`.
    method, kind, model, digest
        Of the `Request`.
    answered
        What the model said has gone out whole, and nothing that a client should ask again for.
    fault
        The fault that struck, ``quota``, or empty.
    status
        Of HTTP; 0 where nothing went out.
    seconds
        From the request to the end of its answer.
    early
        It came before the time that the same content was told to wait for.
    """

    number: int
    time: float
    method: str
    kind: str
    model: str
    digest: str
    answered: bool
    fault: str
    status: int
    seconds: float
    early: bool


class Journal:
    """Every entry, by any thread.

    Who has received an answer finds its entry here: readers wait for those that are being sent.

    Parameters
    ----------
    file
        Where entries are also written, one JSON object a line.
    """

    def __init__(self, file: Path | str | None = None) -> None:
        self._lock = threading.Condition()
        self._sending: dict[int, str] = {}
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._file: IO[str] | None = None if file is None else _opened(Path(file))
        self._came: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}
        self._number = 0
        self._in_flight = 0
        self.most_in_flight = 0
        """How many requests were under way at once."""

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def entries(self) -> list[Entry]:
        """Every entry, in the order in which they ended."""
        with self._lock:
            self._wait_for_sent()
            return list(self._entries)

    def asked(self, kind: str | None = None) -> list[Entry]:
        """Every entry, or those of a kind, in the order in which they came."""
        return sorted((e for e in self.entries if kind in (None, e.kind)), key=lambda e: e.number)

    def counts(self, kind: str | None = None) -> Counter[str]:
        """How often each content was asked, by its digest."""
        return Counter(entry.digest for entry in self.asked(kind))

    def answers(self) -> Counter[str]:
        """How often each content was answered, by its digest."""
        with self._lock:
            self._wait_for_sent()
            return Counter(self._answers)

    def answered_more_than_once(self) -> dict[str, int]:
        """The contents that were answered more than once, and how often: paid twice."""
        return {digest: count for digest, count in self.answers().items() if count > 1}

    def early(self) -> list[Entry]:
        """What came earlier than it was told to."""
        return [entry for entry in self.asked() if entry.early]

    def as_json(self) -> bytes:
        """All of it, for another process."""
        body = {"mostInFlight": self.most_in_flight, "entries": [asdict(entry) for entry in self.asked()]}
        return json.dumps(body).encode()

    # For the server.

    def begin(self) -> int:
        """Count a request in; return its number."""
        with self._lock:
            self._number += 1
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            return self._number - 1

    def next_number(self) -> int:
        """A number for a row of a batch, which is not in flight."""
        with self._lock:
            self._number += 1
            return self._number - 1

    def arrive(self, digest: str) -> tuple[int, bool]:
        """How often the content came before, and whether it was told to wait longer."""
        with self._lock:
            earlier = self._came[digest]
            self._came[digest] += 1
            return earlier, time.monotonic() < self._not_before.get(digest, 0.0)

    def answered(self, digest: str) -> int:
        """How often the content was answered."""
        with self._lock:
            self._wait_for_sent(digest)
            return self._answers[digest]

    def send(self, number: int, digest: str) -> None:
        """An answer begins to be sent."""
        with self._lock:
            self._sending[number] = digest

    def wait_told(self, digest: str, seconds: float) -> None:
        """Remember that the content was told to wait."""
        with self._lock:
            self._not_before[digest] = time.monotonic() + seconds

    def end(self, entry: Entry, in_flight: bool = True) -> None:
        """Write an entry."""
        with self._lock:
            self._in_flight -= in_flight
            self._sending.pop(entry.number, None)
            self._lock.notify_all()
            self._entries.append(entry)
            self._answers[entry.digest] += entry.answered
            if self._file is not None:
                self._file.write(json.dumps(asdict(entry)) + "\n")
                self._file.flush()

    def _wait_for_sent(self, digest: str | None = None) -> None:
        """Wait until what is being sent now, of a content or of any, has been; not for clients that do not read."""
        sending = {number for number, of in self._sending.items() if digest in (None, of)}
        self._lock.wait_for(lambda: sending.isdisjoint(self._sending), timeout=_PATIENCE)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise told("a file that can be written", f"{path}: {error.strerror}", "journal_file") from None


def entry_of(request: Request, began: float, *, answered: bool, fault: str, status: int, early: bool) -> Entry:
    """The entry of a request that ends now."""
    about = request.method, request.kind, request.model, request.digest
    return Entry(request.number, began, *about, answered, fault, status, time.monotonic() - began, early)
