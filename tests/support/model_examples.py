"""One reply of each form in the table of `docs/reference/replies.md`, and the rows that it gives."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maskmill import Masks
from support import pngs, replies

SIZE = (1000, 800)
WIDTH, HEIGHT = SIZE
X0, Y0, X1, Y1 = PIXELS = (200, 80, 600, 400)
"""The object of every example, as pixels of an image of `SIZE`."""

THOUSANDTHS = (200, 100, 600, 500)
"""The same, x, y, in thousandths."""

HALF_SIZE = (500, 400)
"""The size to which a service resized the image."""

Corners = tuple[float, ...]


@dataclass(frozen=True)
class Example:
    """A reply, the options that it needs, and what it gives.

    Attributes
    ----------
    reply : Any
        Text or a parsed value.
    status : str
        The status of its only row; empty where it has none.
    options : dict
        Options of `maskmill.decode`.
    codes : set of str
        The codes of all problems but the row's status.
    has_box : bool
        Whether the row has a box, which is then that of the object.
    label : str
        The label of the row.
    extent : tuple of int
        x0, y0, x1, y1 of the mask's pixels.
    """

    reply: Any
    status: str = "ok"
    options: dict[str, Any] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    has_box: bool = True
    label: str = "cup"
    extent: tuple[int, int, int, int] = PIXELS


def ring(corners: Corners) -> list[list[float]]:
    """Return the corners of a rectangle as points x, y."""
    x0, y0, x1, y1 = corners
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def flat(corners: Corners) -> list[float]:
    """Return the corners of a rectangle as x, y, x, y, …."""
    return [v for point in ring(corners) for v in point]


def turned(points: list[list[float]]) -> list[list[float]]:
    """Return points as y, x."""
    return [point[::-1] for point in points]


def run_lengths() -> dict[str, Any]:
    """Return the object as COCO's compressed RLE."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[Y0:Y1, X0:X1] = True
    return {"size": [HEIGHT, WIDTH], "counts": Masks.from_dense(mask[None]).coco()[0]["counts"].decode()}


def in_pixels(scale: float) -> tuple[float, ...]:
    """Return the object's corners in pixels of the image scaled by a factor."""
    return tuple(v * scale for v in PIXELS)


def named(names: str, numbers: Sequence[float]) -> dict[str, float]:
    """Return numbers under their names."""
    return dict(zip(names.split(), numbers, strict=True))


def loc(numbers: Corners) -> str:
    """Return Florence-2's tokens."""
    return "".join(f"<loc_{n:g}>" for n in numbers)


def codes(*names: str) -> frozenset[str]:
    """Return the codes of problems."""
    return frozenset(names)


YXYX = [100, 200, 500, 600]
XYXY = list(THOUSANDTHS)
UNIT = (0.2, 0.1, 0.6, 0.5)
UNIT_BOX = named("x_min y_min x_max y_max", UNIT)
FULL_MAP = "data:image/png;base64," + base64.b64encode(pngs.encode(np.full((16, 16), 255, np.uint8))).decode()
PALIGEMMA = "".join(f"<loc{v:04}>" for v in (102, 205, 512, 614))
SEG = "".join(f"<seg{n:03}>" for n in range(16))
SQUARE = "M 0 0 L 1 0 L 1 1 L 0 1 Z"
CORNER_TAGS = " ".join(f"({x},{y})" for x, y in ring(THOUSANDTHS))


def item(box_key: str, box: Any, mask: Any = None, mask_key: str = "polygon") -> str:
    """Return the JSON of a reply with one item."""
    return json.dumps([{box_key: box, **({} if mask is None else {mask_key: mask}), "label": "cup"}])


EXAMPLES: dict[str, Example] = {
    "gemini-png": Example(item("box_2d", YXYX, FULL_MAP, "mask")),
    "gemini-tokens": Example(item("box_2d", YXYX, replies.TOKENS, "mask"), "tokens"),
    "gemini-polygon": Example(item("box_2d", YXYX, ring(THOUSANDTHS), "mask")),
    "gemini-yx": Example(item("box_2d", YXYX, turned(ring(THOUSANDTHS)), "mask"), codes=codes("axes_swapped")),
    "gemini-rle": Example(item("box_2d", YXYX, run_lengths(), "mask")),
    "gemini-box": Example(item("box_2d", YXYX), "nothing"),
    "gemini-point": Example(json.dumps([{"point": [300, 400], "label": "cup"}]), "nothing", has_box=False),
    "paligemma": Example(f"{PALIGEMMA}{SEG} cup", "tokens"),
    "paligemma-before": Example(f"cup {PALIGEMMA}{SEG}", "tokens"),
    "paligemma-colon": Example(f"- cup: {PALIGEMMA}{SEG}", "tokens"),
    "florence-ring": Example(f"cup{loc(flat(THOUSANDTHS))}", has_box=False),
    "florence-poly": Example(f"cup<poly>{loc(flat(THOUSANDTHS))}</poly>", has_box=False),
    "florence-box-poly": Example(
        f"cup{loc(THOUSANDTHS)}<poly>{loc(flat(THOUSANDTHS))}</poly>", codes=codes("box_first")
    ),
    "florence-box": Example(f"cup{loc(THOUSANDTHS)}", "nothing"),
    "florence-parsed": Example(
        {"<REFERRING_EXPRESSION_SEGMENTATION>": {"polygons": [[flat(PIXELS)]], "labels": ["cup"]}}, has_box=False
    ),
    "florence-parsed-box": Example({"<OD>": {"bboxes": [list(PIXELS)], "labels": ["cup"]}}, "nothing"),
    "moondream": Example({"object": "cup", "result": {"path": SQUARE, "bbox": UNIT_BOX}}),
    "moondream-stream": Example(
        [{"bbox": UNIT_BOX}, {"chunk": "M 0 0"}, {"path": SQUARE, "bbox": UNIT_BOX, "completed": True}], label=""
    ),
    "moondream-cut": Example([{"bbox": UNIT_BOX}, {"chunk": "M 0 0"}], "truncated", label=""),
    "perceptron": Example(f'<polygon mention="cup"> {CORNER_TAGS} </polygon>', has_box=False),
    "perceptron-collection": Example(
        f'<collection mention="cup"> <polygon> {CORNER_TAGS} </polygon> </collection>', has_box=False
    ),
    "perceptron-box": Example('<point_box mention="cup"> (200,100) (600,500) </point_box>', "nothing"),
    "perceptron-point": Example('<point mention="cup"> (400,300) </point>', "nothing", has_box=False),
    "perceptron-parsed": Example(
        [{"hull": [named("x y", point) for point in ring(THOUSANDTHS)], "mention": "cup", "t": None}], has_box=False
    ),
    "sam3": Example(
        {
            "orig_img_h": HEIGHT,
            "orig_img_w": WIDTH,
            "pred_boxes": [[0.2, 0.1, 0.4, 0.4]],
            "pred_masks": [run_lengths()["counts"]],
            "pred_scores": [0.9],
            "text_prompt": "cup",
        }
    ),
    "sam3-polygons": Example(
        {
            "orig_img_h": HEIGHT // 2,
            "orig_img_w": WIDTH // 2,
            "pred_boxes": [[0.2, 0.1, 0.4, 0.4]],
            "pred_polygons": [[ring(in_pixels(0.5))]],
            "text_prompt": "cup",
        },
        codes=codes("image_scaled"),
    ),
    "sam3-hosts": Example(
        {"rle": run_lengths()["counts"], "metadata": [{"index": 0, "score": 0.9, "box": [0.4, 0.3, 0.4, 0.4]}]},
        codes=codes("rle_size_assumed"),
        label="",
    ),
    "sam3-pairs": Example(
        {"boxes": [[0.4, 0.3, 0.4, 0.4]], "rle": " ".join(f"{y * WIDTH + X0} {X1 - X0}" for y in range(Y0, Y1))},
        codes=codes("rle_size_assumed", "rle_pairs", "rle_rows"),
        label="",
    ),
    "sam3-server": Example(
        {
            "echo": {"text": "cup"},
            "predictions": [{"masks": [ring(PIXELS)], "confidence": 0.9, "format": "polygon"}],
        },
        has_box=False,
    ),
    "falcon": Example(
        [{"xy": named("x y", (0.4, 0.3)), "hw": named("h w", (0.4, 0.4)), "mask_rle": run_lengths(), "label": "cup"}]
    ),
    "ultralytics": Example(
        [
            {
                "name": "cup",
                "class": 41,
                "confidence": 0.9,
                "box": named("x1 y1 x2 y2", PIXELS),
                "segments": {"x": [x for x, _ in ring(PIXELS)], "y": [y for _, y in ring(PIXELS)]},
            }
        ]
    ),
    "roboflow": Example(
        {
            "predictions": [
                {
                    **named("x y width height", (400, 240, 400, 320)),
                    "confidence": 0.9,
                    "class": "cup",
                    "points": [named("x y", point) for point in ring(PIXELS)],
                }
            ],
            "image": {"width": WIDTH, "height": HEIGHT},
        }
    ),
    "darwin": Example(
        {
            "annotations": [
                {
                    "name": "cup",
                    "bounding_box": named("x y w h", (200, 80, 400, 320)),
                    "polygon": {"paths": [[named("x y", point) for point in ring(PIXELS)]]},
                }
            ]
        }
    ),
    "labelme": Example(
        {"shapes": [{"label": "cup", "points": ring(PIXELS)}], "imageWidth": WIDTH, "imageHeight": HEIGHT},
        has_box=False,
    ),
    "cvat": Example(
        f'<image width="{WIDTH}" height="{HEIGHT}"><polygon label="cup" points="'
        + ";".join(f"{x},{y}" for x, y in ring(PIXELS))
        + '"></polygon></image>',
        has_box=False,
    ),
    "cvat-mask": Example(
        '<mask label="cup" rle="0, 128000" left="200" top="80" width="400" height="320"></mask>',
        codes=codes("rle_rows"),
        has_box=False,
    ),
    "encoded-pixels": Example(
        "label,EncodedPixels\ncup," + " ".join(f"{x * HEIGHT + Y0 + 1} {Y1 - Y0}" for x in range(X0, X1)),
        codes=codes("rle_size_assumed", "rle_pairs"),
        has_box=False,
    ),
    "stated-pixels": Example(
        {
            "coordinate_system": "pixels",
            "image_size": list(SIZE),
            "objects": [{"label": "cup", "polygon": ring(PIXELS)}],
        },
        has_box=False,
    ),
    "stated-half": Example(
        {
            "units": "pixels",
            "image_size": list(HALF_SIZE),
            "objects": [{"label": "cup", "polygon": ring(in_pixels(0.5))}],
        },
        codes=codes("image_scaled"),
        has_box=False,
    ),
    "qwen3": Example(item("bbox_2d", XYXY, ring(THOUSANDTHS)), options={"dialect": "qwen3"}),
    "qwen3-auto": Example(item("bbox_2d", XYXY, ring(THOUSANDTHS)), codes=codes("order_assumed", "frame_unchecked")),
    "qwen2": Example(item("bbox_2d", XYXY, ring(THOUSANDTHS)), options={"dialect": "qwen2"}),
    "qwen2.5": Example(
        item("bbox_2d", in_pixels(0.5), ring(in_pixels(0.5))), options={"dialect": "qwen2.5", "frame": HALF_SIZE}
    ),
    "qwen2.5-unsized": Example(
        item("bbox_2d", PIXELS, ring(PIXELS)), options={"dialect": "qwen2.5"}, codes=codes("frame_unchecked")
    ),
    "gpt": Example(
        json.dumps({"segmentations": [{"label": "cup", "polygon": flat(PIXELS)}]}),
        options={"dialect": "gpt"},
        has_box=False,
    ),
    "gpt-auto": Example(
        json.dumps({"segmentations": [{"label": "cup", "polygon": flat(PIXELS)}]}),
        codes=codes("frame_unchecked"),
        has_box=False,
        extent=(200, 64, 600, 320),
    ),
    "claude": Example(
        item("bbox", in_pixels(0.5), ring(in_pixels(0.5))), options={"dialect": "claude", "frame": HALF_SIZE}
    ),
    "claude-unsized": Example(
        item("bbox", PIXELS, ring(PIXELS)), options={"dialect": "claude"}, codes=codes("frame_unchecked")
    ),
    "svg-path": Example(item("box_2d", YXYX, "M 200 100 H 600 V 500 H 200 Z", "mask")),
    "svg-polygon": Example(item("box_2d", YXYX, '<polygon points="200,100 600,100 600,500 200,500"/>', "mask")),
    "wkt": Example(item("box_2d", YXYX, "POLYGON ((200 100, 600 100, 600 500, 200 500, 200 100))", "mask")),
    "svg-document": Example(
        '<svg viewBox="0 0 1000 1000"><path id="cup" d="M 200 100 H 600 V 500 H 200 Z"/></svg>', has_box=False
    ),
    "wkt-text": Example(
        "cup: POLYGON ((200 100, 600 100, 600 500, 200 500, 200 100))", codes=codes("frame_unchecked"), has_box=False
    ),
    "path-text": Example("cup: M 200 100 H 600 V 500 H 200 Z", codes=codes("frame_unchecked"), has_box=False),
    "molmo": Example('<point x="40" y="30" alt="cup">cup</point>', "nothing", has_box=False),
    "molmo2": Example('<points coords="1 1 400 300">cup</points>', "nothing", has_box=False),
    "qwen-tags": Example(
        "<|object_ref_start|>cup<|object_ref_end|><|box_start|>(200,100),(600,500)<|box_end|>", "nothing"
    ),
    "internvl": Example("<ref>cup</ref><box>[[200, 100, 600, 500]]</box>", "nothing"),
    "deepseek": Example("<|ref|>cup<|/ref|><|det|>[[200, 100, 600, 500]]<|/det|>", "nothing"),
    "glm": Example("It is at <|begin_of_box|>[[200, 100, 600, 500]]<|end_of_box|>.", "nothing", label=""),
    "rex-omni": Example(
        "<|object_ref_start|>cup<|object_ref_end|><|box_start|><200><100><600><500><|box_end|>", "nothing"
    ),
    "locateanything": Example("<ref>cup</ref><box><200><100><600><500></box>", "nothing"),
    "kosmos2": Example("<phrase>cup</phrase><object><patch_index_0102><patch_index_0498></object>", "nothing"),
    "lisa": Example("Sure, it is [SEG].", "", codes=codes("needs_weights")),
    "glamm": Example("<p> a cup </p> [SEG]", "", codes=codes("needs_weights")),
    "samtok": Example("<p>cup</p> <|mt_start|><|mt_0023|><|mt_0311|><|mt_end|>", "tokens", has_box=False),
}
