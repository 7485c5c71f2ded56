"""Who is at work on a ledger: each run holds a lock file, which the operating system frees when the run dies."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout


class Owners:
    """The runs at work, of which this is one until it is closed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, other = Owners(Path(folder)), Owners(Path(folder))
    ...     before = one.is_alive(other.name)
    ...     other.close()
    ...     before, one.is_alive(other.name), one.close()
    (True, False, None)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            self.is_alive(file.name)  # which clears away what the dead have left
        self.name, self._lock = self._entered()

    def _entered(self) -> tuple[str, FileLock]:
        while True:
            name = uuid4().hex
            lock = self._lock_of(name)
            lock.acquire()
            if Path(lock.lock_file).exists():  # nobody took it for that of a dead one before it was locked
                return name, lock
            lock.release()

    def close(self) -> None:
        """Leave."""
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)

    def is_alive(self, name: str) -> bool:
        """Tell whether a run is still at work: whether it holds its lock."""
        lock = self._lock_of(name)
        if not Path(lock.lock_file).exists():
            return False
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
        return False

    def _lock_of(self, name: str) -> FileLock:
        return FileLock(self._folder / name, thread_local=False)
