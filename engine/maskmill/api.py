"""The verbs: decode one reply, decode many, warm up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final, Literal, TypedDict, Unpack

from . import codebooks
from ._device import cost_model, selection
from ._image_size import is_one_size, read_size
from ._pipeline import full_path
from ._reply import unwrap
from .errors import ArgumentError, expected
from .limits import Limits
from .masks import Masks

Axis = Literal["auto", "xy", "yx"]
Fallback = Literal["none", "box"]

_LOOK_AHEAD: Final = 3
_CPU_BATCH: Final = 8, 2**18
"""Replies, and characters, that a thread takes at a time."""

_DEVICE_BATCH: Final = 256, 2**23
"""The same where a GPU may do the work: launches cost as much for one mask as for a thousand."""

_Batch = Future[list["Masks | Exception"]]

_END: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """The options of `decode`, checked once; immutable, and safe to share between threads.

    >>> decoder = Decoder(threshold=127, fallback="box")
    >>> decoder.decode('[{"box_2d": [0, 0, 500, 500], "label": "cat"}]', size=(10, 10)).areas.tolist()
    [25]

    Parameters
    ----------
    threshold
        0..255: a pixel is in the mask where the resized map is above it.
    axis
        Order of a ring's coordinates: ``"auto"`` lets each item's box decide, ``"xy"`` and ``"yx"`` force one.
    fallback
        ``"box"`` fills the box of a row that has no mask and a usable box, keeps its status and sets `Masks.filled`;
        an ``empty`` row stays empty, because its mask was read.
    codebook
        What mask tokens stand for: a codebook, or its file; None takes the file that ``MASKMILL_CODEBOOK`` names, if it
        does, and False none at all. Rows of tokens that it does not know stay ``tokens``.
    device
        ``"cpu"``; ``"cuda"``, a GPU; ``"auto"``: a GPU for batches that gain by it, where there is one. The masks are
        the same. A GPU that fails is given up with a warning, and the CPU does its work.
    limits
        Bounds on untrusted input.

    Raises
    ------
    maskmill.errors.ArgumentError
        An option is out of its range, or the codebook cannot be read.
    maskmill.errors.DeviceError
        The device cannot be used.
    """

    threshold: int = 127
    axis: Axis = "auto"
    fallback: Fallback = "none"
    codebook: codebooks.Given = None
    device: selection.Device = "auto"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Check the options."""
        if type(self.threshold) is not int or not 0 <= self.threshold <= 255:
            raise expected("an integer in 0..255", self.threshold, "threshold")
        if not isinstance(self.axis, str) or self.axis not in ("auto", "xy", "yx"):
            raise expected("'auto', 'xy' or 'yx'", self.axis, "axis")
        if not isinstance(self.fallback, str) or self.fallback not in ("none", "box"):
            raise expected("'none' or 'box'", self.fallback, "fallback")
        object.__setattr__(self, "codebook", codebooks.given(self.codebook))
        if not isinstance(self.limits, Limits):
            raise expected("a maskmill.Limits", self.limits, "limits")
        selection.choose(self.device)

    def decode(self, reply: Any, size: Any) -> Masks:
        """Decode one reply; see `maskmill.decode`."""
        return full_path.build_all([self._job(reply, size)], self._options())[0]

    def decode_batch(self, replies: Sequence[Any], sizes: Sequence[Any]) -> list[Masks | ArgumentError]:
        """Decode several replies in this thread, several at a time; for whoever has threads of his own.

        >>> Decoder().decode_batch(["[]", "[]"], [(640, 480), (0, 480)])
        [<Masks: 0 rows of 640x480>, ArgumentError('expected (width, height) in 1..65535, got (0, 480) - at `size`')]

        Where a reply or its size cannot be used, its error stands in its place and is not raised.
        """
        checked = [self._tried(reply, size) for reply, size in zip(replies, sizes, strict=True)]
        jobs = [job for job in checked if not isinstance(job, ArgumentError)]
        options = self._options()
        made = iter([masks for batch in _cut(jobs, _most(options)) for masks in full_path.build_all(batch, options)])
        return [job if isinstance(job, ArgumentError) else next(made) for job in checked]

    def decode_many(self, replies: Iterable[Any], sizes: Any, threads: int | None = None) -> Iterator[Masks]:
        """Decode replies lazily and in order; see `maskmill.decode_many`."""
        if threads is not None and (type(threads) is not int or threads < 1):
            raise expected("a positive integer or None", threads, "threads")
        if isinstance(replies, (str, bytes, dict)) or not hasattr(replies, "__iter__"):
            raise expected("an iterable of replies", replies, "replies")
        jobs = zip(replies, self._sizes(sizes), strict=False) if is_one_size(sizes) else _paired(replies, sizes)
        return _in_order(self, jobs, threads or cost_model.cores())

    def _job(self, reply: Any, size: Any) -> full_path.Job:
        return unwrap(reply), read_size(size, self.limits)

    def _tried(self, reply: Any, size: Any) -> full_path.Job | ArgumentError:
        try:
            return self._job(reply, size)
        except ArgumentError as error:
            return error

    def _options(self) -> full_path.Options:
        target, codebook = selection.choose(self.device), self.codebook
        assert codebook is None or isinstance(codebook, codebooks.Codebook)  # a file has been read
        return full_path.Options(self.threshold, self.axis, self.fallback, self.limits, target, codebook)

    def _sizes(self, size: Any) -> Iterator[Any]:
        return repeat(read_size(size, self.limits, "sizes"))


class Options(TypedDict, total=False):
    """The keyword options of `decode` and `decode_many`: the parameters of `Decoder`."""

    threshold: int
    axis: Axis
    fallback: Fallback
    codebook: codebooks.Given
    device: selection.Device
    limits: Limits


def decode(reply: Any, size: Any, **options: Unpack[Options]) -> Masks:
    """Decode one reply into exact masks, one row an item.

    >>> reply = '[{"box_2d": [0, 0, 1000, 1000], "mask": [[0, 0], [500, 0], [500, 1000], [0, 1000]], "label": "left"}]'
    >>> masks = decode(reply, size=(4, 2))
    >>> masks[0].dense().astype(int).tolist()
    [[1, 1, 0, 0], [1, 1, 0, 0]]

    Parameters
    ----------
    reply
        One reply: text, bytes, a parsed list or dict, None, or a google-genai response (or its JSON). Several are for
        `decode_many`.
    size
        (width, height) of the image in pixels, EXIF orientation applied; or the image: an array (H, W[, C]) or a Pillow
        image, whose EXIF orientation is applied. An array made of a Pillow image is not turned, and its ``shape[:2]``
        is (height, width).
    **options
        threshold : int, default 127
            A pixel is in the mask where the resized map is above it, 0..255.
        axis : {"auto", "xy", "yx"}, default "auto"
            Order of a ring's coordinates; auto lets the boxes decide.
        fallback : {"none", "box"}, default "none"
            With box, a row without a mask has its box filled; its status stays, and `Masks.filled` says so.
        codebook : Codebook, path, None or False
            What mask tokens stand for; None: the file that ``MASKMILL_CODEBOOK`` names, if it does; False: nothing.
        device : {"auto", "cpu", "cuda"}, default "auto"
            What makes the pixels; auto takes a GPU only for batches that gain by it.
        limits : Limits
            Bounds on untrusted input.

    Returns
    -------
    Masks
        One row an item, in the reply's order, whatever became of it.

    Raises
    ------
    maskmill.errors.ArgumentError
        An argument cannot be used. Nothing is raised for what the model wrote.
    """
    return Decoder(**options).decode(reply, size)


def decode_many(
    replies: Iterable[Any], sizes: Any, threads: int | None = None, **options: Unpack[Options]
) -> Iterator[Masks]:
    """Decode many replies lazily, in order, on several threads, with a bounded look-ahead.

    >>> replies = ["[]", '[{"label": "cat"}]']
    >>> [len(masks) for masks in decode_many(replies, (640, 480))]
    [0, 1]

    Parameters
    ----------
    replies
        What `decode` takes, one after the other; read only as far ahead as the threads need.
    sizes
        One size or image for all, or one for each reply.
    threads
        How many decode at a time; None: one a core. Where a GPU may do the work, one more waits for it.
    **options
        Those of `Decoder`.

    Raises
    ------
    maskmill.errors.ArgumentError
        At once for the options; at its place in the iteration for a reply or a size, or when there are fewer or more
        sizes than replies.
    """
    return Decoder(**options).decode_many(replies, sizes, threads)


def warmup() -> None:
    """Compile every kernel, or load it from the cache: a few seconds once, then milliseconds in each process.

    >>> warmup()
    """
    from ._warmup import run_every_kernel

    run_every_kernel(Decoder(device="cpu", codebook=False))


def _paired(replies: Iterable[Any], sizes: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Replies with their sizes; one side longer than the other is the caller's mistake."""
    if not hasattr(sizes, "__iter__"):
        raise expected("one size, one image, or one of them for each reply", sizes, "sizes")
    others = iter(sizes)
    for number, reply in enumerate(replies):
        size = next(others, _END)
        if size is _END:
            raise expected("as many sizes as replies", f"{number} sizes and more replies", "sizes")
        yield reply, size
    if next(others, _END) is not _END:
        raise expected("as many sizes as replies", "more sizes than replies", "sizes")


def _in_order(decoder: Decoder, jobs: Iterator[tuple[Any, Any]], threads: int) -> Iterator[Masks]:
    on_cpu = decoder._options().target == "cpu"
    if threads == 1 and on_cpu:
        for reply, size in jobs:
            yield decoder.decode(reply, size)
        return
    workers = threads if on_cpu else threads + 1  # one waits for the GPU
    pool = ThreadPoolExecutor(workers, thread_name_prefix="maskmill")
    waiting: deque[_Batch] = deque()
    try:
        for batch in _batches(_with_failure(jobs), waiting, threads, decoder._options()):
            waiting.append(pool.submit(_decode_all, decoder, batch))
            while waiting and (waiting[0].done() or len(waiting) >= threads * _LOOK_AHEAD):
                yield from _results(waiting.popleft())
        while waiting:
            yield from _results(waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _with_failure(jobs: Iterator[tuple[Any, Any]]) -> Iterator[Any]:
    """The jobs, and then the exception that ended them, to be raised in its turn."""
    try:
        yield from jobs
    except Exception as error:
        yield error


def _most(options: full_path.Options) -> tuple[int, int]:
    return _CPU_BATCH if options.target == "cpu" else _DEVICE_BATCH


def _batches(
    jobs: Iterator[Any], waiting: deque[_Batch], threads: int, options: full_path.Options
) -> Iterator[list[Any]]:
    """One job at a time while a thread is idle, several when all are busy: then it is the handing over that costs.

    With a GPU always several.
    """
    most, longest = _most(options)
    on_cpu = options.target == "cpu"
    batch: list[Any] = []
    length = 0
    for job in jobs:
        batch.append(job)
        length += _length(job)
        if (
            len(batch) == most
            or length > longest
            or (on_cpu and sum(not future.done() for future in waiting) < threads)
        ):
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _cut(jobs: list[full_path.Job], most: tuple[int, int]) -> Iterator[list[full_path.Job]]:
    """The jobs in batches that a thread has memory for: so many, and so many characters."""
    batch: list[full_path.Job] = []
    length = 0
    for job in jobs:
        if batch and (len(batch) == most[0] or length + len(job[0].text) > most[1]):
            yield batch
            batch, length = [], 0
        batch.append(job)
        length += len(job[0].text)
    if batch:
        yield batch


def _length(job: Any) -> int:
    """Characters of a reply that is a text; 0 for any other."""
    return len(job[0]) if isinstance(job, tuple) and isinstance(job[0], (str, bytes)) else 0


def _decode_all(decoder: Decoder, batch: list[Any]) -> list[Masks | Exception]:
    """The masks of each reply, up to the first that cannot be decoded, whose exception comes last."""
    jobs: list[full_path.Job] = []
    failure: list[Exception] = []
    for job in batch:
        try:
            jobs.append(_checked(decoder, job))
        except Exception as error:
            failure.append(error)
            break
    return [*full_path.build_all(jobs, decoder._options()), *failure]


def _checked(decoder: Decoder, job: Any) -> full_path.Job:
    if isinstance(job, Exception):
        raise job
    return decoder._job(*job)


def _results(future: _Batch) -> Iterator[Masks]:
    for result in future.result():
        if isinstance(result, Exception):
            raise result
        yield result
