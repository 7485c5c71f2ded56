"""A program that uses every public name of maskmill: strict type checkers must accept it, and it must run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import maskmill
from maskmill import Decoder, Inspection, Limits, Mask, Masks, Patch, Polygon, Problem, ReplyStatus, Status
from maskmill.masks import CocoRle, MasksDict


def main(folder: Path) -> int:
    reply: str = maskmill.samples.mixed()
    (folder / "reply.txt").write_text(reply)
    masks: Masks = maskmill.decode(folder / "reply.txt", maskmill.samples.picture(), threshold=127, fallback="none")
    many: Iterator[Masks] = maskmill.decode_many([reply, None, "[]"], (960, 640), threads=1)
    decoder: Decoder = Decoder(axis="auto", frame=(1024, 768), limits=Limits(max_vertices=1_000), device="cpu")
    both: list[Masks | maskmill.errors.ArgumentError] = decoder.decode_batch([reply, "[]"], [(960, 640), (0, 1)])
    inspection: Inspection = maskmill.inspect(reply, dialect="gemini")
    good: Masks = masks.select(status=[Status.OK, "empty"], forms=["png", "ring"], min_area=10, min_score=None)
    kept: Masks = masks.select(status="ok")
    pixels: NDArray[np.bool_] = kept.dense()
    maps: tuple[NDArray[np.int32], NDArray[np.int32]] = kept.instance_map(order="score"), kept.class_map(["star"])
    rles: list[CocoRle] = kept.coco()
    counts: bytes = rles[0]["counts"]
    written: MasksDict = masks.to_dict()
    first: Mask = masks[0]
    parts: list[Polygon] = first.polygons()
    patch: Patch = first.patch()
    y, x, crop = first.crop()
    problem: Problem = masks.problems[0]
    again: Masks = Masks.from_coco(rles, labels=list(kept.labels), status=["ok"] * len(kept), reply_status="ok")
    drawn: Masks = Masks.from_polygons([[part] for part in parts], size=masks.size, labels=["a"] * len(parts))
    native: Masks = Masks.from_polygons([parts], masks.size, rule="native")
    stacked: Masks = Masks.from_patches([patch], masks.size, scores=[0.5], problems=[])
    dense: Masks = Masks.from_dense(pixels, boxes=kept.boxes, filled=kept.filled, forms=["pixels"] * len(kept))
    numbered: Masks = Masks.from_map(maps[0], {1: "orange"})
    overlap: NDArray[np.float64] = kept.iou(dense)
    codebook: maskmill.codebooks.Codebook | None = maskmill.codebooks.resolve_codebook(False)
    assert (Masks.from_dict(written), first == stacked[0], codebook) == (masks, False, None)
    assert float(overlap.diagonal().sum()) == len(again) == len(kept) > len(good)
    assert counts
    assert len(numbered)
    assert drawn.areas.sum()
    assert native.areas.sum()
    assert problem.advice == problem.advice
    assert (y, x) == (patch.y, patch.x)
    assert crop.any()
    assert pixels.any()
    assert isinstance(both[1], maskmill.errors.ArgumentError)
    assert [len(m) for m in many] == [6, 0, 0]
    assert inspection.reply_status == ReplyStatus.OK
    assert inspection.to_dict()["rows"][0]["status"] == "ok"
    maskmill.warmup()
    sys.stdout.write(
        f"{inspection}\n{masks.overlay().shape} {kept.union()['size']} {first.extent} {maskmill.__version__}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
