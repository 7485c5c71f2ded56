"""The ledger: every question that was asked and its answer, in one SQLite file.

An answer is on disk before the next question is sent in its place, so a run that is killed loses the requests in
flight and nothing else. Several runs may share a file: a run claims a question before it sends it. A claim holds as
long as its owner's lease, which the operating system frees when the owner dies in any way.

Bodies are kept as received, compressed. The API key never reaches this module.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import time
from typing import Final

import orjson

from maskmill.errors import ArgumentError

from .database import Database, LedgerError, ledger_errors
from .leases import RunLeases
from .question import Question
from .records import LedgerAnswer, SubmittedJob

__all__ = ["Ledger", "LedgerAnswer", "LedgerError", "SubmittedJob"]

_ANNOUNCED: Final = "announced"


class Ledger:
    """A ledger file, created where there is none.

    >>> import tempfile
    >>> question = Question("00", "gemini-2.5-flash", "Masks, please.", {})
    >>> with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite") as ledger:
    ...     ledger.claim(question)
    ...     ledger.record(question, LedgerAnswer(b'{"candidates": []}'))
    ...     ledger.answer(question).value
    True
    {'candidates': []}

    Parameters
    ----------
    path : Path
        The file. Beside it are SQLite's own files, and ``<file>.owners`` with the lease of each running process.

    Attributes
    ----------
    owner : str
        Name of this run, under which it claims questions.

    Raises
    ------
    LedgerError
        The file is no ledger, has another version, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.name or "\0" in str(path):
            raise ArgumentError("the name of a file", repr(str(path)), "ledger")
        with ledger_errors(path):
            self._leases = RunLeases(path.with_name(path.name + ".owners"))
            self.owner = self._leases.name
            try:
                self._database = Database(path)
            except BaseException:
                self._leases.close()
                raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release all claims, and close the file."""
        with self._database.guard:
            try:
                self._database.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))
            except sqlite3.Error:
                pass  # other runs see that this run's lease is free
            finally:
                self._database.close()
                self._leases.close()

    # Questions and answers.

    def answer(self, question: Question) -> LedgerAnswer | None:
        """Return the answer to a question; None as long as there is none."""
        row = self._database.fetch_one("SELECT body, code, message, by FROM answers WHERE id = ?", question.id)
        if row is None:
            return None
        body, code, message, by = row
        return LedgerAnswer(zlib.decompress(body) if body else b"", code, message, by, is_new=False)

    def record(self, question: Question, answer: LedgerAnswer) -> None:
        """Record the answer to a question, unless there is one already."""
        with self._database.transaction():
            self._insert_question(question)
            self._insert_answer(question.id, answer)

    def record_all(self, answers: Mapping[str, LedgerAnswer]) -> None:
        """Record the answers to claimed questions, by their ids, in one transaction."""
        with self._database.transaction():
            for id, answer in answers.items():
                self._insert_answer(id, answer)

    def _insert_answer(self, id: str, answer: LedgerAnswer) -> None:
        body = zlib.compress(answer.body, 6) if answer.body else None
        self._database.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (id, time(), answer.by, body, answer.code, answer.message),
        )
        self._database.execute("DELETE FROM claims WHERE id = ?", (id,))

    def reopen(self, question: Question) -> None:
        """Move a question's answer to the former ones, so that the question is asked again."""
        with self._database.transaction():
            self._database.execute("INSERT INTO former_answers SELECT * FROM answers WHERE id = ?", (question.id,))
            self._database.execute("DELETE FROM answers WHERE id = ?", (question.id,))
            self._database.execute("DELETE FROM job_rows WHERE id = ?", (question.id,))

    def _insert_question(self, question: Question) -> None:
        parts = orjson.dumps(question.parts(), option=orjson.OPT_SORT_KEYS)
        self._database.execute("INSERT OR IGNORE INTO questions VALUES (?, ?, ?)", (question.id, parts, time()))

    # Claims.

    def is_held(self, question: Question) -> bool:
        """Tell whether another running process has claimed a question."""
        claim = self._database.fetch_one("SELECT owner FROM claims WHERE id = ?", question.id)
        return claim is not None and claim[0] != self.owner and self._leases.is_alive(claim[0])

    def claim(self, question: Question) -> bool:
        """Claim a question; False where it is answered, or claimed by this run or by another one that is alive."""
        with self._database.transaction():
            claim = self._database.fetch_one("SELECT owner FROM claims WHERE id = ?", question.id)
            if (claim and claim[0] == self.owner) or not self._try_claim(question.id):
                return False
            self._insert_question(question)
            return True

    def _try_claim(self, id: str) -> bool:
        """Claim a question, unless it is answered or another run that is alive has claimed it."""
        if self._database.execute("SELECT 1 FROM answers WHERE id = ?", (id,)).fetchone():
            return False
        claim = self._database.execute("SELECT owner FROM claims WHERE id = ?", (id,)).fetchone()
        if claim and claim[0] != self.owner and self._leases.is_alive(claim[0]):
            return False
        self._database.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (id, self.owner))
        return True

    def release(self, question: Question) -> None:
        """Release the claim on a question that was not answered."""
        with self._database.transaction():
            self._database.execute("DELETE FROM claims WHERE id = ? AND owner = ?", (question.id, self.owner))

    # Digests of image files.

    def find_digest(self, path: Path, nbytes: int, mtime_ns: int) -> str | None:
        """Return the recorded digest of an image file; None where the file has changed since, or has no record.

        Parameters
        ----------
        path : Path
            Path of the image file.
        nbytes, mtime_ns : int
            Length of the file in bytes and its time of change in nanoseconds now.
        """
        row = self._database.fetch_one("SELECT nbytes, mtime_ns, digest FROM images WHERE path = ?", _path_text(path))
        return row[2] if row is not None and row[:2] == (nbytes, mtime_ns) else None

    def record_digest(self, path: Path, nbytes: int, mtime_ns: int, digest: str) -> None:
        """Record the digest of an image file.

        Parameters
        ----------
        path : Path
            Path of the image file.
        nbytes, mtime_ns : int
            Length of the file in bytes and its time of change in nanoseconds.
        digest : str
            SHA-256, hexadecimal.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)", (_path_text(path), nbytes, mtime_ns, digest)
            )

    # Uploads.

    def find_upload(self, content: str) -> tuple[str, str] | None:
        """Return name and address of an upload that the service still keeps."""
        row = self._database.fetch_one(
            "SELECT name, uri FROM uploads WHERE content = ? AND expires > ?", content, time()
        )
        return None if row is None else (row[0], row[1])

    def record_upload(self, content: str, name: str, uri: str, expires: float) -> None:
        """Record an upload.

        Parameters
        ----------
        content : str
            SHA-256 of the content, hexadecimal.
        name, uri : str
            Name and address at the service.
        expires : float
            Until when the service keeps it, in seconds since 1970.
        """
        with self._database.transaction():
            self._database.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", (content, name, uri, expires))

    def forget_upload(self, content: str) -> None:
        """Forget an upload, so that the content is uploaded again."""
        with self._database.transaction():
            self._database.execute("DELETE FROM uploads WHERE content = ?", (content,))

    # Batch jobs.

    def announce_job(self, title: str, file: str, model: str, ids: Iterable[str]) -> None:
        """Record that a job is about to be submitted.

        Parameters
        ----------
        title : str
            Its unique title.
        file : str
            Its input file at the service.
        model : str
            The requested model.
        ids : iterable of str
            Ids of its questions.
        """
        with self._database.transaction():
            about = (title, title, file, model, time(), _ANNOUNCED, self.owner)
            self._database.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", about)
            self._database.execute_many("INSERT INTO job_rows VALUES (?, ?)", [(title, id) for id in ids])

    def record_job(self, title: str, name: str) -> None:
        """Record the service's name of an announced job; it replaces an older job, as emulators reuse names."""
        with self._database.transaction():
            self._database.execute("DELETE FROM job_rows WHERE job = ?", (name,))
            self._database.execute("DELETE FROM jobs WHERE name = ?", (name,))
            self._database.execute("UPDATE jobs SET name = ?, state = 'open' WHERE name = ?", (name, title))
            self._database.execute("UPDATE job_rows SET job = ? WHERE job = ?", (name, title))

    def close_job(self, name: str, state: str) -> None:
        """Record how a job ended, and release its unanswered questions."""
        with self._database.transaction():
            self._release_questions(name)
            self._database.execute("UPDATE jobs SET state = ? WHERE name = ?", (state, name))

    def forget_job(self, title: str) -> None:
        """Forget a job that was announced and never submitted, and release its questions."""
        with self._database.transaction():
            self._release_questions(title)
            self._database.execute("DELETE FROM job_rows WHERE job = ?", (title,))
            self._database.execute("DELETE FROM jobs WHERE name = ?", (title,))

    def _release_questions(self, job: str) -> None:
        ids = "SELECT id FROM job_rows WHERE job = ?"
        self._database.execute(f"DELETE FROM claims WHERE owner = ? AND id IN ({ids})", (self.owner, job))

    def adopt_jobs(self) -> list[SubmittedJob]:
        """Return the unfinished jobs of this run and of runs that died, oldest first, as jobs of this run.

        Their questions are claimed, except those that are answered or that another run has claimed; a job for which no
        question remains is closed.
        """
        with self._database.transaction():
            query = "SELECT name, title, file, model, at, state, owner FROM jobs WHERE state IN ('open', ?) ORDER BY at"
            rows = self._database.execute(query, (_ANNOUNCED,)).fetchall()
            others = {row[6] for row in rows} - {self.owner}
            free = {self.owner, *(owner for owner in others if not self._leases.is_alive(owner))}
            return [job for row in rows if row[6] in free and (job := self._adopt(*row[:6])).ids]

    def _adopt(self, name: str, title: str, file: str, model: str, submitted_at: float, state: str) -> SubmittedJob:
        rows = self._database.execute("SELECT id FROM job_rows WHERE job = ?", (name,)).fetchall()
        ids = {id for (id,) in rows if self._try_claim(id)}
        new_state = state if ids else "answered"
        self._database.execute("UPDATE jobs SET owner = ?, state = ? WHERE name = ?", (self.owner, new_state, name))
        return SubmittedJob("" if state == _ANNOUNCED else name, title, file, model, submitted_at, ids)

    def count_submissions(self, question: Question) -> int:
        """Return the number of jobs that a question has been in."""
        row = self._database.fetch_one("SELECT count(*) FROM job_rows WHERE id = ?", question.id)
        return 0 if row is None else int(row[0])


def _path_text(path: Path) -> str:
    """Return a path as a text that SQLite can hold."""
    return str(path.absolute()).encode(errors="surrogateescape").decode("latin-1")
