"""The journal: every request and its outcome, as the server saw them, to test a client against."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from maskmill.errors import ArgumentError

from ._messages.request import ApiRequest

_SEND_TIMEOUT: Final = 5.0
_MAX_ENTRIES: Final = 100_000
"""Number of entries that are kept in memory."""


@dataclass(frozen=True)
class JournalEntry:
    """One request, or one row of a batch, written when it has ended.

    Attributes
    ----------
    number : int
        Number of earlier requests and rows.
    time : float
        When it arrived, by `time.monotonic`.
    method, kind, model, digest : str
        As in the request.
    answered : bool
        Whether the model's reply was sent completely, without a fault after which a client should retry.
    fault : str
        The fault that struck, ``quota``, or empty.
    status : int
        HTTP status; 0 if nothing was sent.
    seconds : float
        From the arrival to the end of the answer.
    early : bool
        Whether it arrived before the time until which a client was to wait with this content.
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
    """All entries; safe to use from any thread.

    A client that has received an answer finds its entry here, since readers wait for answers that are being sent.

    Parameters
    ----------
    file : Path or str, optional
        Where entries are also written, one JSON object per line.
    """

    def __init__(self, file: Path | str | None = None) -> None:
        self._lock = threading.Condition()
        self._sending: dict[int, str] = {}
        self._entries: deque[JournalEntry] = deque(maxlen=_MAX_ENTRIES)
        self._file: IO[str] | None = None if file is None else _open_journal(Path(file))
        self._arrivals: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}
        self._number = 0
        self._in_flight = 0
        self.most_in_flight = 0
        """Largest number of requests in progress at the same time."""

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def entries(self) -> list[JournalEntry]:
        """All entries, in the order in which they ended."""
        with self._lock:
            self._wait_for_sent()
            return list(self._entries)

    def asked(self, kind: str | None = None) -> list[JournalEntry]:
        """Return all entries, or those of a kind, in the order of their arrival."""
        return sorted((e for e in self.entries if kind in (None, e.kind)), key=lambda e: e.number)

    def counts(self, kind: str | None = None) -> Counter[str]:
        """Return how often each content was requested, by its digest."""
        return Counter(entry.digest for entry in self.asked(kind))

    def answers(self) -> Counter[str]:
        """Return how often each content was answered, by its digest."""
        with self._lock:
            self._wait_for_sent()
            return Counter(self._answers)

    def answered_more_than_once(self) -> dict[str, int]:
        """Return the contents that were answered, and so paid for, more than once, and how often."""
        return {digest: count for digest, count in self.answers().items() if count > 1}

    def early(self) -> list[JournalEntry]:
        """Return the entries of requests that came before the time until which the client was to wait."""
        return [entry for entry in self.asked() if entry.early]

    def as_json(self) -> bytes:
        """Return the journal as JSON, for another process."""
        body = {"mostInFlight": self.most_in_flight, "entries": [asdict(entry) for entry in self.asked()]}
        return json.dumps(body).encode()

    # For the server.

    def begin(self) -> int:
        """Count a request as in progress, and return its number."""
        with self._lock:
            self._number += 1
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            return self._number - 1

    def next_number(self) -> int:
        """Return a number for a row of a batch, which is no request in progress."""
        with self._lock:
            self._number += 1
            return self._number - 1

    def arrive(self, digest: str) -> tuple[int, bool]:
        """Count a content, and return how often it came before, and whether it came too early."""
        with self._lock:
            earlier = self._arrivals[digest]
            self._arrivals[digest] += 1
            return earlier, time.monotonic() < self._not_before.get(digest, 0.0)

    def answered(self, digest: str) -> int:
        """Return how often a content was answered."""
        with self._lock:
            self._wait_for_sent(digest)
            return self._answers[digest]

    def send(self, number: int, digest: str) -> None:
        """Note that an answer is being sent."""
        with self._lock:
            self._sending[number] = digest

    def note_wait(self, digest: str, seconds: float) -> None:
        """Note that a client has to wait some seconds before it repeats a content."""
        with self._lock:
            self._not_before[digest] = time.monotonic() + seconds

    def end(self, entry: JournalEntry, in_flight: bool = True) -> None:
        """Add the entry of a request that has ended."""
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
        """Wait for the answers being sent now, for one content or all; give up on clients that do not read."""
        sending = {number for number, of in self._sending.items() if digest in (None, of)}
        self._lock.wait_for(lambda: sending.isdisjoint(self._sending), timeout=_SEND_TIMEOUT)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def _open_journal(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise ArgumentError("a file that can be written", f"{path}: {error.strerror}", "journal_file") from None


def finish_entry(
    request: ApiRequest, start: float, *, answered: bool, early: bool, fault: str, status: int
) -> JournalEntry:
    """Return the entry of a request that ends now.

    Parameters
    ----------
    request : ApiRequest
        The request.
    start : float
        When it arrived, by `time.monotonic`.
    answered, early : bool
        As in the entry.
    fault : str
        As in the entry.
    status : int
        As in the entry.
    """
    copied = request.method, request.kind, request.model, request.digest
    return JournalEntry(request.number, start, *copied, answered, fault, status, time.monotonic() - start, early)
