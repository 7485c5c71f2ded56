"""Worker processes with a hard bound on the time and memory of each request.

A thread hands a request to an idle worker and waits for its answer; a worker has one request at a time. A worker that
exceeds the time is killed and replaced; the requests of other threads go on in the other workers. The operating system
bounds the memory (on Linux): beyond it, an allocation in the worker raises `MemoryError`.
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
"""Seconds before a worker that died during its start is started again."""


class BusyError(MaskmillError):
    """No worker became idle in time."""


class TimeUpError(MaskmillError):
    """The worker did not answer in time, and was killed."""


class DeadWorkerError(MaskmillError):
    """The worker died while it worked on the request."""


class Workers:
    """A pool of processes that all run one function.

    >>> with Workers(len, dict, count=1, seconds=60, memory=2**28) as workers:
    ...     workers.run("request", wait_timeout=60)
    7

    Parameters
    ----------
    work : callable
        Called in the worker with each request; the function, its requests and its answers are pickled.
    prepare : callable
        Called once in each new worker, before the bounds apply.
    count : int
        Number of processes.
    seconds : float
        Maximum seconds per request, from handing it to a worker to receiving the answer.
    memory : int
        Bytes that a worker may use beyond those it has after `prepare`; enforced on Linux only.

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
        if not all(self._admit(worker) for worker in self._all):
            self.close()
            raise MaskmillError("expected a worker process, got one that died while it started")

    @property
    def idle(self) -> int:
        """Number of workers that wait for a request; approximate, since other threads may be taking one."""
        return self._idle.qsize()

    def run(self, request: Any, wait_timeout: float) -> Any:
        """Return the answer to a request.

        Parameters
        ----------
        request : Any
            What `work` takes.
        wait_timeout : float
            Seconds to wait for an idle worker.

        Raises
        ------
        BusyError, TimeUpError, DeadWorkerError
            There is no answer; the pool can be used as before.
        """
        try:
            worker = self._idle.get(timeout=wait_timeout)
        except queue.Empty:
            raise BusyError(f"no worker became idle within {wait_timeout:g} s") from None
        try:
            return worker.request_answer(request, self._seconds)
        except (EOFError, OSError):
            if worker.is_timed_out:
                raise TimeUpError(f"no answer within {self._seconds:g} s") from None
            raise DeadWorkerError("the worker died of this request") from None
        finally:
            self._return_worker(worker)

    def close(self) -> None:
        """Kill every worker."""
        with self._lock:
            self._closed = True
        for worker in self._all:
            worker.kill()
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().dispose()

    def __enter__(self) -> Self:
        """The pool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _return_worker(self, worker: _Worker) -> None:
        """Make a worker available again, or replace it."""
        if worker.is_usable:
            self._idle.put(worker)
            return
        worker.dispose()
        threading.Thread(target=self._replace, args=(worker,), daemon=True).start()

    def _replace(self, dead: _Worker) -> None:
        """Start another worker and admit it when it is ready, which takes about a second."""
        while True:
            with self._lock:
                if self._closed:
                    return
                worker = _Worker(*self._arguments)
                self._all = (self._all - {dead}) | {worker}
            if self._admit(worker):
                return
            worker.dispose()
            dead = worker
            time.sleep(_PAUSE)

    def _admit(self, worker: _Worker) -> bool:
        """Wait until a worker is ready, then make it available; return False if it dies first."""
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
        self.is_timed_out = False
        self.is_usable = True

    def wait_until_ready(self) -> None:
        """Wait until `prepare` has run."""
        self._pipe.recv()

    def request_answer(self, request: Any, seconds: float) -> Any:
        """Return the answer to a request; raise EOFError or OSError if the process dies or the time is over."""
        timer = threading.Timer(seconds, self._kill_on_timeout)
        timer.start()
        self.is_usable = False
        try:
            self._pipe.send(request)
            answer = self._pipe.recv()
            self.is_usable = True
        finally:
            timer.cancel()
            timer.join()  # it may be about to kill
            self.is_usable = self.is_usable and not self.is_timed_out
        return answer

    def kill(self) -> None:
        """Kill the process, from any thread; a thread that waits for its answer gets an EOFError."""
        self._process.kill()

    def dispose(self) -> None:
        """Kill the process and free its resources; only the thread that holds the worker may call this."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _kill_on_timeout(self) -> None:
        """Kill the process because the time is over."""
        self.is_timed_out = True
        self._process.kill()


def _serve(pipe: Connection, work: Callable[[Any], Any], prepare: Callable[[], None], memory: int) -> None:
    """Answer requests in the worker process until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C, and closes the pipe
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    prepare()
    _limit_memory(memory)
    with suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            pipe.send(work(pipe.recv()))


def _exit_with_parent() -> None:
    """Exit when the parent process ends, even if it is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _limit_memory(memory: int) -> None:
    """Set the memory bound of this process, on Linux."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
