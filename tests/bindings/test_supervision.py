"""supervision's classes accept the detections, and show the same masks."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

import maskmill
from maskmill import Masks, samples
from maskmill.errors import ArgumentError, MissingPackageError
from maskmill_bindings._optional import import_optional
from maskmill_bindings.supervision import from_detections, to_detections
from support.replies import png_uri
from support.tiers import cases

SIZE = (120, 80)
MIXED = maskmill.decode(samples.mixed(), SIZE)
STACKS = hnp.arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)))


@settings(max_examples=cases(200), deadline=None)
@given(STACKS)
def test_the_pixels_are_those_of_our_masks(pixels: NDArray[np.bool_]) -> None:
    masks = Masks.from_dense(pixels)
    detections = to_detections(masks)
    shown = pixels[pixels.any((1, 2))]
    assert isinstance(detections.mask, sv.CompactMask)
    np.testing.assert_array_equal(detections.mask.to_dense(), shown)
    assert detections["row"].tolist() == np.flatnonzero(pixels.any((1, 2))).tolist()
    assert from_detections(detections).coco() == masks[masks.areas > 0].coco()


@settings(max_examples=cases(200), deadline=None)
@given(STACKS)
def test_the_compact_mask_is_the_one_that_supervision_makes(pixels: NDArray[np.bool_]) -> None:
    detections = to_detections(Masks.from_dense(pixels))
    made: Any = detections.mask
    other = sv.CompactMask.from_dense(pixels[detections["row"]], made.bbox_xyxy, pixels.shape[1:])
    assert made.bbox_xyxy.tolist() == other.bbox_xyxy.tolist() == made.repack().bbox_xyxy.tolist()
    for ours, theirs in zip(made._rles, other._rles, strict=True):
        assert (ours.dtype, ours.tolist()) == (theirs.dtype, theirs.tolist())
    assert made.area.tolist() == pixels.sum((1, 2))[detections["row"]].tolist()


def test_columns() -> None:
    shown = MIXED[MIXED.areas > 0]
    detections = to_detections(MIXED)
    assert len(detections) == len(shown) < len(MIXED)
    np.testing.assert_array_equal(detections.xyxy, shown.extents)
    assert detections["class_name"].tolist() == shown.labels.tolist()
    assert detections["status"].tolist() == shown.status.tolist()
    numbers = {name: i for i, name in enumerate(sorted(set(shown.labels.tolist())))}
    assert detections.class_id is not None
    assert detections.class_id.tolist() == [numbers[name] for name in shown.labels]


def test_what_supervision_does_with_detections_goes_on_working() -> None:
    detections = to_detections(MIXED)
    dense = sv.Detections(detections.xyxy, mask=MIXED[MIXED.areas > 0].dense(), class_id=detections.class_id)
    scene = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    np.testing.assert_array_equal(
        sv.MaskAnnotator().annotate(scene.copy(), detections), sv.MaskAnnotator().annotate(scene.copy(), dense)
    )
    assert len(sv.Detections.merge([detections, detections])) == 2 * len(detections)
    some: Any = detections[detections.area > np.median(detections.area)]
    assert from_detections(some).coco() == MIXED[some["row"]].coco()


def test_no_mask_is_ever_dense() -> None:
    side = 20_000
    reply = [{"mask": [[i, 0], [i + 2, 0], [i + 2, 1000]], "label": "wedge"} for i in range(0, 900, 9)]
    masks = maskmill.decode(reply, (side, side))
    tracemalloc.start()
    detections = to_detections(masks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(detections) == 100
    assert peak < side * side / 10  # a tenth of one dense mask


def test_the_boxes_of_the_reply() -> None:
    reply = [
        {"box_2d": [0, 0, 1000, 500], "mask": [[0, 0], [250, 0], [250, 500]]},
        {"mask": [[0, 0], [250, 0], [250, 500]]},
    ]
    masks = maskmill.decode(reply, (8, 8))
    assert to_detections(masks, boxes="reply").xyxy.tolist() == [[0, 0, 4, 8], masks.extents[1].tolist()]
    assert to_detections(masks).xyxy.tolist() == masks.extents.tolist()
    with pytest.raises(ArgumentError, match="'tight' or 'reply'"):
        to_detections(masks, boxes="loose")  # type: ignore[arg-type]


def test_scores_are_kept_and_none_is_invented() -> None:
    square = [[0, 0], [500, 0], [500, 500]]
    both = to_detections(maskmill.decode([{"mask": square, "score": 0.5}, {"mask": square, "score": 0.25}], (8, 8)))
    assert both.confidence is not None
    assert both.confidence.tolist() == [0.5, 0.25]
    one = to_detections(maskmill.decode([{"mask": square, "score": 0.5}, {"mask": square}], (8, 8)))
    assert one.confidence is None
    np.testing.assert_array_equal(one["score"], np.array([0.5, np.nan], np.float32))


def test_classes() -> None:
    masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], (8, 8))
    detections = to_detections(masks, ["dog", "cat"])
    assert detections.class_id is not None
    assert detections.class_id.tolist() == [1]
    with pytest.raises(ArgumentError, match="a label among the classes, got 'cat'"):
        to_detections(masks, ["dog"])
    with pytest.raises(ArgumentError, match="names of classes in order"):
        to_detections(masks, "cat")


def test_numbers_and_names_are_those_of_supervisions_own_reader() -> None:
    items = [{"box_2d": [0, 0, 500, 500], "mask": png_uri(), "label": label} for label in ("pear", "apple", "pear")]
    fenced = f"```json\n{json.dumps(items)}\n```"
    theirs = sv.Detections.from_vlm("gemini_2_5", fenced, resolution_wh=(40, 40))
    ours = to_detections(maskmill.decode(fenced, (40, 40)), boxes="reply")
    np.testing.assert_array_equal(ours.class_id, theirs.class_id)
    np.testing.assert_array_equal(ours.xyxy, theirs.xyxy)
    np.testing.assert_array_equal(np.asarray(ours.mask), theirs.mask)
    assert ours["class_name"].tolist() == theirs["class_name"].tolist()
    assert ours.confidence is theirs.confidence is None


def test_an_empty_reply() -> None:
    detections = to_detections(maskmill.decode("[]", SIZE))
    assert len(detections) == 0
    assert len(from_detections(detections)) == 0
    assert len(sv.Detections.merge([detections, to_detections(MIXED)])) == (MIXED.areas > 0).sum()


class TestFromDetections:
    def test_dense_masks(self) -> None:
        pixels = MIXED.dense()
        boxes = np.tile([0.0, 0, 120, 80], (len(pixels), 1))
        scores = np.linspace(0, 1, len(pixels)).astype(np.float32)
        found = from_detections(sv.Detections(boxes, mask=pixels, confidence=scores, class_id=np.arange(len(pixels))))
        np.testing.assert_array_equal(found.dense(), pixels)
        assert found.labels.tolist() == [str(i) for i in range(len(pixels))]
        assert found.boxes.tolist() == boxes.tolist()
        assert found.scores.tolist() == scores.tolist()

    def test_boxes_alone(self) -> None:
        boxes = sv.Detections(np.array([[1.0, 2, 3, 4]]), class_id=np.array([1]))
        found = from_detections(boxes, (8, 6), ["dog", "cat"])
        assert (found.size, found.labels.tolist(), found.status.tolist()) == ((8, 6), ["cat"], ["nothing"])
        assert [problem.code for problem in found.problems] == ["nothing"]
        with pytest.raises(ArgumentError, match="where there are no masks, got None - at `size`"):
            from_detections(boxes)
        with pytest.raises(ArgumentError, match="a class number below 1, got 1"):
            from_detections(boxes, (8, 6), ["dog"])
        assert len(from_detections(sv.Detections.empty(), (8, 6))) == 0

    def test_another_size_than_that_of_the_masks(self) -> None:
        detections = to_detections(MIXED)
        assert from_detections(detections, SIZE).size == SIZE
        with pytest.raises(ArgumentError, match=r"the size of the masks, got \(80, 120\)"):
            from_detections(detections, SIZE[::-1])


def test_a_missing_package_is_reported_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'maskmill\[supervision\]'"):
        to_detections(MIXED)


def test_an_import_error_inside_a_package_is_not_hidden(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        import_optional("half_installed", "torch")
