"""Replies as models write them and worse, made from a seed, without any code of the package."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

from .pngs import blob, data_uri
from .wrapping import broken, wrapped

SIZES = ((640, 480), (97, 61), (31, 7), (1, 1), (960, 640), (333, 500), (1920, 1080))
"""Of the images; the first ones are taken more often."""

Pairs = list[tuple[str, Any]]


def generate(count: int, seed: int = 20261130) -> list[tuple[str, Any, tuple[int, int]]]:
    """So many replies with names and sizes."""
    return [_one(Random(f"{seed} {number}"), number) for number in range(count)]


def _one(random: Random, number: int) -> tuple[str, Any, tuple[int, int]]:
    size = SIZES[min(int(random.expovariate(0.7)), len(SIZES) - 1)]
    if random.random() < 0.06:
        text: Any = _paligemma(random)
    else:
        items = [_item(random, size) for _ in range(random.choice([0, 1, 1, 1, 2, 2, 3, 5]))]
        text = wrapped(random, items)
    if random.random() < 0.35 and isinstance(text, (str, bytes)):
        text = broken(random, text)
    return f"generated {number}", text, size


def _item(random: Random, size: tuple[int, int]) -> Pairs:
    """One item as pairs, so that a key may come twice."""
    frame = _frame(random)
    pairs: Pairs = []
    if random.random() < 0.88:
        pairs.append(
            (random.choice(["box_2d"] * 8 + ["bbox", "box", "bounding_box", "box_2D", "box_2s"]), _box(random, frame))
        )
    if random.random() < 0.93:
        pairs.append(
            (
                random.choice(["mask"] * 8 + ["segmentation", "polygon", "points", "rle", "masks", "msk"]),
                _mask(random, frame, size),
            )
        )
    if random.random() < 0.9:
        pairs.append((random.choice(["label"] * 7 + ["name", "class", "lable"]), _label(random)))
    if random.random() < 0.25:
        pairs.append(
            (random.choice(["score", "confidence"]), random.choice([0.93, 1, "0.5", "87%", None, 1.5, "high"]))
        )
    if random.random() < 0.1:
        pairs.append(
            (
                random.choice(["id", "note", "attributes", ""]),
                random.choice([7, "seen from afar", {"a": [1]}, None, True]),
            )
        )
    if pairs and random.random() < 0.06:
        pairs.append(random.choice(pairs))
    if random.random() < 0.2:
        random.shuffle(pairs)
    return pairs


def _label(random: Random) -> Any:
    return random.choice(
        ["cup", "plate", "a red cup", "", "Ünïcode 杯", "line\nbreak", 'with "quotes"', None, 5, "<b>&amp;</b>", "it's"]
    )


def _frame(random: Random) -> tuple[int, int, int, int]:
    """y0, x0, y1, x1 in thousandths."""
    y, x = sorted(random.sample(range(1001), 2)), sorted(random.sample(range(1001), 2))
    return y[0], x[0], y[1], x[1]


def _box(random: Random, frame: tuple[int, int, int, int]) -> Any:
    y0, x0, y1, x1 = frame
    unit = [round(value / 1000, 3) for value in frame]
    odd: list[Callable[[], Any]] = [
        lambda: f"{y0}, {x0}, {y1}, {x1}",
        lambda: f"[{y0}, {x0}, {y1}, {x1}]",
        lambda: unit,
        lambda: [y1, x1, y0, x0],
        lambda: [y0, x1, y1, x0],
        lambda: [x0, y0, x1, y1],
        lambda: [[y0, x0], [y1, x1]],
        lambda: [[y0, x0, y1, x1]],
        lambda: {"ymin": y0, "xmin": x0, "ymax": y1, "xmax": x1},
        lambda: {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0},
        lambda: [y0, x0, y1],
        lambda: [str(value) for value in frame],
        lambda: [y0, x0, y0, x0],
        lambda: [-50, x0, 1200, x1],
        lambda: [y0 + 0.5, x0, y1, x1],
        lambda: [1e30, 0, 5, None],
        lambda: None,
        lambda: {"box_2d": [y0, x0, y1, x1]},
        lambda: f"<loc{y0:04}><loc{x0:04}><loc{y1:04}><loc{x1:04}>",
    ]
    return random.choice(odd)() if random.random() < 0.3 else [y0, x0, y1, x1]


def _mask(random: Random, frame: tuple[int, int, int, int], size: tuple[int, int]) -> Any:
    kind = random.random()
    if kind < 0.3:
        return data_uri(random)
    if kind < 0.68:
        return _polygon(random, frame)
    if kind < 0.8:
        return _rle(random, size)
    if kind < 0.9:
        return _tokens(random)
    return random.choice(
        ["gimme_mask_for_this", "", None, [], {}, "none", True, 0, "<start_of_mask>", "the cup's outline", [[1, 2]],
         "data:image/png;base64,", "data:image/png;base64,iVBORw0KGgo", [None], {"png": 5}, [[[]]], "[]", "mask_1.png"]
    )  # fmt: skip


def _ring(random: Random, frame: tuple[int, int, int, int], share: float = 1.0) -> list[list[float]]:
    """Points x, y about the middle of a box."""
    y0, x0, y1, x1 = frame
    count = random.choice([3, 4, 5, 8, 12, 24])
    start = random.random() * math.tau
    points = []
    for i in range(count):
        angle, far = start + math.tau * i / count, random.uniform(0.6, 1.0) * share
        x, y = (
            (x0 + x1) / 2 + far * math.cos(angle) * (x1 - x0) / 2,
            (y0 + y1) / 2 + far * math.sin(angle) * (y1 - y0) / 2,
        )
        points.append([round(x), round(y)])
    return points


def _polygon(random: Random, frame: tuple[int, int, int, int]) -> Any:
    ring = _ring(random, frame)
    ring = _spoilt(random, ring)
    if random.random() < 0.35:
        ring = [point[::-1] for point in ring]
    other = _ring(random, _frame(random))
    hole = _ring(random, frame, 0.4)
    flat = [value for point in ring for value in point]
    pairs = [(point[0], point[-1]) for point in ring]
    shapes: list[Callable[[], Any]] = [
        lambda: ring,
        lambda: ring,
        lambda: ring,
        lambda: [*ring, ring[0]],
        lambda: flat,
        lambda: [flat],
        lambda: flat[:-1],
        lambda: [flat[i : i + 10] for i in range(0, len(flat), 10)],
        lambda: [ring],
        lambda: [ring, other],
        lambda: [ring, hole],
        lambda: [[ring, hole], [other]],
        lambda: {"outer": ring, "holes": [hole]},
        lambda: [{"outer": ring, "holes": [hole]}, {"outer": other, "holes": []}],
        lambda: {"exterior": ring, "interiors": [hole]},
        lambda: {"points": ring},
        lambda: {"type": "Polygon", "coordinates": [ring, hole]},
        lambda: [{"x": x, "y": y} for x, y in pairs],
        lambda: [{"point": [y, x], "label": i} for i, (x, y) in enumerate(pairs)],
        lambda: " ".join(f"{x},{y}" for x, y in pairs),
        lambda: json.dumps(ring),
        lambda: "M" + " L".join(f"{x} {y}" for x, y in pairs) + " Z",
        lambda: [f"{x},{y}" for x, y in pairs],
        lambda: [[[point] for point in ring]],
        lambda: f"<polygon>{ring}</polygon>",
    ]
    return random.choice(shapes)()


def _spoilt(random: Random, ring: list[list[float]]) -> list[list[float]]:
    kind = random.randrange(14)
    if kind == 0:
        return [[x / 1000, y / 1000] for x, y in ring]
    if kind == 1:
        return [[x * 3 - 500, y * 2] for x, y in ring]
    if kind == 2:
        return [[x + 0.25, y] for x, y in ring]
    if kind == 3:
        return [*ring[:2], [random.choice([1e9, -1e9, 20_000]), 5], *ring[2:]]
    if kind == 4:
        return [*ring, [5]]
    return ring[:2] if kind == 5 else ring


def _rle(random: Random, size: tuple[int, int]) -> Any:
    width, height = random.choice([size, size, size, (20, 10), size[::-1]])
    if width * height > 400_000:
        width, height = 64, 48
    runs = _runs(blob(random, height, width))
    if random.random() < 0.1:
        runs = runs[:-1]
    counts = _compressed(runs) if random.random() < 0.6 else runs
    odd: list[Callable[[], Any]] = [
        lambda: {"counts": counts},
        lambda: {"size": [width, height], "counts": counts},
        lambda: {"counts": counts, "size": f"{height}x{width}"},
        lambda: counts,
        lambda: {"rle": {"size": [height, width], "counts": counts}},
        lambda: {"size": [height, width], "counts": " ".join(map(str, runs))},
        lambda: {"height": height, "width": width, "counts": counts},
        lambda: repr({"size": [height, width], "counts": counts}),
    ]
    return random.choice(odd)() if random.random() < 0.35 else {"size": [height, width], "counts": counts}


def _runs(pixels: Any) -> list[int]:
    runs, last, length = [], False, 0
    for value in (pixels.T > 127).ravel().tolist():
        if value != last:
            runs.append(length)
            last, length = value, 0
        length += 1
    return [*runs, length]


def _compressed(runs: list[int]) -> str:
    """COCO's text of run lengths."""
    text = []
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            digit = value & 31
            value >>= 5
            more = value != (-1 if digit & 16 else 0)
            text.append(chr((digit | (32 if more else 0)) + 48))
    return "".join(text)


def _tokens(random: Random) -> str:
    count = random.choice([16, 16, 16, 16, 13, 17, 32, 0, 1])
    many = "".join(f"<seg_{random.randrange(random.choice([128, 128, 128, 300]))}>" for _ in range(count))
    return (
        random.choice(["<start_of_mask>", "<start_of_mask>", ""]) + many + random.choice(["", "", "<end_of_mask>", "…"])
    )


def _paligemma(random: Random) -> str:
    parts = []
    for _ in range(random.choice([1, 1, 2, 3])):
        loc = "".join(f"<loc{value * 1023 // 1000:04}>" for value in _frame(random))
        seg = "".join(f"<seg{random.randrange(128):03}>" for _ in range(random.choice([16, 16, 16, 15, 0])))
        parts.append(f"{loc}{seg} {random.choice(['cat', 'dog', 'a cup', ''])}")
    return random.choice([" ; ", ";", "\n"]).join(parts)
