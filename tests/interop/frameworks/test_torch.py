"""torch's DataLoader under fork and spawn, and torchvision's Mask R-CNN, as the judges of targets."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import parquet as pq

import maskmill
from maskmill import Masks, samples
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import parquet
from maskmill_bindings.record import Record

torch = pytest.importorskip("torch")

from maskmill_bindings.torch import MaskDataset, collate, to_tensors  # noqa: E402

MIXED = maskmill.decode(samples.mixed(), (120, 80))
SIZES = [(120, 80), (64, 48), (33, 70), (90, 20)]
RECORDS = [
    Record(f"key {i}", maskmill.decode(samples.mixed(), SIZES[i % 4]), f"photo {i}.png" if i % 2 else "")
    for i in range(40)
]
CLASSES = tuple(sorted({label for record in RECORDS for label in record.masks.labels[record.masks.areas > 0]}))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [file] = parquet.write(RECORDS, tmp_path_factory.mktemp("torch") / "masks.parquet")
    return file


def photo(record: Record) -> NDArray[np.uint8]:
    width, height = record.masks.size
    return np.full((height, width, 3), (1, 2, 3), np.uint8)


def assert_is_target(target: dict[str, Any], record: Record) -> None:
    shown = record.masks[record.masks.areas > 0]
    assert target["key"] == record.key
    np.testing.assert_array_equal(target["masks"].numpy(), shown.dense())
    assert [CLASSES[number - 1] for number in target["labels"]] == shown.labels.tolist()


class TestTensors:
    def test_shapes_and_types(self) -> None:
        target = to_tensors(MIXED)
        shown = MIXED[MIXED.areas > 0]
        n = len(shown)
        kinds = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in target.items()}
        assert kinds == {
            "boxes": ((n, 4), torch.float32),
            "labels": ((n,), torch.int64),
            "masks": ((n, 80, 120), torch.uint8),
            "scores": ((n,), torch.float32),
            "area": ((n,), torch.float32),
            "iscrowd": ((n,), torch.int64),
            "row": ((n,), torch.int64),
        }
        np.testing.assert_array_equal(target["masks"].numpy(), shown.dense())
        np.testing.assert_array_equal(target["boxes"].numpy(), shown.extents)
        assert target["row"].tolist() == np.flatnonzero(MIXED.areas).tolist()

    def test_the_pixels_are_those_of_the_dense_array(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[NDArray[np.bool_]] = []
        dense = Masks.dense
        monkeypatch.setattr(Masks, "dense", lambda masks: made.append(dense(masks)) or made[-1])
        masks = to_tensors(MIXED)["masks"]
        assert masks.data_ptr() == made[0].ctypes.data == masks.view(torch.bool).data_ptr()

    def test_numbers_of_classes(self) -> None:
        square = [[0, 0], [500, 0], [500, 500]]
        masks = maskmill.decode(
            [{"mask": square, "label": "cat", "score": 0.5}, {"mask": square, "label": "ant"}], (8, 8)
        )
        assert to_tensors(masks)["labels"].tolist() == [2, 1]
        assert to_tensors(masks, ["dog", "cat", "ant"], first=0)["labels"].tolist() == [1, 2]
        scores = to_tensors(masks)["scores"].tolist()
        assert scores[0] == 0.5
        assert math.isnan(scores[1])
        with pytest.raises(ArgumentError, match="a label among the classes, got 'ant'"):
            to_tensors(masks, ["cat"])

    def test_no_rows(self) -> None:
        target = to_tensors(maskmill.decode("[]", (8, 6)))
        assert (target["masks"].shape, target["boxes"].shape) == ((0, 6, 8), (0, 4))


class TestDataset:
    def test_by_number_and_by_key(self, path: Path) -> None:
        dataset = MaskDataset(path)
        assert isinstance(dataset, torch.utils.data.Dataset)
        assert (len(dataset), dataset.classes) == (len(RECORDS), CLASSES)
        for i in (0, 39, -1, 17):
            assert_is_target(dataset[i], RECORDS[i])
        target = dataset["key 23"]
        assert target["image_id"] == 23
        assert_is_target(target, RECORDS[23])
        with pytest.raises(KeyError, match="absent"):
            dataset["absent"]
        with pytest.raises(IndexError):
            dataset[len(RECORDS)]
        assert len(list(dataset)) == len(RECORDS)

    def test_a_folder_of_shards(self, tmp_path: Path) -> None:
        parquet.write(RECORDS[:3], tmp_path / "00000.parquet")
        parquet.write(RECORDS[3:5], tmp_path / "00001.parquet")
        dataset = MaskDataset(tmp_path)
        assert [target["key"] for target in dataset] == [record.key for record in RECORDS[:5]]
        assert dataset.classes == CLASSES

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
    def test_two_workers(self, path: Path, method: str) -> None:
        dataset = MaskDataset(path, photo)
        assert_is_target(dataset[5][1], RECORDS[5])  # the file has been read before the fork
        loader = torch.utils.data.DataLoader(
            dataset, batch_size=3, num_workers=2, collate_fn=collate, multiprocessing_context=method
        )
        seen = [(image, target) for images, targets in loader for image, target in zip(images, targets, strict=True)]
        assert len(seen) == len(RECORDS)
        for (image, target), record in zip(seen, RECORDS, strict=True):
            assert image.shape == (3, *record.masks.size[::-1])
            assert_is_target(target, record)

    def test_random_access_in_any_order(self, path: Path) -> None:
        order = torch.randperm(len(RECORDS), generator=torch.Generator().manual_seed(1)).tolist()
        loader = torch.utils.data.DataLoader(MaskDataset(path), sampler=order, batch_size=None)
        for i, target in zip(order, loader, strict=True):
            assert_is_target(target, RECORDS[i])

    def test_images_of_a_folder(self, path: Path, tmp_path: Path) -> None:
        import cv2

        for record in RECORDS[:2]:
            good, data = cv2.imencode(".png", photo(record)[..., ::-1])
            assert good
            (tmp_path / record.name).write_bytes(data.tobytes())
        dataset = MaskDataset(path, str(tmp_path))
        for i in range(2):
            image, target = dataset[i]
            assert (image.dtype, image[:, 0, 0].tolist()) == (torch.uint8, [1, 2, 3])
            assert image.shape[1:] == target["masks"].shape[1:]
        with pytest.raises(ArgumentError, match="an image that OpenCV reads"):
            dataset[2]

    def test_an_image_of_another_size(self, path: Path) -> None:
        dataset = MaskDataset(path, lambda record: np.zeros((4, 5, 3), np.uint8))
        with pytest.raises(
            ArgumentError, match=r"an image \(80, 120, 3\), as the masks of 'key 0' are, got \(4, 5, 3\)"
        ):
            dataset[0]

    def test_a_transform_of_the_item(self, path: Path) -> None:
        keys = MaskDataset(path, transform=lambda target: target["key"])
        assert keys[3] == "key 3"
        pairs = MaskDataset(path, photo, transform=lambda image, target: (image.float(), target["key"]))
        assert pairs[3][0].dtype == torch.float32

    def test_classes_by_name(self, path: Path) -> None:
        names = ["something else", *CLASSES]
        assert MaskDataset(path, classes=names)[0]["labels"].min() == 2
        with pytest.raises(ArgumentError, match="a label among the classes"):
            MaskDataset(path, classes=["something else"])[0]

    def test_wrong_files(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentError, match="a file, or a folder"):
            MaskDataset(tmp_path / "absent.parquet")
        (tmp_path / "text.parquet").write_text("text")
        with pytest.raises(ArgumentError, match="a valid Parquet file"):
            MaskDataset(tmp_path / "text.parquet")
        pq.write_table(pa.table({"key": ["a"], "label": ["cat"]}), tmp_path / "other.parquet")
        with pytest.raises(ArgumentError, match="classes, since the file does not tell"):
            MaskDataset(tmp_path / "other.parquet")


def test_mask_rcnn_trains_on_the_targets(path: Path) -> None:
    detection = pytest.importorskip("torchvision.models.detection")
    backbone = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 7, stride=8), torch.nn.ReLU())
    backbone.out_channels = 8
    model = detection.MaskRCNN(
        backbone,
        num_classes=len(CLASSES) + 1,
        min_size=64,
        max_size=128,
        rpn_anchor_generator=detection.rpn.AnchorGenerator(((16, 32),), ((0.5, 1.0, 2.0),)),
        rpn_batch_size_per_image=16,
        box_batch_size_per_image=16,
    )
    images, targets = collate([MaskDataset(path, photo)[i] for i in range(3)])
    losses = model([image / 255 for image in images], targets)
    assert {"loss_mask", "loss_classifier", "loss_box_reg"} <= set(losses)
    total = sum(losses.values())
    assert math.isfinite(total.item())
    total.backward()


def test_without_torch_the_import_says_how_to_install_it() -> None:
    code = "import sys; sys.modules['torch'] = None; import maskmill_bindings.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("got none - pip install 'maskmill[torch]'")
