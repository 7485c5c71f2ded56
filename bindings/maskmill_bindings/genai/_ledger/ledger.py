"""The ledger: every question that was asked, and what came of it, in one SQLite file.

An answer is on the disk before the next question is asked with its slot, so a run that is killed loses what was in
flight and nothing else. Several runs may share a file: a question that another one has in flight is claimed. A claim
holds as long as its owner's lock, which the operating system frees when the owner dies, however it does.

Raw bodies are kept as they came, compressed. No key of the interface comes near this module.
"""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, Final

import orjson

from maskmill.errors import MaskmillError, told

from .._surrogate_json import parsed
from .leases import Owners
from .question import Question

_VERSION: Final = 1
_ANNOUNCED: Final = "announced"
_PATIENCE: Final = 60_000
"""Milliseconds for which another process may keep the file to itself."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS questions (
    id TEXT PRIMARY KEY, parts BLOB NOT NULL, asked_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY REFERENCES questions, at REAL NOT NULL, by TEXT NOT NULL,
    body BLOB, code TEXT NOT NULL, message TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former_answers (
    id TEXT NOT NULL REFERENCES questions, at REAL NOT NULL, by TEXT NOT NULL,
    body BLOB, code TEXT NOT NULL, message TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claims (id TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS images (
    path TEXT PRIMARY KEY, nbytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    content TEXT PRIMARY KEY, name TEXT NOT NULL, uri TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY, title TEXT NOT NULL, file TEXT NOT NULL, model TEXT NOT NULL, at REAL NOT NULL,
    state TEXT NOT NULL, owner TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job_rows (
    job TEXT NOT NULL REFERENCES jobs, id TEXT NOT NULL, PRIMARY KEY (job, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_rows_by_id ON job_rows (id);
"""


class LedgerError(MaskmillError):
    """The ledger cannot be used: it is none, of another version, or its disk is full."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Attributes
    ----------
    body
        The response as JSON, as it came; empty where there is none.
    code, message
        Why there is no body; empty where there is.
    by
        How it was asked: ``online`` or ``batch``, whose price is another.
    is_new
        Whether it was paid for just now; False when it comes out of the ledger.
    """

    body: bytes
    code: str = ""
    message: str = ""
    by: str = "online"
    is_new: bool = field(default=True, compare=False)

    @property
    def value(self) -> dict[str, Any]:
        """The body, parsed; empty where there is none."""
        return parsed(self.body) if self.body else {}


@dataclass(slots=True)
class Submitted:
    """A batch job.

    Attributes
    ----------
    name
        At the service; empty where it is not known whether it got there.
    title
        That it was submitted with; no two are the same.
    file
        Its input at the service.
    at
        When it was submitted, in seconds since 1970.
    ids
        Of its questions that are not answered.
    """

    name: str
    title: str
    file: str
    model: str
    at: float
    ids: set[str]


class Ledger:
    """A ledger file; made where there is none.

    >>> import tempfile
    >>> question = Question("00", "gemini-2.5-flash", "Masks, please.", {})
    >>> with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite") as ledger:
    ...     ledger.claim(question)
    ...     ledger.record(question, Answer(b'{"candidates": []}'))
    ...     ledger.answer(question).value
    True
    {'candidates': []}

    Parameters
    ----------
    path
        The file. Beside it stand SQLite's own files, and ``<file>.owners`` with a lock for each run at work.

    Raises
    ------
    LedgerError
        The file is no ledger, is of another version, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.RLock()
        if not path.name or "\0" in str(path):
            raise told("the name of a file", repr(str(path)), "ledger")
        with self._told():
            self._owners = Owners(path.with_name(path.name + ".owners"))
            self.owner = self._owners.name
            try:
                self._base = self._opened()
            except BaseException:
                self._owners.close()
                raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what is claimed, and close the file."""
        with self._guard:
            try:
                self._base.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))
            except sqlite3.Error:
                pass  # whoever comes next sees that the owner's lock is free
            finally:
                self._base.close()
                self._owners.close()

    def _opened(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=_PATIENCE / 1000, isolation_level=None, check_same_thread=False)
        try:
            base.execute("PRAGMA synchronous = FULL")  # an answer that was paid for outlives a loss of power as well
            with _transaction(base):
                self._prepare(base)
            base.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            base.close()
            raise
        return base

    def _prepare(self, base: sqlite3.Connection) -> None:
        """Make the tables where there are none; refuse another database before anything in it is changed."""
        (version,) = base.execute("PRAGMA user_version").fetchone()
        if version == 0:
            if base.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise LedgerError(f"expected a ledger of maskmill, got another database - at `{self.path}`")
            for table in filter(str.strip, _TABLES.split(";")):
                base.execute(table)
            base.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise LedgerError(f"expected a ledger of version {_VERSION}, got {version} - at `{self.path}`")

    # Questions and answers.

    def answer(self, question: Question) -> Answer | None:
        """What came of a question; None as long as nothing has."""
        row = self._one("SELECT body, code, message, by FROM answers WHERE id = ?", question.id)
        if row is None:
            return None
        body, code, message, by = row
        return Answer(zlib.decompress(body) if body else b"", code, message, by, is_new=False)

    def record(self, question: Question, answer: Answer) -> None:
        """Keep what came of a question, for good; what is there already stays."""
        with self._told(), self._transaction():
            self._note(question)
            self._keep(question.id, answer)

    def record_all(self, answers: Mapping[str, Answer]) -> None:
        """Keep what came of questions that were claimed, by their ids: all of it, or nothing."""
        with self._told(), self._transaction():
            for id, answer in answers.items():
                self._keep(id, answer)

    def _keep(self, id: str, answer: Answer) -> None:
        body = zlib.compress(answer.body, 6) if answer.body else None
        self._base.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (id, time(), answer.by, body, answer.code, answer.message),
        )
        self._base.execute("DELETE FROM claims WHERE id = ?", (id,))

    def reopen(self, question: Question) -> None:
        """Let a question be asked again; what came of it so far is kept, and counts no more."""
        with self._told(), self._transaction():
            self._base.execute("INSERT INTO former_answers SELECT * FROM answers WHERE id = ?", (question.id,))
            self._base.execute("DELETE FROM answers WHERE id = ?", (question.id,))
            self._base.execute("DELETE FROM job_rows WHERE id = ?", (question.id,))

    def _note(self, question: Question) -> None:
        parts = orjson.dumps(question.parts(), option=orjson.OPT_SORT_KEYS)
        self._base.execute("INSERT OR IGNORE INTO questions VALUES (?, ?, ?)", (question.id, parts, time()))

    # Claims.

    def is_held(self, question: Question) -> bool:
        """Tell whether another run that is alive has taken a question."""
        held = self._one("SELECT owner FROM claims WHERE id = ?", question.id)
        return held is not None and held[0] != self.owner and self._owners.is_alive(held[0])

    def claim(self, question: Question) -> bool:
        """Take a question; False where it is answered, or taken, by this run or by another that is alive."""
        with self._told(), self._transaction():
            held = self._one("SELECT owner FROM claims WHERE id = ?", question.id)
            if (held and held[0] == self.owner) or not self._claims(question.id):
                return False
            self._note(question)
            return True

    def _claims(self, id: str) -> bool:
        """Claim a question, if it is not answered, and no other run that is alive has it."""
        if self._base.execute("SELECT 1 FROM answers WHERE id = ?", (id,)).fetchone():
            return False
        held = self._base.execute("SELECT owner FROM claims WHERE id = ?", (id,)).fetchone()
        if held and held[0] != self.owner and self._owners.is_alive(held[0]):
            return False
        self._base.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (id, self.owner))
        return True

    def release(self, question: Question) -> None:
        """Give a question back that was not answered."""
        with self._told(), self._transaction():
            self._base.execute("DELETE FROM claims WHERE id = ? AND owner = ?", (question.id, self.owner))

    # Images: their digests, by what the file system says of them.

    def digest(self, path: Path, nbytes: int, mtime_ns: int) -> str | None:
        """The digest of an image's file that has not changed since it was taken; None where there is none."""
        row = self._one("SELECT nbytes, mtime_ns, digest FROM images WHERE path = ?", _name(path))
        return row[2] if row is not None and row[:2] == (nbytes, mtime_ns) else None

    def record_digest(self, path: Path, nbytes: int, mtime_ns: int, digest: str) -> None:
        """Keep the digest of an image's file."""
        with self._told(), self._transaction():
            self._base.execute(
                "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)", (_name(path), nbytes, mtime_ns, digest)
            )

    # Uploads.

    def upload(self, content: str) -> tuple[str, str] | None:
        """Name and address of what was uploaded and is still there."""
        row = self._one("SELECT name, uri FROM uploads WHERE content = ? AND expires > ?", content, time())
        return None if row is None else (row[0], row[1])

    def record_upload(self, content: str, name: str, uri: str, expires: float) -> None:
        """Keep where something was uploaded to, and until when (seconds since 1970) it is there."""
        with self._told(), self._transaction():
            self._base.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", (content, name, uri, expires))

    def forget_upload(self, content: str) -> None:
        """Have something uploaded anew."""
        with self._told(), self._transaction():
            self._base.execute("DELETE FROM uploads WHERE content = ?", (content,))

    # Batch jobs.

    def announce_job(self, title: str, file: str, model: str, ids: Iterable[str]) -> None:
        """Keep that a job is about to be submitted: its title, its input file at the service, its questions."""
        with self._told(), self._transaction():
            about = (title, title, file, model, time(), _ANNOUNCED, self.owner)
            self._base.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", about)
            self._base.executemany("INSERT INTO job_rows VALUES (?, ?)", [(title, id) for id in ids])

    def record_job(self, title: str, name: str) -> None:
        """Keep the name that the service has given to a job that was announced; an emulator gives names again."""
        with self._told(), self._transaction():
            self._base.execute("DELETE FROM job_rows WHERE job = ?", (name,))
            self._base.execute("DELETE FROM jobs WHERE name = ?", (name,))
            self._base.execute("UPDATE jobs SET name = ?, state = 'open' WHERE name = ?", (name, title))
            self._base.execute("UPDATE job_rows SET job = ? WHERE job = ?", (name, title))

    def close_job(self, name: str, state: str) -> None:
        """Keep how a job ended, and give its questions back that were not answered."""
        with self._told(), self._transaction():
            self._give_back(name)
            self._base.execute("UPDATE jobs SET state = ? WHERE name = ?", (state, name))

    def forget_job(self, title: str) -> None:
        """Forget a job that was announced and never submitted, and give its questions back."""
        with self._told(), self._transaction():
            self._give_back(title)
            self._base.execute("DELETE FROM job_rows WHERE job = ?", (title,))
            self._base.execute("DELETE FROM jobs WHERE name = ?", (title,))

    def _give_back(self, job: str) -> None:
        ids = "SELECT id FROM job_rows WHERE job = ?"
        self._base.execute(f"DELETE FROM claims WHERE owner = ? AND id IN ({ids})", (self.owner, job))

    def take_jobs(self) -> list[Submitted]:
        """Take the jobs whose end is not known, of this run and of those that have died; oldest first.

        Their questions are claimed, but for those that are answered, or that another run has claimed; a job without any
        others is closed.
        """
        with self._told(), self._transaction():
            query = "SELECT name, title, file, model, at, state, owner FROM jobs WHERE state IN ('open', ?) ORDER BY at"
            rows = self._base.execute(query, (_ANNOUNCED,)).fetchall()
            others = {row[6] for row in rows} - {self.owner}
            free = {self.owner, *(owner for owner in others if not self._owners.is_alive(owner))}
            return [job for row in rows if row[6] in free and (job := self._taken(*row[:6])).ids]

    def _taken(self, name: str, title: str, file: str, model: str, at: float, state: str) -> Submitted:
        rows = self._base.execute("SELECT id FROM job_rows WHERE job = ?", (name,)).fetchall()
        ids = {id for (id,) in rows if self._claims(id)}
        now = state if ids else "answered"
        self._base.execute("UPDATE jobs SET owner = ?, state = ? WHERE name = ?", (self.owner, now, name))
        return Submitted("" if state == _ANNOUNCED else name, title, file, model, at, ids)

    def submissions(self, question: Question) -> int:
        """How many jobs a question has been in."""
        row = self._one("SELECT count(*) FROM job_rows WHERE id = ?", question.id)
        return 0 if row is None else int(row[0])

    # How all of them get at the file.

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        with self._told(), self._guard:
            row: tuple[Any, ...] | None = self._base.execute(query, values).fetchone()
            return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guard, _transaction(self._base):
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(
                f"expected a ledger that can be read and written, got {error} - at `{self.path}`"
            ) from None
        except OSError as error:
            raise told(
                "a folder that can be written to", str(error.strerror), str(error.filename or self.path)
            ) from None


@contextmanager
def _transaction(base: sqlite3.Connection) -> Iterator[None]:
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
        base.execute("COMMIT")
    except BaseException:
        if base.in_transaction:
            base.execute("ROLLBACK")
        raise


def _name(path: Path) -> str:
    """A path as SQLite can hold it."""
    return str(path.absolute()).encode(errors="surrogateescape").decode("latin-1")
