"""FiftyOne's own classes and its renderer read and draw our samples; no database is needed."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

import maskmill
from maskmill import Masks, samples
from maskmill.errors import ArgumentError, MissingPackageError
from maskmill_bindings import fiftyone as adapter
from maskmill_bindings.record import Record
from support.tiers import cases

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that FiftyOne imports
    fo = pytest.importorskip("fiftyone")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SIZE = (117, 83)
MIXED = maskmill.decode(samples.mixed(), SIZE)
STACKS = hnp.arrays(bool, st.tuples(st.integers(1, 3), st.integers(1, 60), st.integers(1, 60)))


def rendered(detection: Any, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels that FiftyOne draws for a detection."""
    image: NDArray[np.uint8] = detection.to_segmentation(frame_size=size).mask
    return image > 0


@settings(max_examples=cases(150), deadline=None)
@given(STACKS)
def test_fiftyone_draws_our_pixels(pixels: NDArray[np.bool_]) -> None:
    masks = Masks.from_dense(pixels)
    shown = masks[masks.areas > 0]
    detections = adapter.to_detections(masks).detections
    for detection, mask in zip(detections, shown, strict=True):
        np.testing.assert_array_equal(rendered(detection, masks.size), mask.dense())
    assert adapter.from_detections(detections, masks.size).coco() == shown.coco()


@pytest.mark.parametrize("side", [1, 2, 49, 93, 103, 107, 161, 1080])
def test_every_edge_of_a_side_is_read_as_the_same_pixel(side: int) -> None:
    step = max(1, side // 90)
    for start in range(0, side, step):
        for end in {*range(start + 1, side, step), start + 1, side}:
            x, w = adapter._relative_side(start, end, side)
            assert (int(side * x), int(side * (x + w))) == (start, end)


def test_samples_and_back() -> None:
    records = [Record("first", MIXED, "a.jpg"), Record("second", MIXED[2:4]), Record("none", MIXED[:0], "c.jpg")]
    made = list(adapter.to_samples(iter(records), "photos"))
    assert [Path(sample.filepath).name for sample in made] == ["a.jpg", "second", "c.jpg"]
    assert {Path(sample.filepath).parent.name for sample in made} == {"photos"}
    for record, found in zip(records, adapter.from_samples(made), strict=True):
        shown = record.masks[record.masks.areas > 0]
        assert (found.key, found.image) == (record.key, record.name)
        assert found.masks.coco() == shown.coco()
        assert found.masks.labels.tolist() == shown.labels.tolist()
        np.testing.assert_array_equal(found.masks.scores, shown.scores)
        np.testing.assert_array_equal(found.masks.boxes, shown.extents)


def test_attributes() -> None:
    detections = adapter.to_detections(MIXED).detections
    assert [detection.row for detection in detections] == np.flatnonzero(MIXED.areas).tolist()
    assert {detection.status for detection in detections} == {"ok"}
    square = [[0, 0], [500, 0], [500, 500]]
    [scored, bare] = adapter.to_detections(
        maskmill.decode([{"mask": square, "score": 0.5}, {"mask": square}], (8, 8))
    ).detections
    assert (scored.confidence, bare.confidence, bare.label) == (0.5, None, None)


def test_images_by_a_callable_and_another_field() -> None:
    [sample] = adapter.to_samples(Record("k", MIXED), lambda record: f"/data/{record.key}.png", "predictions")
    assert (sample.filepath, sample.key) == ("/data/k.png", "k")
    [record] = adapter.from_samples([sample], "predictions")
    assert len(record.masks) == (MIXED.areas > 0).sum()
    [record] = adapter.from_samples([sample], "absent")
    assert (len(record.masks), record.masks.size) == (0, SIZE)


def test_the_size_of_a_sample_without_metadata_is_that_of_its_image(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((7, 5, 3), np.uint8))
    detection = fo.Detection(label="cat", bounding_box=[0, 0, 1, 1], mask=np.ones((7, 5), bool))
    sample = fo.Sample(filepath=str(tmp_path / "a.png"), ground_truth=fo.Detections(detections=[detection]))
    [record] = adapter.from_samples([sample])
    assert (record.masks.size, record.masks.areas.tolist(), record.key) == ((5, 7), [35], sample.filepath)


def test_a_mask_of_another_size_is_stretched_as_fiftyone_does() -> None:
    detection = fo.Detection(bounding_box=[0.1, 0.2, 0.73, 0.61], mask=np.eye(5, dtype=bool))
    [mask] = adapter.from_detections([detection], (50, 40))
    np.testing.assert_array_equal(mask.dense(), rendered(detection, (50, 40)))


def test_a_box_without_a_mask() -> None:
    found = adapter.from_detections([fo.Detection(label="cat", bounding_box=[0, 0, 0.5, 1])], (8, 6))
    assert (found.status.tolist(), found.forms.tolist(), found.boxes.tolist()) == (
        ["nothing"],
        ["none"],
        [[0, 0, 4, 6]],
    )
    assert [problem.code for problem in found.problems] == ["nothing"]


def test_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="a detection with a bounding box"):
        adapter.from_detections([fo.Detection(label="solid")], (8, 6))
    sample = fo.Sample(filepath="a.jpg", ground_truth=fo.Classification(label="cat"))
    with pytest.raises(ArgumentError, match="a field with detections, got Classification"):
        list(adapter.from_samples([sample]))
    monkeypatch.setitem(sys.modules, "fiftyone", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'maskmill\[fiftyone\]'"):
        next(adapter.to_samples(MIXED))
