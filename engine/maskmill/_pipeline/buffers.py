"""Buffers of the fast path, kept per thread: page faults would cost more than the kernels that cause them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np

from .._kernels.cpu.replies.batch import ReplyRows, new_reply_rows
from .._kernels.cpu.replies.decode_reply import DecodeBuffers, new_decode_buffers, new_polygon_scratch
from .._kernels.cpu.replies.scan_json import ScannedReply, new_scan_buffers

_MAX_KEPT_LENGTH: Final = 2**20
"""Bytes of text up to which a thread keeps its buffers for the next batch."""

_MIN_LENGTH: Final = 2**18
"""Bytes of text that buffers hold at least: pages that are not touched cost nothing."""

_MIN_SIDE: Final = 2048

_COUNTS_PER_BYTE: Final = 4
"""More than real replies need; a batch that needs more is decoded again."""


@dataclass(slots=True)
class Buffers:
    """Buffers for a batch of replies.

    Attributes
    ----------
    length : int
        Maximum length of all replies together, in bytes.
    width, height : int
        Maximum size of an image, in pixels.
    scanned : ScannedReply
        Receives the items of the replies.
    rows : ReplyRows
        Receives what every row has.
    decoded : DecodeBuffers
        Receives the run lengths; grows where they do not suffice.
    """

    length: int
    width: int
    height: int
    scanned: ScannedReply
    rows: ReplyRows
    decoded: DecodeBuffers

    def grow_counts(self) -> None:
        """Double the buffer for run lengths."""
        self.decoded = self.decoded._replace(counts=np.empty(2 * len(self.decoded.counts), np.int32))

    def grow_polygons(self, vertices: int) -> None:
        """Make scratch for a polygon of so many vertices, and at least double it."""
        vertices = max(vertices, 2 * len(self.decoded.polygons.edges))
        self.decoded = self.decoded._replace(polygons=new_polygon_scratch(vertices))


_thread = threading.local()


def buffers_for(length: int, width: int, height: int) -> Buffers:
    """Return this thread's buffers, larger ones if they do not suffice.

    Parameters
    ----------
    length : int
        Length of all replies together, in bytes.
    width, height : int
        Maximum size of their images, in pixels.
    """
    kept: Buffers | None = getattr(_thread, "buffers", None)
    if kept and kept.length >= length and kept.width >= width and kept.height >= height:
        return kept
    if kept:
        length, width, height = max(length, kept.length), max(width, kept.width), max(height, kept.height)
    buffers = _new_buffers(max(length, _MIN_LENGTH), max(width, _MIN_SIDE), max(height, _MIN_SIDE))
    if buffers.length <= _MAX_KEPT_LENGTH:
        _thread.buffers = buffers
    return buffers


def _new_buffers(length: int, width: int, height: int) -> Buffers:
    scanned = new_scan_buffers(length)
    max_rows = len(scanned.rows)
    decoded = new_decode_buffers(max_rows, _COUNTS_PER_BYTE * length, width=width, height=height)
    return Buffers(length, width, height, scanned, new_reply_rows(max_rows), decoded)
