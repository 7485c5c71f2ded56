"""The webdataset package loads our tar files as its samples."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as cocomask

from maskmill_bindings.exports import Settings, webdataset
from maskmill_bindings.record import Record
from support.datasets.varied_records import noise, records

wds = pytest.importorskip("webdataset")

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # webdataset leaves files open
]


def decoded_map(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def samples(file: Path) -> list[dict[str, object]]:
    dataset = wds.WebDataset(str(file), shardshuffle=False)
    return list(dataset.decode(wds.handle_extension("seg.png", decoded_map), "rgb8"))


def test_samples_hold_json_map_and_image(tmp_path: Path) -> None:
    picture = np.arange(23 * 17 * 3, dtype=np.uint8).reshape(17, 23, 3)
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.v1.png"), picture)
    given = [Record(f"set/{i}.v1", noise(i).masks, f"{i}.v1.png") for i in range(3)]
    [file] = webdataset.write(given, tmp_path / "a.tar", Settings(images=tmp_path))
    found = samples(file)
    assert [sample["__key__"] for sample in found] == ["set_0_v1", "set_1_v1", "set_2_v1"]
    for sample, record in zip(found, given, strict=True):
        assert {key for key in sample if not key.startswith("__")} == {"png", "json", "seg.png"}
        np.testing.assert_array_equal(sample["png"], picture[..., ::-1])
        np.testing.assert_array_equal(sample["seg.png"], record.masks.instance_map())


def test_the_masks_are_those_of_pycocotools(tmp_path: Path) -> None:
    [file] = webdataset.write(records(), tmp_path / "a.tar")
    for sample, record in zip(samples(file), records(), strict=True):
        described = sample["json"]
        assert isinstance(described, dict)
        assert described["key"] == record.key
        for row, mask in zip(described["rows"], record.masks, strict=True):
            assert row["label"] == mask.label
            np.testing.assert_array_equal(cocomask.decode(row["rle"]), mask.dense())
