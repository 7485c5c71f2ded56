"""Leases of the runs that use a ledger: a lock file each, which the operating system frees when the run dies."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout


class RunLeases:
    """The leases of all runs, of which this run holds one until it is closed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = RunLeases(Path(folder)), RunLeases(Path(folder))
    ...     before = first.is_alive(second.name)
    ...     second.close()
    ...     before, first.is_alive(second.name), first.close()
    (True, False, None)

    Attributes
    ----------
    name : str
        Name of this run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            self.is_alive(file.name)  # removes the files of runs that died
        self.name, self._lock = self._acquire()

    def _acquire(self) -> tuple[str, FileLock]:
        while True:
            name = uuid4().hex
            lock = self._lock_for(name)
            lock.acquire()
            if Path(lock.lock_file).exists():  # no other run removed it as a dead one's before it was locked
                return name, lock
            lock.release()

    def close(self) -> None:
        """Give up this run's lease."""
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)

    def is_alive(self, name: str) -> bool:
        """Tell whether a run still holds its lease."""
        lock = self._lock_for(name)
        if not Path(lock.lock_file).exists():
            return False
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
        return False

    def _lock_for(self, name: str) -> FileLock:
        return FileLock(self._folder / name, thread_local=False)
