"""Worker processes with a hard bound on time and memory, one request at a time each.

A thread hands a request to an idle worker and waits for its answer. At the bound of time the worker is killed, which
ends whatever it does, and another one takes its place; the requests of other threads go on in the other workers. The
bound of memory is the operating system's (Linux): past it, an allocation in the worker raises `MemoryError`.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from maskmill.errors import MaskmillError

_CONTEXT: Final = multiprocessing.get_context("spawn")  # a fork would copy what other threads are in the middle of
_PAUSE: Final = 1.0
"""Seconds before a worker that died while it started is started again."""


class BusyError(MaskmillError):
    """No worker became idle in time."""


class TimeUpError(MaskmillError):
    """The worker did not answer in time, and was killed."""


class DeadWorkerError(MaskmillError):
    """The worker died of the request."""


class Workers:
    """A pool of processes that all run one function.

    >>> with Workers(len, dict, count=1, seconds=60, memory=2**28) as workers:
    ...     workers.run("request", patience=60)
    7

    Parameters
    ----------
    work
        Called in the worker with each request; it, its requests and its answers are pickled.
    prepare
        Called once in each new worker, before any bound holds.
    count
        Number of processes.
    seconds
        For each request, from when a worker takes it to when its answer is back.
    memory
        Bytes that a worker may take beyond what it has after `prepare`; held to on Linux.

    Raises
    ------
    maskmill.errors.MaskmillError
        A worker dies in `prepare`.
    """

    def __init__(
        self, work: Callable[[Any], Any], prepare: Callable[[], None], count: int, seconds: float, memory: int
    ) -> None:
        self._arguments = (work, prepare, memory)
        self._seconds = seconds
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._all = {_Worker(*self._arguments) for _ in range(count)}
        if not all(self._let_in(worker) for worker in self._all):
            self.close()
            raise MaskmillError("expected a worker process, got one that died while it started")

    @property
    def idle(self) -> int:
        """How many workers wait for a request, more or less: others may be taking one."""
        return self._idle.qsize()

    def run(self, request: Any, patience: float) -> Any:
        """The answer to a request.

        Parameters
        ----------
        request
            What `work` takes.
        patience
            Seconds to wait for an idle worker.

        Raises
        ------
        BusyError, TimeUpError, DeadWorkerError
            There is no answer; the pool is as good as before.
        """
        try:
            worker = self._idle.get(timeout=patience)
        except queue.Empty:
            raise BusyError(f"no worker became idle within {patience:g} s") from None
        try:
            return worker.ask(request, self._seconds)
        except (EOFError, OSError):
            if worker.is_late:
                raise TimeUpError(f"no answer within {self._seconds:g} s") from None
            raise DeadWorkerError("the worker died of this request") from None
        finally:
            self._take_back(worker)

    def close(self) -> None:
        """Kill every worker."""
        with self._lock:
            self._closed = True
        for worker in self._all:
            worker.kill()
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().bury()

    def __enter__(self) -> Self:
        """The pool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _take_back(self, worker: _Worker) -> None:
        if worker.is_well:
            self._idle.put(worker)
            return
        worker.bury()
        threading.Thread(target=self._replace, args=(worker,), daemon=True).start()

    def _replace(self, dead: _Worker) -> None:
        """Start another worker and let it in when it is ready, which takes a second or so."""
        while True:
            with self._lock:
                if self._closed:
                    return
                worker = _Worker(*self._arguments)
                self._all = (self._all - {dead}) | {worker}
            if self._let_in(worker):
                return
            worker.bury()
            dead = worker
            time.sleep(_PAUSE)

    def _let_in(self, worker: _Worker) -> bool:
        """Wait until a worker is ready; False where it dies first."""
        try:
            worker.wait_until_ready()
        except (EOFError, OSError):
            return False
        self._idle.put(worker)
        return True


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, work: Callable[[Any], Any], prepare: Callable[[], None], memory: int) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, work, prepare, memory), daemon=True)
        self._process.start()
        theirs.close()  # or the pipe would not end with the process
        self.is_late = False
        self.is_well = True

    def wait_until_ready(self) -> None:
        self._pipe.recv()

    def ask(self, request: Any, seconds: float) -> Any:
        """The answer to a request; the end of the pipe where the process dies, or is killed after some seconds."""
        timer = threading.Timer(seconds, self._kill_late)
        timer.start()
        self.is_well = False
        try:
            self._pipe.send(request)
            answer = self._pipe.recv()
            self.is_well = True
        finally:
            timer.cancel()
            timer.join()  # it may be about to kill
            self.is_well = self.is_well and not self.is_late
        return answer

    def kill(self) -> None:
        """End the process, from any thread; who waits for an answer gets the end of the pipe."""
        self._process.kill()

    def bury(self) -> None:
        """Leave nothing of it behind: for the one thread that has the worker."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _kill_late(self) -> None:
        self.is_late = True
        self._process.kill()


def _serve(pipe: Connection, work: Callable[[Any], Any], prepare: Callable[[], None], memory: int) -> None:
    """The life of a worker process; it ends with the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the pipe
    threading.Thread(target=_die_with_parent, daemon=True).start()
    prepare()
    _bound_memory(memory)
    with suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            pipe.send(work(pipe.recv()))


def _die_with_parent() -> None:
    """Leave no process behind, whatever it does, where the parent is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _bound_memory(memory: int) -> None:
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
