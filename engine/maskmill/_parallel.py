"""Decode many replies on threads: in order, lazily, in batches, with a bounded look-ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import Any, Final, NamedTuple

from ._images.size import is_one_size, read_size
from ._options import Options
from ._pipeline import SizedReply, decode_replies, prepare_reply
from .errors import ArgumentError, expected
from .masks import Masks

_LOOK_AHEAD: Final = 3
"""Batches per thread that may wait for their turn."""

_END: Final = object()

_Pair = tuple[Any, Any]
_BatchFuture = Future[list["Masks | Exception"]]


class _BatchLimits(NamedTuple):
    """Maximum numbers of replies and of characters per batch."""

    replies: int
    chars: int


_CPU_LIMITS: Final = _BatchLimits(8, 2**18)
_GPU_LIMITS: Final = _BatchLimits(256, 2**23)
"""Where a GPU may decode: launches cost as much for one mask as for a thousand."""


def pair_with_sizes(replies: Iterable[Any], sizes: Any, options: Options) -> Iterator[_Pair]:
    """Return an iterator of replies with their sizes; one size or image may serve all.

    Parameters
    ----------
    replies : Iterable
        What `maskmill.decode` takes, one after the other.
    sizes : Any
        One size or image for all, or one per reply.
    options : Options
        The limits bound the size.

    Raises
    ------
    maskmill.errors.ArgumentError
        `sizes` is one size that cannot be used; while iterating: there are fewer or more sizes than replies.
    """
    if is_one_size(sizes):
        return zip(replies, repeat(read_size(sizes, options.limits, "sizes")), strict=False)
    return _zip_exactly(replies, sizes)


def decode_in_order(pairs: Iterator[_Pair], options: Options, threads: int) -> Iterator[Masks]:
    """Yield the masks of each reply; an exception is raised at its place.

    Parameters
    ----------
    pairs : Iterator
        Replies with their sizes; read only as far ahead as the threads need.
    options : Options
        The options of decoding.
    threads : int
        How many threads decode; where a GPU may decode, one more waits for it.
    """
    uses_cpu = options._target == "cpu"
    if threads == 1 and uses_cpu:
        for reply, size in pairs:
            yield decode_replies([prepare_reply(reply, size, options)], options)[0]
        return
    pool = ThreadPoolExecutor(threads if uses_cpu else threads + 1, thread_name_prefix="maskmill")
    futures: deque[_BatchFuture] = deque()
    try:
        for batch in _batches(_with_failure(pairs), futures, options, threads):
            futures.append(pool.submit(_decode_until_failure, batch, options))
            while futures and (futures[0].done() or len(futures) >= threads * _LOOK_AHEAD):
                yield from _results(futures.popleft())
        while futures:
            yield from _results(futures.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def decode_each(pairs: Iterable[_Pair], options: Options) -> list[Masks | ArgumentError]:
    """Decode several replies in this thread; where one or its size cannot be used, return its error in its place."""
    checked = [_checked(reply, size, options) for reply, size in pairs]
    valid = [reply for reply in checked if not isinstance(reply, ArgumentError)]
    decoded = iter([masks for batch in _split(valid, _limits_of(options)) for masks in decode_replies(batch, options)])
    return [reply if isinstance(reply, ArgumentError) else next(decoded) for reply in checked]


# Input.


def _zip_exactly(replies: Iterable[Any], sizes: Any) -> Iterator[_Pair]:
    """Yield replies with their sizes; raise if there are more of one than of the other."""
    if not hasattr(sizes, "__iter__"):
        raise expected("one size, one image, or one of them for each reply", sizes, "sizes")
    remaining = iter(sizes)
    for number, reply in enumerate(replies):
        size = next(remaining, _END)
        if size is _END:
            raise expected("as many sizes as replies", f"{number} sizes and more replies", "sizes")
        yield reply, size
    if next(remaining, _END) is not _END:
        raise expected("as many sizes as replies", "more sizes than replies", "sizes")


def _with_failure(pairs: Iterator[_Pair]) -> Iterator[_Pair | Exception]:
    """Yield the pairs, and then the exception that ended them, to be raised at its place."""
    try:
        yield from pairs
    except Exception as error:
        yield error


def _checked(reply: Any, size: Any, options: Options) -> SizedReply | ArgumentError:
    try:
        return prepare_reply(reply, size, options)
    except ArgumentError as error:
        return error


# Batches.


def _limits_of(options: Options) -> _BatchLimits:
    return _CPU_LIMITS if options._target == "cpu" else _GPU_LIMITS


def _batches(
    pairs: Iterator[_Pair | Exception], futures: deque[_BatchFuture], options: Options, threads: int
) -> Iterator[list[_Pair | Exception]]:
    """Yield one pair while a thread is idle, and several while all are busy: then handing over costs more than waiting.

    Where a GPU may decode, always yield several.
    """
    limits, uses_cpu = _limits_of(options), options._target == "cpu"
    batch: list[_Pair | Exception] = []
    chars = 0
    for pair in pairs:
        batch.append(pair)
        chars += _count_chars(pair)
        is_full = len(batch) == limits.replies or chars > limits.chars
        if is_full or (uses_cpu and sum(not future.done() for future in futures) < threads):
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _split(replies: list[SizedReply], limits: _BatchLimits) -> Iterator[list[SizedReply]]:
    """Yield the replies in batches that a thread has memory for."""
    batch: list[SizedReply] = []
    chars = 0
    for reply in replies:
        if batch and (len(batch) == limits.replies or chars + len(reply[0].text) > limits.chars):
            yield batch
            batch, chars = [], 0
        batch.append(reply)
        chars += len(reply[0].text)
    if batch:
        yield batch


def _count_chars(pair: _Pair | Exception) -> int:
    """Return the length of a reply that is a text; 0 for any other."""
    return len(pair[0]) if isinstance(pair, tuple) and isinstance(pair[0], (str, bytes)) else 0


def _decode_until_failure(batch: list[_Pair | Exception], options: Options) -> list[Masks | Exception]:
    """Return the masks of each reply up to the first that cannot be used, and then its exception."""
    replies: list[SizedReply] = []
    failures: list[Exception] = []
    for pair in batch:
        try:
            replies.append(_read_pair(pair, options))
        except Exception as error:
            failures.append(error)
            break
    return [*decode_replies(replies, options), *failures]


def _read_pair(pair: _Pair | Exception, options: Options) -> SizedReply:
    if isinstance(pair, Exception):
        raise pair
    return prepare_reply(*pair, options)


def _results(future: _BatchFuture) -> Iterator[Masks]:
    for result in future.result():
        if isinstance(result, Exception):
            raise result
        yield result
