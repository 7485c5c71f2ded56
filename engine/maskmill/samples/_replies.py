"""Replies about the scene as models write them: every form of mask, and every kind of missing mask.

A form is a function from a shape to the value of ``mask``. This module does not use the engine: PNGs are written with
zlib and struct, run lengths counted with numpy.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ._shapes import SHAPES, SIZE, Mask, Ring, Shape

_MAP_SIDE: Final = 256
_TOKENS: Final = (60, 59, 58, 111, 44, 27, 27, 100, 50, 27, 27, 3, 91, 1, 17, 115)


class Form(NamedTuple):
    """One way in which models write a mask.

    Attributes
    ----------
    value : callable
        Returns the mask of a shape as a JSON value; it is called only for shapes that the form can describe.
    is_exact : bool
        Whether it describes the mask to the pixel.
    is_one_ring : bool
        Whether it has no place for holes or a second part.
    """

    value: Callable[[Shape], Any]
    is_exact: bool = False
    is_one_ring: bool = False


class Sample(NamedTuple):
    """A reply about the scene, and the shapes of its items in order."""

    name: str
    text: str
    shapes: tuple[Shape, ...]


def samples() -> Iterator[Sample]:
    """Yield all replies: the scene in each form, as references, and truncated.

    >>> [sample.name for sample in samples()][:3]
    ['png', 'png_bare', 'png_url_safe']
    """
    for form in FORMS:
        yield Sample(form, reply(form), shapes_in(form))
    yield Sample("reference", with_assets(), SHAPES)
    yield Sample("truncated", truncated(), shapes_in("ring"))


def shapes_in(form: str) -> tuple[Shape, ...]:
    """Return the shapes that a form can describe."""
    return tuple(shape for shape in SHAPES if shape.is_one_ring or not FORMS[form].is_one_ring)


def reply(form: str) -> str:
    """Return the scene in one form, with the shapes that the form can describe.

    >>> reply("null").splitlines()[1][:52]
    '[{"box_2d": [105, 59, 442, 284], "mask": null, "labe'
    """
    return compose((shape, form) for shape in shapes_in(form))


def compose(items: Iterable[tuple[Shape, str]]) -> str:
    """Return a fenced reply with one item per (shape, form)."""
    rows = [{"box_2d": s.box, "mask": FORMS[form].value(s), "label": s.label} for s, form in items]
    return f"```json\n{json.dumps(rows)}\n```"


def with_assets() -> str:
    """Return the scene as references to masks that follow the items."""
    names = {shape.label: f"mask_{i}" for i, shape in enumerate(SHAPES)}
    boxes = [{"box_2d": shape.box, "mask": names[shape.label], "label": shape.label} for shape in SHAPES]
    assets = {names[s.label]: {"inline_data": {"mime_type": "image/png", "data": _base64(s)}} for s in SHAPES}
    return json.dumps({"boxes": boxes, "mask_assets": assets})


def truncated() -> str:
    """Return the scene as rings, truncated inside the last one."""
    return reply("ring")[:-60]


def mixed() -> str:
    """Return the scene with each object in a different form, one of them unreadable."""
    forms = ("png", "ring", "tokens", "ring_holes", "rle", "ring_points")
    return compose(zip(SHAPES, forms, strict=True))


# PNG.


def encode_png(pixels: Mask, level: int = 9) -> bytes:
    """Return an 8-bit grey PNG of 0 and 255, laid out like the models': one IDAT, no filters.

    From level 7 on the zlib header is the same as the models'; level 7 takes a tenth of the time of 9.
    """
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels * np.uint8(255)
    return png_around(zlib.compress(rows.tobytes(), level), (width, height))


def png_around(stream: bytes, size: tuple[int, int]) -> bytes:
    """Return an 8-bit grey PNG of (width, height) whose only IDAT holds this zlib stream."""
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", stream), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _base64(shape: Shape) -> str:
    return base64.b64encode(encode_png(shape.pixels((_MAP_SIDE, _MAP_SIDE), shape.box))).decode()


def _data_uri(shape: Shape) -> str:
    return f"data:image/png;base64,{_base64(shape)}"


def _junk_tailed(shape: Shape) -> str:
    return _data_uri(shape) + "=Z203" + "_203" * 40


def _url_safe(shape: Shape) -> str:
    return _base64(shape).translate(str.maketrans("+/", "-_", "="))


def _hallucinated(_: Shape) -> str:
    """Return an imitation of a PNG: a huge RGBA header with a wrong checksum, then a repeated sequence."""
    header = struct.pack(">IIBBBBB", 288, 440, 8, 6, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IHDR") + header + b"\0\0\0\0"
    return f"data:image/png;base64,{base64.b64encode(start + b'IDA').decode()}{'4+Pj' * 120}"


# Polygons.


def _xy(shape: Shape) -> list[list[int]]:
    return [list(point) for point in shape.parts[0].outer]


def _yx(shape: Shape) -> list[list[int]]:
    return [[y, x] for x, y in shape.parts[0].outer]


def _flat(shape: Shape) -> list[int]:
    return [v for point in shape.parts[0].outer for v in point]


def _chunked(shape: Shape) -> list[list[int]]:
    """Return one ring in flat pieces of five points, y first."""
    flat = [v for x, y in shape.parts[0].outer for v in (y, x)]
    return [flat[i : i + 10] for i in range(0, len(flat), 10)]


def _several(shape: Shape) -> list[list[list[int]]]:
    """Return one ring per part; a bridge that the ring passes twice leads to each hole."""
    return [[list(point) for point in _bridged(part.outer, part.holes)] for part in shape.parts]


def _bridged(outer: Ring, holes: tuple[Ring, ...]) -> Ring:
    for hole in holes:
        outer = (*outer, outer[0], *hole[::-1], hole[-1])
    return outer


def _with_holes(shape: Shape) -> list[dict[str, Any]]:
    """Return parts with holes, y first."""
    return [
        {"outer": [[y, x] for x, y in part.outer], "holes": [[[y, x] for x, y in hole] for hole in part.holes]}
        for part in shape.parts
    ]


def _points(shape: Shape) -> list[dict[str, int]]:
    return [{"x": x, "y": y} for x, y in shape.parts[0].outer]


def _marked_points(shape: Shape) -> str:
    return f"<start_of_mask>{json.dumps(_points(shape))}"


def _numbers(shape: Shape) -> str:
    return ",".join(map(str, _flat(shape)))


# Run lengths.


def run_lengths(pixels: Mask) -> list[int]:
    """Return run lengths down the columns, background first."""
    flat = np.concatenate(([False], pixels.T.ravel()))
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return [int(n) for n in np.diff([0, *changes, pixels.size])]


def _compressed(runs: list[int]) -> str:
    """Return COCO's string: differences to the run two before, five bits per character, lowest first."""
    text = ""
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        while True:
            group, value = value & 31, value >> 5
            done = value == (-1 if group & 16 else 0)
            text += chr(48 + group + (0 if done else 32))
            if done:
                break
    return text


def rle(shape: Shape, size: tuple[int, int] = SIZE) -> dict[str, Any]:
    """Return COCO's run lengths as a string, in an image of `size`."""
    return {"size": list(size[::-1]), "counts": _compressed(run_lengths(shape.pixels(size)))}


def rle_list(shape: Shape, size: tuple[int, int] = SIZE) -> dict[str, Any]:
    """Return COCO's run lengths as a list, in an image of `size`."""
    return {"size": list(size[::-1]), "counts": run_lengths(shape.pixels(size))}


# Tokens.


def tokens(count: int, row: Sequence[int] = _TOKENS) -> str:
    """Return the first `count` mask tokens of a row; a mask takes 16."""
    return "<start_of_mask>" + "".join(f"<seg_{n}>" for n in row[:count])


FORMS: Final[dict[str, Form]] = {
    "png": Form(_data_uri),
    "png_bare": Form(_base64),
    "png_url_safe": Form(_url_safe),
    "png_junk": Form(_junk_tailed),
    "ring": Form(_xy, is_exact=True, is_one_ring=True),
    "ring_yx": Form(_yx, is_exact=True, is_one_ring=True),
    "ring_flat": Form(_flat, is_exact=True, is_one_ring=True),
    "ring_chunked": Form(_chunked, is_exact=True, is_one_ring=True),
    "ring_points": Form(_points, is_exact=True, is_one_ring=True),
    "ring_marked": Form(_marked_points, is_exact=True, is_one_ring=True),
    "ring_text": Form(_numbers, is_exact=True, is_one_ring=True),
    "rings": Form(_several, is_exact=True),
    "ring_holes": Form(_with_holes, is_exact=True),
    "rle": Form(rle, is_exact=True),
    "rle_list": Form(rle_list, is_exact=True),
    "tokens": Form(lambda _: tokens(16)),
    "tokens_incomplete": Form(lambda _: tokens(13)),
    "tokens_none": Form(lambda _: tokens(0)),
    "placeholder": Form(lambda _: "gimme_mask_for_this"),
    "garbage_png": Form(_hallucinated),
    "garbage_text": Form(lambda _: "<start_of_mask>" + "-1,296 0,296 1,295 " * 40),
    "null": Form(lambda _: None),
}
"""All ways in which models write a mask, by name of the sample."""
