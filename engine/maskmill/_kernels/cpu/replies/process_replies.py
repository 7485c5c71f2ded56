"""The driver of the fast path: many well-formed replies per call, whose items are decoded or collected.

The type of the buffers that the caller passes chooses between the two: `DecodeBuffers` for run-length counts,
`CollectedJobs` for jobs. Numba compiles `process_replies` once for each, with the choice made.

A reply that a kernel rejects gets no rows: the full path decodes it, and reports why. The one thing that is decided
here is the axis order of polygons.

Why it is fast: a reply of polygons takes 200 microseconds, of which taking the GIL twice would be a large part; hence
many replies per call. Tried and slower: a call per item instead of one per reply, which passes 150 numbers each time
(5 % of a reply of polygons).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, overload
from .batch import FULL, WRITTEN, KernelOptions, ReplyRows, ReplyTexts
from .check_reply import check_reply, fill_rows
from .collect_reply import CollectedJobs, collect_reply
from .decode_reply import DecodeBuffers, decode_reply
from .scan_json import KeyNames, ScannedReply, scan_reply


@kernel
def process_replies(
    texts: ReplyTexts,
    options: KernelOptions,
    key_names: KeyNames,
    scanned: ScannedReply,
    rows: ReplyRows,
    row_stops: NDArray[np.int64],
    buffers: DecodeBuffers | CollectedJobs,
) -> int:
    """Process replies, and return how many before the first one for which `buffers` are full.

    Where the scratch for polygons is too small, return the number of vertices it must hold, negative.

    Parameters
    ----------
    texts : ReplyTexts
        The replies, and the sizes of their images.
    options : KernelOptions
        Options of the decoder.
    key_names : KeyNames
        The names of keys.
    scanned : ScannedReply
        Memory for all rows, and for the vertices and bytes of any one reply; the rows stay.
    rows : ReplyRows
        Receives the columns that every row has.
    row_stops : NDArray[np.int64]
        (N,) receives one past the last row of each reply; a rejected one has no rows.
    buffers : DecodeBuffers or CollectedJobs
        Receives the masks, or the jobs.
    """
    start = n_rows = 0
    for i in range(texts.stops.size):
        size = (texts.sizes[i, 0], texts.sizes[i, 1])
        reply = ScannedReply(scanned.rows[n_rows:], scanned.numbers[n_rows:], scanned.points, scanned.mask_bytes)
        items = scan_reply(texts.data[start : texts.stops[i]], key_names, reply)
        if items > 0 and check_reply(reply, items, size, options, rows, n_rows):
            answer = process_reply(buffers, reply, items, n_rows, size, options)
            if answer < 0:
                return i if answer == FULL else answer
            if answer == WRITTEN:
                fill_rows(reply, items, size, rows, n_rows)
                n_rows += items
        row_stops[i] = n_rows
        start = texts.stops[i]
    return texts.stops.size


def process_reply(
    buffers: Any, scanned: ScannedReply, items: int, first_row: int, size: tuple[int, int], options: KernelOptions
) -> int:
    """Decode or collect the items of a reply, by the type of `buffers`; see `decode_reply` and `collect_reply`.

    Parameters
    ----------
    buffers : DecodeBuffers or CollectedJobs
        Memory.
    scanned : ScannedReply
        The items of the reply, checked.
    items : int
        Their number.
    first_row : int
        The row of the first item in the batch.
    size : tuple[int, int]
        Width and height of the image.
    options : KernelOptions
        Options of the decoder.
    """
    return _kernel_for(type(buffers))(buffers, scanned, items, first_row, size, options)


@overload(process_reply)
def _process_reply(buffers: Any, scanned: Any, items: Any, first_row: Any, size: Any, options: Any) -> Any:
    """Choose the kernel once, when `process_replies` is compiled."""
    process = _kernel_for(buffers.instance_class)

    def process_all(buffers: Any, scanned: Any, items: Any, first_row: Any, size: Any, options: Any) -> Any:
        return process(buffers, scanned, items, first_row, size, options)

    return process_all


def _kernel_for(kind: type) -> Any:
    """Return the kernel for a type of buffers."""
    return decode_reply if kind is DecodeBuffers else collect_reply
