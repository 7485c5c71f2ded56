"""The public verbs: decode one reply, decode many, inspect one, warm up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

from . import _parallel, codebooks
from ._device.hardware import count_cores
from ._device.selection import Device
from ._images.size import ImageSize
from ._inspection import Inspection, inspect_reply
from ._layout import Dialect
from ._options import DEFAULT_LIMITS, Axis, Fallback, FrameOption, Options
from ._pipeline import decode_replies, prepare_reply
from .errors import ArgumentError, expected
from .limits import Limits
from .masks import Masks


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder(Options):
    """The options of `decode`, checked once; immutable, and safe to share between threads.

    >>> decoder = Decoder(threshold=127, fallback="box")
    >>> decoder.decode('[{"box_2d": [0, 0, 500, 500], "label": "cat"}]', size=(10, 10)).areas.tolist()
    [25]

    Parameters
    ----------
    threshold : int
        0..255: a pixel is in the mask where the resized probability map is above it.
    axis : {"auto", "xy", "yx"}
        Order of a polygon's coordinates: ``"auto"`` lets each item's box decide, ``"xy"`` and ``"yx"`` force one.
    boxes : {"auto", "yx", "xy"}
        Order of a box's corners: ``"auto"`` goes by its mask, the rest of the reply and its key.
    frame : {"auto", "thousandths", "unit", "percent", "pixels", "box"} or (width, height)
        What the coordinates of boxes and polygons run to: 1000, 1, 100, the image's pixels, or those of the image as
        the service resized it, (width, height); ``"box"`` reads polygons within their boxes. ``"auto"`` takes
        thousandths, or another frame in which mask and box agree where they do not in thousandths, and says so.
    dialect : str
        The model whose orders and frames to expect where no other option says one: ``"gemini"``, ``"qwen2.5"``,
        ``"qwen3"``, ``"gpt"``, ``"claude"``, ``"florence"``, …. A mask that disagrees with its box is reported all the
        same.
    fallback : {"none", "box"}
        ``"box"`` fills the box of a row that has no mask and a usable box, keeps its status and sets `Masks.filled`;
        an ``empty`` row stays empty, because its mask was read.
    codebook : Codebook, path, None or False
        What mask tokens stand for: a codebook, or its file; None takes the file that ``MASKMILL_CODEBOOK`` names, if
        any, and False none at all. Rows of tokens that it does not know stay ``tokens``.
    device : {"auto", "cpu", "cuda"}
        ``"cpu"``; ``"cuda"``, a GPU; ``"auto"``: a GPU for batches that gain by it, where there is one. The masks are
        the same. A GPU that fails is given up with a warning, and the CPU does its work.
    limits : Limits
        Bounds on untrusted input.

    Raises
    ------
    maskmill.errors.ArgumentError
        An option is out of its range, or the codebook cannot be read.
    maskmill.errors.DeviceError
        The device cannot be used.
    """

    __setstate__ = Options.__setstate__

    def decode(self, reply: object, size: ImageSize) -> Masks:
        """Decode one reply; see `maskmill.decode`."""
        return decode_replies([prepare_reply(reply, size, self)], self)[0]

    def inspect(self, reply: object, size: ImageSize | None = None) -> Inspection:
        """Show what is in a reply, whether the size of its image is known or not; see `maskmill.inspect`."""
        return inspect_reply(reply, size, self)

    def decode_batch(self, replies: Sequence[object], sizes: Sequence[ImageSize]) -> list[Masks | ArgumentError]:
        """Decode several replies in the calling thread, in batches; for callers that manage threads themselves.

        >>> Decoder().decode_batch(["[]", "[]"], [(640, 480), (0, 480)])
        [<Masks: 0 rows of 640x480>, ArgumentError('expected (width, height) in 1..65535, got (0, 480) - at `size`')]

        Where a reply or its size cannot be used, its error stands in its place and is not raised.
        """
        return _parallel.decode_each(zip(replies, sizes, strict=True), self)

    def decode_many(
        self, replies: Iterable[object], sizes: ImageSize | Iterable[ImageSize], threads: int | None = None
    ) -> Iterator[Masks]:
        """Decode replies lazily and in order; see `maskmill.decode_many`.

        Parameters
        ----------
        replies : Iterable
            Replies of any kind that `maskmill.decode` takes; a single text, mapping or path is one reply.
        sizes : (width, height), image, image file, or Iterable of them
            One size or image for all, or one per reply.
        threads : int, optional
            How many threads decode; by default, one per core.
        """
        if threads is not None and (type(threads) is not int or threads < 1):
            raise expected("a positive integer or None", threads, "threads")
        if isinstance(replies, (str, bytes, Mapping, PathLike)):
            replies = [replies]
        if not hasattr(replies, "__iter__"):
            raise expected("an iterable of replies", replies, "replies")
        pairs = _parallel.pair_with_sizes(replies, sizes, self)
        return _parallel.decode_in_order(pairs, self, threads or count_cores())


def decode(
    reply: object,
    size: ImageSize,
    *,
    threshold: int = 127,
    axis: Axis = "auto",
    boxes: Axis = "auto",
    frame: FrameOption = "auto",
    dialect: Dialect = "auto",
    fallback: Fallback = "none",
    codebook: codebooks.CodebookSource = None,
    device: Device = "auto",
    limits: Limits = DEFAULT_LIMITS,
) -> Masks:
    """Decode one reply into exact masks, one row per item.

    >>> reply = '[{"box_2d": [0, 0, 1000, 1000], "mask": [[0, 0], [500, 0], [500, 1000], [0, 1000]], "label": "left"}]'
    >>> masks = decode(reply, size=(4, 2))
    >>> masks[0].dense().astype(int).tolist()
    [[1, 1, 0, 0], [1, 1, 0, 0]]

    Parameters
    ----------
    reply : str, bytes, path, list, dict, None or response
        One reply: text, parsed JSON, or a response: of google-genai (an interaction too) or another SDK, as an object,
        its JSON or its print; or the list of the pieces of a streamed one. A `pathlib.Path` is the file of one; a str
        is never a path. Several answers are for `decode_many`.
    size : (width, height), image or image file
        (width, height) of the image in pixels, EXIF orientation applied; or the image: an array (H, W[, C]), a Pillow
        image, or the path or the content of an image file, of which only the header is read. EXIF orientation is
        applied, but for an array made of a Pillow image, which is not turned; its ``shape[:2]`` is (height, width).
    threshold : int
        A pixel is in the mask where the resized probability map is above it, 0..255.
    axis : {"auto", "xy", "yx"}
        Order of a polygon's coordinates; auto lets the boxes decide.
    boxes : {"auto", "yx", "xy"}
        Order of a box's corners; auto goes by its mask, the rest of the reply and its key.
    frame : {"auto", "thousandths", "unit", "percent", "pixels", "box"} or (width, height)
        What coordinates run to; auto takes thousandths unless mask and box agree in another frame alone. (width,
        height) is the image as the service resized it; box reads polygons within their boxes.
    dialect : str
        The model whose orders and frames to expect: ``"auto"``, ``"gemini"``, ``"qwen2.5"``, ``"qwen3"``, ``"gpt"``,
        ``"claude"``, ``"florence"``, …; the options above win over it.
    fallback : {"none", "box"}
        With box, a row without a mask has its box filled; its status stays, and `Masks.filled` is set.
    codebook : Codebook, path, None or False
        What mask tokens stand for; None: the file that ``MASKMILL_CODEBOOK`` names, if any; False: nothing.
    device : {"auto", "cpu", "cuda"}
        What computes the pixels; auto uses a GPU only for batches that gain by it.
    limits : Limits
        Bounds on untrusted input.

    Returns
    -------
    Masks
        One row per item, in the reply's order, whether it has a mask or not.

    Raises
    ------
    maskmill.errors.ArgumentError
        An argument cannot be used. Nothing is raised for what the model wrote.
    """
    decoder = Decoder(
        threshold=threshold,
        axis=axis,
        boxes=boxes,
        frame=frame,
        dialect=dialect,
        fallback=fallback,
        codebook=codebook,
        device=device,
        limits=limits,
    )
    return decoder.decode(reply, size)


def decode_many(
    replies: Iterable[object],
    sizes: ImageSize | Iterable[ImageSize],
    threads: int | None = None,
    *,
    threshold: int = 127,
    axis: Axis = "auto",
    boxes: Axis = "auto",
    frame: FrameOption = "auto",
    dialect: Dialect = "auto",
    fallback: Fallback = "none",
    codebook: codebooks.CodebookSource = None,
    device: Device = "auto",
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Masks]:
    """Decode many replies lazily, in order, on several threads, with a bounded look-ahead.

    >>> replies = ["[]", '[{"label": "cat"}]']
    >>> [len(masks) for masks in decode_many(replies, (640, 480))]
    [0, 1]

    Parameters
    ----------
    replies : Iterable
        What `decode` takes, one after the other; read only as far ahead as the threads need. A single text, mapping or
        path is one reply.
    sizes : (width, height), image, image file, or Iterable of them
        One size or image for all, or one per reply.
    threads : int, optional
        How many threads decode; by default, one per core. Where a GPU may decode, one more waits for it.
    threshold : int
        As for `decode`, like all options below.
    axis, boxes : {"auto", "xy", "yx"}
        Order of the coordinates of polygons, and of boxes.
    frame : str or (width, height)
        What coordinates run to.
    dialect : str
        The model whose orders and frames to expect.
    fallback : {"none", "box"}
        What an item without a mask gets.
    codebook : Codebook, path, None or False
        What decodes mask tokens.
    device : {"auto", "cpu", "cuda"}
        Where masks are computed.
    limits : Limits
        Bounds on what one reply may hold.

    Raises
    ------
    maskmill.errors.ArgumentError
        At once for the options; at its place in the iteration for a reply or a size, or when there are fewer or more
        sizes than replies.
    """
    decoder = Decoder(
        threshold=threshold,
        axis=axis,
        boxes=boxes,
        frame=frame,
        dialect=dialect,
        fallback=fallback,
        codebook=codebook,
        device=device,
        limits=limits,
    )
    return decoder.decode_many(replies, sizes, threads)


def inspect(
    reply: object,
    size: ImageSize | None = None,
    *,
    threshold: int = 127,
    axis: Axis = "auto",
    boxes: Axis = "auto",
    frame: FrameOption = "auto",
    dialect: Dialect = "auto",
    fallback: Fallback = "none",
    codebook: codebooks.CodebookSource = None,
    device: Device = "auto",
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Show what is in a reply: each row's box, extent, form, status, reason and advice. No size is needed.

    >>> inspection = inspect('[{"mask": [[0, 0], [500, 0], [500, 500], [0, 500]], "label": "quarter"}]')
    >>> print(inspection)
    row  label    box (thousandths)  extent       form  status  reason
    0    quarter                     0 0 500 500  ring  ok
    The reply is ok: well-formed.

    Parameters
    ----------
    reply : str, bytes, path, list, dict, None or response
        As for `decode`.
    size : (width, height), image or image file, optional
        As for `decode`. None: boxes and extents are in thousandths of the image, or in pixels where an RLE in the reply
        gives the size.
    threshold : int
        As for `decode`, like all options below.
    axis, boxes : {"auto", "xy", "yx"}
        Order of the coordinates of polygons, and of boxes.
    frame : str or (width, height)
        What coordinates run to.
    dialect : str
        The model whose orders and frames to expect.
    fallback : {"none", "box"}
        What an item without a mask gets.
    codebook : Codebook, path, None or False
        What decodes mask tokens.
    device : {"auto", "cpu", "cuda"}
        Where masks are computed.
    limits : Limits
        Bounds on what one reply may hold.

    Returns
    -------
    Inspection
        It prints as a table; `to_dict` gives JSON.

    Raises
    ------
    maskmill.errors.ArgumentError
        An argument cannot be used; or coordinates are said to be pixels, and there is no size.
    """
    decoder = Decoder(
        threshold=threshold,
        axis=axis,
        boxes=boxes,
        frame=frame,
        dialect=dialect,
        fallback=fallback,
        codebook=codebook,
        device=device,
        limits=limits,
    )
    return decoder.inspect(reply, size)


def warmup() -> None:
    """Compile every kernel, or load it from the cache: about a minute of one core once, then milliseconds.

    >>> warmup()
    """
    from ._warmup import run_every_kernel

    run_every_kernel(Decoder(device="cpu", codebook=False).decode)
