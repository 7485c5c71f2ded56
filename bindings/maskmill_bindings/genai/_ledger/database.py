"""The SQLite file behind a ledger: its tables, transactions and errors."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError, MaskmillError

_VERSION: Final = 1
_WAIT_TIMEOUT: Final = 60.0
"""Seconds to wait for another process that has locked the file."""

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
    """The ledger cannot be used: the file is no ledger, has another version, or its disk is full."""


class Database:
    """The open file, shared by the threads of a run.

    Parameters
    ----------
    path : Path
        The file, created where there is none.

    Attributes
    ----------
    guard : threading.RLock
        Held while the connection is used.

    Raises
    ------
    LedgerError
        The file is no ledger, or has another version.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.guard = path, threading.RLock()
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_WAIT_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")  # a paid answer survives a loss of power
            with _transaction(connection):
                self._prepare(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Create the tables in a new file; raise for any other database before changing it."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise LedgerError("a ledger of maskmill", "another database", str(self.path))
            for table in filter(str.strip, _TABLES.split(";")):
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise LedgerError(f"a ledger of version {_VERSION}", str(version), str(self.path))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def execute(self, query: str, values: Any = ()) -> sqlite3.Cursor:
        """Execute a statement; for use in a `transaction`, or under the `guard`."""
        return self._connection.execute(query, values)

    def execute_many(self, query: str, rows: list[Any]) -> None:
        """Execute a statement for each row of values; for use in a `transaction`."""
        self._connection.executemany(query, rows)

    def fetch_one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row that a query gives; None where it gives none."""
        with ledger_errors(self.path), self.guard:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
            return row

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold a transaction that is committed at the end, and rolled back on any error."""
        with ledger_errors(self.path), self.guard, _transaction(self._connection):
            yield


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the file system into those that users see."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError("a ledger that can be read and written", str(error), str(path)) from None
    except OSError as error:
        raise ArgumentError(
            "a folder that can be written to", str(error.strerror), str(error.filename or path)
        ) from None


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
