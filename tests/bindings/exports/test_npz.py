"""The .npz of flat arrays, by numpy alone and by its own reader."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, npz
from maskmill_bindings.record import Record
from support.datasets.annotated_records import noise, overlapping
from support.datasets.masks_equality import assert_same_masks
from support.tiers import cases


def test_everything_but_problems_is_read_back(tmp_path: Path) -> None:
    [file] = npz.write(iter(overlapping()), tmp_path / "m.npz")
    assert list(tmp_path.iterdir()) == [file]
    for i, (record, wanted) in enumerate(zip(npz.read(file), overlapping(), strict=True), 1):
        assert (record.key, record.image, record.model) == (wanted.key, wanted.image, wanted.model)
        assert (record.source, record.line) == ("m.npz", i)
        assert_same_masks(record.masks, wanted.masks)
        for column in ("status", "forms", "scores", "boxes", "filled"):
            np.testing.assert_array_equal(getattr(record.masks, column), getattr(wanted.masks, column))


def test_numpy_alone_reads_the_columns(tmp_path: Path) -> None:
    npz.write(overlapping(), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    masks = [record.masks for record in overlapping()]
    assert found["keys"].tolist() == ["a/photo.v2.jpg", "none", "key 3", "4"]
    assert found["sizes"].tolist() == [[30, 20], [7, 5], [13, 9], [1, 1]]
    assert found["stops"].tolist() == [6, 6, 7, 8]
    for column in ("labels", "status", "forms", "scores", "boxes", "filled", "areas"):
        np.testing.assert_array_equal(found[column], np.concatenate([getattr(m, column) for m in masks]))
    assert {name: array.dtype.str for name, array in found.items() if array.dtype.kind != "U"} == {
        "sizes": "<i4",
        "stops": "<i8",
        "scores": "<f4",
        "boxes": "<f8",
        "filled": "|b1",
        "areas": "<i8",
        "counts": "|u1",
        "ends": "<i8",
    }
    strings = [found["counts"][a:b].tobytes() for a, b in zip(found["ends"], found["ends"][1:], strict=False)]
    assert strings == [rle["counts"] for m in masks for rle in m.coco()]


def test_no_record_makes_a_valid_file(tmp_path: Path) -> None:
    [file] = npz.write([], tmp_path / "m.npz")
    assert list(npz.read(file)) == []


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    [first], [second] = (npz.write(overlapping(), tmp_path / name) for name in ("a.npz", "b.npz"))
    assert first.read_bytes() == second.read_bytes()


def test_any_text(tmp_path: Path) -> None:
    texts = ["", "\ud83d", "a\x00b", "日本語 🐱", '"\\\n\r', " "]
    masks = Masks.from_dense(np.ones((len(texts), 1, 1), bool), labels=texts)
    [file] = npz.write(masks, tmp_path / "m.npz")
    [record] = npz.read(file)
    assert record.masks.labels.tolist() == [texts[0], "?", *texts[2:]]


def test_a_long_label_is_cut_and_a_warning_says_so(tmp_path: Path) -> None:
    masks = Masks.from_dense(np.ones((2, 1, 1), bool), labels=["x" * 257, "y" * 256])
    with pytest.warns(LossWarning, match="256 characters"):
        npz.write(masks, tmp_path / "m.npz")
    [record] = npz.read(tmp_path / "m.npz")
    assert record.masks.labels.tolist() == ["x" * 256, "y" * 256]


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    masks = Masks.from_dense(noise(40, 40)[None])

    def records(n: int) -> Iterator[Record]:
        return (Record(f"{i}.jpg", masks) for i in range(n))

    def peak(n: int) -> int:
        tracemalloc.start()
        npz.write(records(n), tmp_path / "m.npz")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20)
    few = peak(20)
    assert peak(cases(2000)) < few + 500_000
    [*_, last] = npz.read(tmp_path / "m.npz")
    assert last.key == f"{cases(2000) - 1}.jpg"


def arrays(**changes: Any) -> dict[str, Any]:
    masks = Masks.from_dense(np.ones((1, 2, 3), bool))
    found: dict[str, Any] = {name: getattr(masks, name) for name in ("status", "forms", "scores", "boxes", "filled")}
    counts = np.frombuffer(masks.coco()[0]["counts"], np.uint8)
    texts = {name: np.array(["x"]) for name in ("keys", "images", "models", "labels")}
    numbers = {"sizes": np.array([[3, 2]]), "stops": np.array([1]), "areas": masks.areas}
    return {**texts, **found, **numbers, "counts": counts, "ends": np.array([0, len(counts)]), **changes}


def test_arrays_that_another_wrote(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", **arrays())
    [record] = npz.read(tmp_path / "m.npz")
    assert record.masks.areas.tolist() == [6]


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": np.array(["x", "y"])},
        {"scores": np.zeros(2)},
        {"sizes": np.array([[3, 3]])},
        {"sizes": np.array([[0, 0]])},
        {"sizes": np.array([3])},
        {"ends": np.array([0])},
        {"ends": np.array([0, 1])},
        {"stops": np.array([2])},
        {"stops": np.array([1.5])},
        {"status": np.array(["good"])},
        {"boxes": np.zeros((1, 3))},
        {"counts": np.zeros(3, np.uint8)},
    ],
)
def test_arrays_that_do_not_fit_are_reported(tmp_path: Path, changes: dict[str, Any]) -> None:
    np.savez(tmp_path / "m.npz", **arrays(**changes))
    with pytest.raises(ArgumentError, match=r"m\.npz"):
        list(npz.read(tmp_path / "m.npz"))


@pytest.mark.parametrize("data", [b"", b"PK", b"nonsense", b"\x93NUMPY"])
def test_other_files_are_reported(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "m.npz").write_bytes(data)
    with pytest.raises(ArgumentError, match=r"expected a \.npz of masks"):
        list(npz.read(tmp_path / "m.npz"))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", **arrays(labels=np.array([{}], object)))
    with pytest.raises(ArgumentError, match=r"expected a \.npz of masks"):
        list(npz.read(tmp_path / "m.npz"))
