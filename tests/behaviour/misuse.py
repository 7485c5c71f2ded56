"""Wrong calls, and the errors that they raise."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import maskmill
from maskmill import Decoder, Limits, Masks, decode, decode_many, samples
from maskmill_bindings import exports
from maskmill_bindings.convert import convert
from maskmill_bindings.maskfile import MaskFile

from .naming import Options
from .writing import tried, write_lines

_REPLY = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}, {"label": "b"}]'


def record(out: Path, chosen: argparse.Namespace) -> None:
    """Write what each wrong call gives."""
    with TemporaryDirectory() as temporary, chdir(temporary):
        rows = [*_numbered("decode", _decoding()), *_numbered("masks", _masks()), *_numbered("exports", _exporting())]
    write_lines(out / "misuse.jsonl", rows)


def _numbered(name: str, calls: list[Callable[[], Any]]) -> list[dict[str, Any]]:
    return [{"call": f"{name} {number}", **tried(lambda call=call: repr(call()))} for number, call in enumerate(calls)]


def _decoding() -> list[Callable[[], Any]]:
    sizes: list[Any] = [
        (0, 1),
        (1, 0),
        (-4, 4),
        (65536, 1),
        (65535, 65535),
        (4,),
        (4, 4, 3),
        "4x4",
        None,
        5,
        (4.0, 4),
        (True, 4),
        ("4", "4"),
        [4, 4],
        {"width": 4},
        np.zeros((3, 4)),
        np.zeros((3, 4, 3), np.uint8),
        np.zeros(4),
        np.array([4, 4]),
    ]
    options: list[dict[str, Any]] = [
        {"threshold": 256},
        {"threshold": -1},
        {"threshold": 1.5},
        {"threshold": True},
        {"threshold": "5"},
        {"axis": "zx"},
        {"axis": None},
        {"axis": 5},
        {"fallback": "mask"},
        {"fallback": None},
        {"fallback": True},
        {"codebook": "missing.npz"},
        {"codebook": 5},
        {"codebook": True},
        {"device": "tpu"},
        {"device": None},
        {"device": "cuda"},
        {"limits": {}},
        {"limits": None},
        {"treshold": 5},
        {"size": (4, 4)},
        {"threads": 2},
    ]
    limits = [("max_depth", 0), ("max_depth", 201), ("max_side", 65536), ("max_pixels", 2**31), ("max_vertices", 1.0)]
    limits += [("max_coordinate", 10**6), ("max_reply_chars", -1), ("max_map_pixels", True), ("max_dept", 3)]
    replies: list[Any] = [
        5,
        5.5,
        True,
        object(),
        {1, 2},
        (_REPLY,),
        range(3),
        bytearray(b"[]"),
        memoryview(b"[]"),
        Path("a"),
        [1],
        [[]],
    ]
    calls: list[Callable[[], Any]] = [lambda size=size: decode(_REPLY, size) for size in sizes]
    calls += [lambda given=given: decode(_REPLY, **{"size": (8, 8), **given}) for given in options]
    calls += [lambda given=given: Decoder(**given) for given in options]
    calls += [lambda name=name, value=value: Limits(**{name: value}) for name, value in limits]
    calls += [lambda reply=reply: decode(reply, (8, 8)) for reply in replies]
    calls += [
        lambda size=size: decode("[]", size, limits=Limits(max_side=100, max_pixels=50)) for size in ((101, 1), (10, 9))
    ]
    return calls + _many()


def _many() -> list[Callable[[], Any]]:
    def given(replies: Any, sizes: Any, *threads: Any) -> Callable[[], Any]:
        return lambda: list(decode_many(replies, sizes, *threads))

    two = [_REPLY, "[]"]
    return [
        given(two, [(8, 8)]),
        given(two, [(8, 8)] * 3),
        given(two, (0, 8)),
        given(two, [(8, 8), (0, 8)]),
        given(two, 5),
        given(_REPLY, (8, 8)),
        given(b"[]", (8, 8)),
        given({}, (8, 8)),
        given(5, (8, 8)),
        given(None, (8, 8)),
        given(two, (8, 8), 0),
        given(two, (8, 8), "2"),
        given(two, (8, 8), True),
        given([5, "[]"], (8, 8)),
        given(iter(two), iter([(8, 8), (9, 9)])),
        given(two, []),
        given([], (8, 8)),
        lambda: Decoder(72),
        lambda: decode(_REPLY),
        lambda: Decoder().decode_batch(two, [(8, 8)]),
        lambda: setattr(Decoder(), "threshold", 3),
        lambda: maskmill.nothing,
    ]


def _masks() -> list[Callable[[], Any]]:
    masks = decode(_REPLY, (8, 8))
    other = decode("[]", (9, 8))
    data = masks.to_dict()
    rle = {"size": [3, 2], "counts": b"123"}
    ring = [[[0, 0], [2, 0], [2, 2]]]
    return [
        lambda: masks[2],
        lambda: masks[-3],
        lambda: masks["a"],
        lambda: masks[1.0],
        lambda: masks[[0, 5]],
        lambda: masks[np.array([True])],
        lambda: masks[None],
        lambda: masks[np.array([0.5])],
        lambda: masks[[True, False]],
        lambda: masks[np.array([[0]])],
        lambda: masks[True],
        lambda: masks[np.int64(1)],
        lambda: masks[()],
        lambda: masks[[]],
        lambda: masks.iou(other),
        lambda: masks.iou(5),
        lambda: masks.dense("tpu"),
        lambda: masks.dense("cuda"),
        lambda: masks.instance_map("size"),
        lambda: masks.instance_map(device="x"),
        lambda: masks.class_map("a"),
        lambda: masks.class_map([5]),
        lambda: masks.class_map({"a": -1}),
        lambda: masks.class_map({"a": 2**31}),
        lambda: masks.class_map({"a": "1"}),
        lambda: masks.class_map(None),
        lambda: masks.overlay(np.zeros((3, 3))),
        lambda: masks.overlay("x"),
        lambda: masks.overlay(np.zeros((8, 8, 4), np.uint8)),
        lambda: masks.overlay(np.zeros((8, 8), float)),
        lambda: masks.labels.__setitem__(0, "x"),
        lambda: setattr(masks, "size", 5),
        lambda: setattr(masks[0], "label", "x"),
        lambda: masks.scores.__setitem__(0, 1),
        lambda: Masks.from_dict({}),
        lambda: Masks.from_dict(5),
        lambda: Masks.from_dict({**data, "size": [0, 1]}),
        lambda: Masks.from_dict({k: v for k, v in data.items() if k != "size"}),
        lambda: Masks.from_dict({**data, "rows": 5}),
        lambda: Masks.from_dict({**data, "rows": [{}]}),
        lambda: Masks.from_dict({**data, "reply_status": "fine"}),
        lambda: Masks.from_coco([{}]),
        lambda: Masks.from_coco([]),
        lambda: Masks.from_coco([], size=(4, 4)),
        lambda: Masks.from_coco([rle, {"size": [4, 4], "counts": b"123"}]),
        lambda: Masks.from_coco([rle], size=(3, 2)),
        lambda: Masks.from_coco([{"size": [3, 2], "counts": [1, 2]}]),
        lambda: Masks.from_coco([{"size": [3, 2], "counts": "\x00"}]),
        lambda: Masks.from_coco([{"size": [3, 2], "counts": [1, -2, 7]}]),
        lambda: Masks.from_coco(5),
        lambda: Masks.from_coco([rle], labels=["a", "b"]),
        lambda: Masks.from_coco([rle], labels=[5]),
        lambda: Masks.from_coco([rle], scores=["x"]),
        lambda: Masks.from_coco([rle], boxes=[[1, 2]]),
        lambda: Masks.from_coco([rle], status=["fine"]),
        lambda: Masks.from_coco([rle], forms=["x"]),
        lambda: Masks.from_coco([rle], lables=["a"]),
        lambda: Masks.from_coco([rle], problems=[5]),
        lambda: Masks.from_polygons([ring], None),
        lambda: Masks.from_polygons([[[[0, 0], [1, 1]]]], (4, 4)),
        lambda: Masks.from_polygons([[[[0, 0], [1, float("nan")], [2, 2]]]], (4, 4)),
        lambda: Masks.from_polygons(5, (4, 4)),
        lambda: Masks.from_polygons([[[[0, 0], [1e30, 1], [2, 2]]]], (4, 4)),
        lambda: Masks.from_polygons([ring], (4, 4)),
        lambda: Masks.from_dense(np.zeros((2, 2))),
        lambda: Masks.from_dense(np.zeros((1, 2, 2))),
        lambda: Masks.from_dense("x"),
        lambda: Masks.from_dense(np.zeros((1, 0, 2), bool)),
        lambda: Masks.from_map(np.zeros((2, 2))),
        lambda: Masks.from_map([[-1, 2]]),
        lambda: Masks.from_map(np.zeros((1, 2, 2), int)),
        lambda: Masks.from_map(np.ones((2, 2), int), {1: 5}),
        lambda: maskmill.codebooks.load("missing.npz"),
        lambda: maskmill.codebooks.fit([[1] * 16] * 3, np.zeros((3, 256, 256), bool)),
        lambda: maskmill.codebooks.fit([[1] * 15], []),
        lambda: maskmill.codebooks.fit([[200] * 16] * 9, np.zeros((9, 256, 256), bool)),
        lambda: samples.reply("painting"),
        lambda: maskmill.Status("fine"),
        lambda: maskmill.ReplyStatus("fine"),
        lambda: Masks(),
        lambda: maskmill.Mask(),
    ]


def _exporting() -> list[Callable[[], Any]]:
    nowhere = Path("missing-folder") / "missing"
    reads = [lambda name=name: list(exports.read(nowhere, name)) for name in exports.FORMATS]
    options: list[dict[str, Any]] = [
        {"to": "bmp"},
        {"to": 5},
        {"shard_rows": 0},
        {"shard_bytes": 1.5},
        {"classes": ("a", "a")},
        {"filter": "area > x"},
        {"filter": "colour = red"},
        {"filter": "area"},
        {"filter": "status = fine"},
        {"filter": "area >= 1, , label=a"},
        {"codebook": "missing.npz"},
        {"max_reply_chars": 0},
        {"sise": (4, 4)},
        {"filter": "label = cat | dog, score < 0.5"},
    ]
    calls: list[Callable[[], Any]] = [lambda given=given: Options(**given) for given in options]
    calls += [
        lambda: list(exports.read(Path("a.bmp"))),
        lambda: MaskFile("missing.parquet"),
        lambda: convert(["missing.jsonl"], nowhere),
        lambda: convert([], "x.parquet"),
        lambda: convert(["missing.jsonl"], "x.bmp"),
        lambda: convert(["missing.jsonl"], ""),
        lambda: convert(["missing.jsonl"], "x.json", Options(to="yolo")),
        lambda: exports.Settings(classes=("a",)).number("b"),
        lambda: exports.Settings(classes=("a", "b")),
    ]
    return reads + calls
