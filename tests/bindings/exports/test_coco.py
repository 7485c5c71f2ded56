"""COCO files of many images: what is written is read back, and faults of a file are reported."""

from __future__ import annotations

import re
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, coco, coco_results
from maskmill_bindings.record import Record
from support.datasets.annotated_records import noise, overlapping, with_pixels
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything, reasons
from support.tiers import cases

CLASSES = ("noise", "block", "frame", "日本語 \"'&<", "unused")


def written(path: Path, records: Any, settings: Settings = Settings(classes=CLASSES)) -> dict[str, Any]:  # noqa: B008
    [file] = coco.write(records, path / "coco.json", settings)
    assert file == path / "coco.json"
    assert list(path.iterdir()) == [file]
    return orjson.loads(file.read_bytes())


@pytest.mark.parametrize("polygons", [False, True])
def test_every_record_is_read_back(tmp_path: Path, polygons: bool) -> None:
    written(tmp_path, overlapping(), Settings(polygons=polygons))
    found = list(coco.read(tmp_path / "coco.json"))
    assert [(r.key, r.image) for r in found] == [
        ("a/photo.v2.jpg", "a/photo.v2.jpg"),
        ("none", "none.png"),
        ("key 3", "b/photo.v2.png"),
        ("4", "4"),
    ]
    assert [(r.source, r.line) for r in found] == [("coco.json", i) for i in (1, 2, 3, 4)]
    for record, wanted in zip(found, map(with_pixels, overlapping()), strict=True):
        assert_same_masks(record.masks, wanted)
        np.testing.assert_array_equal(record.masks.scores, wanted.scores)
        np.testing.assert_array_equal(record.masks.filled, wanted.filled)
        np.testing.assert_array_equal(record.masks.boxes, wanted.extents)
        assert set(record.masks.forms) <= {"ring" if polygons else "rle"}


def test_numbers_go_on_from_those_given(tmp_path: Path) -> None:
    data = written(tmp_path, overlapping(), Settings(classes=CLASSES, first_image=11, first_mask=101))
    assert [image["id"] for image in data["images"]] == [11, 12, 13, 14]
    assert [(a["id"], a["image_id"]) for a in data["annotations"]] == [
        *((i, 11) for i in range(101, 106)),
        (106, 13),
        (107, 14),
    ]


def test_categories_are_the_classes_in_their_order(tmp_path: Path) -> None:
    data = written(tmp_path, overlapping())
    assert [(c["id"], c["name"]) for c in data["categories"]] == list(enumerate(CLASSES, 1))
    assert [a["category_id"] for a in data["annotations"]] == [3, 1, 2, 2, 4, 3, 1]


def test_without_classes_categories_are_the_labels_of_all_images(tmp_path: Path) -> None:
    data = written(tmp_path, iter(overlapping()), Settings())
    assert [c["name"] for c in data["categories"]] == ["block", "frame", "noise", "日本語 \"'&<"]


def test_a_label_that_is_no_class_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="expected a label among the classes, got 'frame'"):
        written(tmp_path, overlapping(), Settings(classes=("noise",)))


def test_one_record_and_masks_are_files_of_one_image(tmp_path: Path) -> None:
    record = overlapping()[2]
    one = written(tmp_path, record, Settings())
    assert one == written(tmp_path, record.masks, Settings()) | {"images": one["images"]}
    assert one["images"] == [{"id": 1, "file_name": "b/photo.v2.png", "width": 13, "height": 9, "key": "key 3"}]


def test_a_built_dict_is_what_is_written(tmp_path: Path) -> None:
    masks = overlapping()[0].masks
    [file] = coco.write(masks, str(tmp_path / "coco.json"), "photo.jpg")
    assert orjson.loads(file.read_bytes()) == coco.build(masks, "photo.jpg")


def test_no_record_makes_a_valid_file(tmp_path: Path) -> None:
    assert written(tmp_path, [], Settings()) == {"images": [], "annotations": [], "categories": []}
    assert list(coco.read(tmp_path / "coco.json")) == []


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    written(tmp_path, overlapping())
    before = (tmp_path / "coco.json").read_bytes()
    written(tmp_path, overlapping())
    assert (tmp_path / "coco.json").read_bytes() == before


def test_polygons_lose_nothing_and_so_warn_of_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        written(tmp_path, overlapping(), Settings(polygons=True))
    assert caught == []


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    masks = Masks.from_dense(noise(40, 40)[None])

    def records(n: int) -> Iterator[Record]:
        return (Record(f"{i}.jpg", masks) for i in range(n))

    def peak(n: int) -> int:
        tracemalloc.start()
        coco.write(records(n), tmp_path / "coco.json", Settings(classes=("",)))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20)
    few = peak(20)
    assert peak(cases(2000)) < few + 100_000
    assert (tmp_path / "coco.json").stat().st_size > 500 * cases(2000)


# Files that others made.


def file_of(path: Path, **changes: Any) -> Path:
    image = {"id": 7, "file_name": "x.jpg", "width": 4, "height": 3}
    annotation = {"id": 1, "image_id": 7, "category_id": 5, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]}
    data = {
        "images": [image | changes.pop("image", {})],
        "annotations": [annotation | changes.pop("annotation", {})],
        "categories": [{"id": 5, "name": "cat"}],
    }
    file = path / "x.json"
    file.write_bytes(orjson.dumps(data | changes))
    return file


SQUARE = [0, 0, 2, 0, 2, 2, 0, 2]
CORNER = [3, 2, 4, 2, 4, 3, 3, 3]


@pytest.mark.parametrize(
    ("segmentation", "area"),
    [
        ([SQUARE], 4),
        ([SQUARE, CORNER], 5),
        ([[v + 0.25 for v in SQUARE]], 4),
        ({"size": [3, 4], "counts": [0, 5, 7]}, 5),
        ({"size": [3, 4], "counts": "057"}, 5),
    ],
)
def test_segmentations_of_every_kind(tmp_path: Path, segmentation: Any, area: int) -> None:
    [record] = coco.read(file_of(tmp_path, annotation={"segmentation": segmentation, "iscrowd": 1}))
    assert record.masks.areas.tolist() == [area]
    assert record.masks.labels.tolist() == ["cat"]
    assert record.masks.status.tolist() == ["ok"]


@pytest.mark.parametrize("segmentation", [None, [], {}])
def test_an_annotation_without_a_segmentation_is_a_row_with_the_status_nothing(
    tmp_path: Path, segmentation: Any
) -> None:
    other = {"image_id": 7, "category_id": 5, "segmentation": [SQUARE]}
    file = file_of(tmp_path, annotation={"segmentation": segmentation, "bbox": [1, 0, 2, 3]})
    data = orjson.loads(file.read_bytes())
    data["annotations"].append(other)
    file.write_bytes(orjson.dumps(data))
    [record] = coco.read(file)
    assert record.masks.status.tolist() == ["nothing", "ok"]
    assert record.masks.forms.tolist() == ["none", "ring"]
    assert record.masks.boxes[0].tolist() == [1, 0, 3, 3]
    assert [(p.row, p.code) for p in record.masks.problems] == [(0, "nothing")]


def test_annotations_of_an_image_need_not_stand_together(tmp_path: Path) -> None:
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 4, "height": 3} for i in (2, 1)]
    annotations = [{"image_id": i % 2 + 1, "category_id": 5, "segmentation": [SQUARE], "score": i} for i in range(6)]
    found = coco.read(file_of(tmp_path, images=images, annotations=annotations))
    assert [(r.key, r.masks.scores.tolist()) for r in found] == [("2.jpg", [1, 3, 5]), ("1.jpg", [0, 2, 4])]


def test_an_image_without_a_name_is_called_by_its_number(tmp_path: Path) -> None:
    [record] = coco.read(file_of(tmp_path, image={"file_name": None}))
    assert (record.key, record.image) == ("7", "")


SHORT = [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("annotation", "status", "message"),
    [
        ({"segmentation": 5}, "garbage", r"run lengths or a list of polygons, got 5 - .* in annotations\[0\]"),
        ({"segmentation": "[[0, 0, 2, 0, 2, 2]]"}, "garbage", "run lengths or a list of polygons"),
        ({"segmentation": [SHORT]}, "degenerate", "at least 3 points, got 2"),
        ({"segmentation": [[1]]}, "degenerate", "at least 3 points, got 0"),
        ({"segmentation": [["a", 0, 1, 1, 2, 2]]}, "garbage", "numbers, got list of 6|numbers, got"),
        ({"segmentation": [[None, 0, 1, 1, 2, 2]]}, "garbage", "finite numbers, got nan"),
        ({"segmentation": [5, [0, 0]]}, "garbage", "numbers, got"),
        ({"segmentation": [[0, 0, 1e300, 0, 2, 2]]}, "garbage", "coordinates within"),
        ({"segmentation": {"size": [4, 3], "counts": [12]}}, "garbage", r"\[3, 4\] as height and width, got \[4, 3\]"),
        ({"segmentation": {"size": [3, 4], "counts": [5]}}, "garbage", "runs that sum up to 12, got 5"),
        ({"segmentation": {"size": [3, 4], "counts": "!"}}, "garbage", "COCO's run lengths, got a character"),
        ({"segmentation": {"size": [3, 4]}}, "garbage", "`counts` as a string or a list, got None"),
    ],
)
def test_a_bad_annotation_is_a_row_with_its_reason(
    tmp_path: Path, annotation: dict[str, Any], status: str, message: str
) -> None:
    good = {"image_id": 7, "category_id": 5, "segmentation": [SQUARE]}
    file = file_of(tmp_path, annotations=[{"image_id": 7, "category_id": 5, **annotation}, good])
    [record], unread = read_everything(coco, file)
    assert record.masks.status.tolist() == [status, "ok"]
    assert record.masks.areas.tolist() == [0, 4]
    [reason] = reasons(record)
    assert re.match(f"0 {status}: expected .*(?:{message})", reason), reason
    assert not unread


@pytest.mark.parametrize(
    ("annotation", "code", "message"),
    [
        ({"category_id": 6}, "category_unknown", "the id of a category of the file, got 6"),
        ({"bbox": [1, 2, 3]}, "bad_box", r"a box of four numbers, got \[1, 2, 3\]"),
        ({"bbox": [1, 2, 3, None]}, "bad_box", "a box of four numbers"),
        ({"score": "high"}, "bad_score", "a number as score, got 'high'"),
        ({"segmentation": SQUARE}, "shape_mended", "a list of polygons, got the numbers of one"),
        ({"segmentation": [[0, 0], [2, 0], [2, 2], [0, 2]]}, "shape_mended", "got pairs"),
        ({"segmentation": [[[0, 0], [2, 0], [2, 2], [0, 2]]]}, "shape_mended", "got pairs"),
        ({"segmentation": [[*SQUARE, 1]]}, "vertex_dropped", "as many y as x, got 9 numbers"),
        ({"segmentation": [SQUARE, SHORT]}, "part_dropped", "fewer in 1"),
        ({"segmentation": {"size": [3, 4], "counts": "b'02106'"}}, "rle_text_mended", "literal"),
    ],
)
def test_what_can_be_mended_is_mended_and_said(
    tmp_path: Path, annotation: dict[str, Any], code: str, message: str
) -> None:
    [record] = coco.read(file_of(tmp_path, annotation=annotation))
    assert record.masks.status.tolist() == ["ok"]
    assert record.masks.areas.tolist() == [4]
    [reason] = reasons(record)
    assert re.search(f"^0 {code}: .*{message}", reason), reason


def test_a_polygon_past_the_border_is_clipped_and_that_is_said(tmp_path: Path) -> None:
    [record] = coco.read(file_of(tmp_path, annotation={"segmentation": [[2, 1, 9, 1, 9, 9, 2, 9]]}))
    assert record.masks.areas.tolist() == [4]
    assert reasons(record) == ["0 clipped: the shape from 2, 1 to 9, 9 leaves the image of 4x3"]


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"image": {"id": None}}, "images[0]", "an image with an id"),
        ({"images": [3]}, "images[0]", "an image with an id, got 3"),
        ({"image": {"width": 0}}, "x.jpg", r"\(width, height\) in 1..65535, got \(0, 3\).*its annotation is not read"),
        ({"image": {"width": 4.5}}, "x.jpg", "a whole number, got 4.5 - at `width in image 7 of x.json`"),
        ({"image": {"width": None}}, "x.jpg", "the size of the image, got none"),
        ({"annotation": {"image_id": 8}}, "8", r"the id of an image of the file, got 8 - at `image_id in annotations"),
        ({"annotation": {"image_id": [8]}}, "annotations[0]", "an annotation with the id of its image"),
        ({"annotations": [5]}, "annotations[0]", "an annotation with the id of its image, got 5"),
    ],
)
def test_what_belongs_to_no_image_is_listed(tmp_path: Path, changes: dict[str, Any], key: str, message: str) -> None:
    _, unread = read_everything(coco, file_of(tmp_path, **changes))
    assert unread[0].key == key
    assert unread[0].source == "x.json"
    assert re.search(message, unread[0].reason)


def test_of_two_images_with_one_id_the_first_is_read(tmp_path: Path) -> None:
    images = [{"id": 7, "width": 4, "height": 3, "file_name": name} for name in ("x.jpg", "y.jpg")]
    [record], [other] = read_everything(coco, file_of(tmp_path, images=images))
    assert (record.key, record.masks.areas.tolist()) == ("x.jpg", [4])
    assert "images with different ids, got 7 again" in other.reason


def test_without_a_callback_it_is_a_warning(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="'8' of x.json: expected the id of an image"):
        list(coco.read(file_of(tmp_path, annotation={"image_id": 8})))


def test_numbers_may_be_floats_or_texts(tmp_path: Path) -> None:
    file = file_of(tmp_path, image={"id": 7.0, "width": 4.0, "height": "3"}, annotation={"image_id": "7"})
    [record] = coco.read(file)
    assert (record.masks.size, record.masks.areas.tolist()) == ((4, 3), [4])


def test_the_size_may_come_from_run_lengths_options_or_the_image(tmp_path: Path) -> None:
    rle = {"size": [3, 4], "counts": [0, 5, 7]}
    nameless = {"width": None, "height": None}
    [record] = coco.read(file_of(tmp_path, image=nameless, annotation={"segmentation": rle}))
    assert record.masks.size == (4, 3)
    [record] = coco.read(file_of(tmp_path, image=nameless), size=(9, 8))
    assert record.masks.size == (9, 8)
    Image.new("L", (6, 5)).save(tmp_path / "x.jpg")
    [record] = coco.read(file_of(tmp_path, image=nameless), size=(9, 8))
    assert record.masks.size == (6, 5)
    (tmp_path / "photos").mkdir()
    Image.new("L", (7, 5)).save(tmp_path / "photos" / "x.jpg")
    [record] = coco.read(file_of(tmp_path, image=nameless), images=tmp_path / "photos")
    assert record.masks.size == (7, 5)


def test_nan_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    text = file.read_text().replace("[[0,0,", "[[NaN,0,")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    [record] = coco.read(file)
    assert reasons(record) == [
        "0 garbage: expected finite numbers, got nan - at `[0] of segmentation in annotations[0]`"
    ]


def test_a_file_of_one_image(tmp_path: Path) -> None:
    annotation = {"segmentation": {"size": [3, 4], "counts": "057"}, "bbox": [0, 0, 2, 3], "id": 1}
    image = {"image_id": 9, "width": 4, "height": 3, "file_name": "sa_9.jpg"}
    (tmp_path / "x.json").write_bytes(orjson.dumps({"image": image, "annotations": [annotation]}))
    [record] = coco.read(tmp_path / "x.json")
    assert (record.key, record.masks.areas.tolist(), record.masks.labels.tolist()) == ("sa_9.jpg", [5], [""])


def test_the_rule_draws_as_pycocotools_or_by_centres(tmp_path: Path) -> None:
    half = [2.5, 2.5, 6.5, 2.5, 6.5, 6.5, 2.5, 6.5]
    file = file_of(tmp_path, image={"width": 8, "height": 8}, annotation={"segmentation": [half]})
    [native] = coco.read(file)
    [exact] = coco.read(file, rule="exact")
    assert native.masks.extents.tolist() == [[3, 3, 7, 7]]
    assert exact.masks.extents.tolist() == [[2, 2, 6, 6]]
    with pytest.raises(ArgumentError, match="'native' or 'exact', got 'coco' - at `rule`"):
        coco.read(file, rule="coco")


@pytest.mark.parametrize("changes", [{"images": {}}, {"annotations": None}])
def test_a_file_without_its_lists_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"a list, got .*x\.json"):
        list(coco.read(file_of(tmp_path, **changes)))


@pytest.mark.parametrize("text", ["", "{", "[]", "nonsense"])
def test_other_files_are_reported(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(ArgumentError, match=r"x\.json"):
        list(coco.read(file))


# Results.


def test_results_are_read_back_by_their_numbers(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="get 1.0") as caught:
        [file] = coco_results.write(overlapping(), tmp_path / "r.json", Settings(classes=CLASSES, first_image=5))
    assert len(caught) == 1
    found = list(coco_results.read(file))
    wanted = [(key, with_pixels(record)) for key, record in zip("5678", overlapping(), strict=True) if key != "6"]
    assert [r.key for r in found] == [key for key, _ in wanted]
    for record, (_, masks) in zip(found, wanted, strict=True):
        assert record.masks.coco() == masks.coco()
        assert record.masks.scores.tolist() == np.nan_to_num(masks.scores, nan=1.0).tolist()
        assert record.masks.labels.tolist() == [str(CLASSES.index(label) + 1) for label in masks.labels]


def test_results_of_no_record_are_an_empty_list(tmp_path: Path) -> None:
    [file] = coco_results.write([], tmp_path / "r.json", Settings(classes=()))
    assert orjson.loads(file.read_bytes()) == []
    assert list(coco_results.read(file)) == []


def test_faults_of_results(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_bytes(orjson.dumps({}))
    with pytest.raises(ArgumentError, match="a list of results"):
        list(coco_results.read(file))
    rle = {"size": [3, 4], "counts": "057"}
    results = [
        5,
        {"image_id": 1, "category_id": 1, "segmentation": [SQUARE]},
        {"image_id": 2, "segmentation": rle, "score": 0.5},
        {"image_id": 2, "category_id": 3, "segmentation": [SQUARE], "score": 0.25},
        {"image_id": 2, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.125},
    ]
    file.write_bytes(orjson.dumps(results))
    [record], unread = read_everything(coco_results, file)
    assert (record.key, record.masks.areas.tolist(), record.masks.labels.tolist()) == ("2", [5, 4, 0], ["", "3", "3"])
    assert record.masks.status.tolist() == ["ok", "ok", "nothing"]
    assert [entry.key for entry in unread] == ["1", "[0]"]
    assert unread[0].reason.startswith("expected the size of the image, got none: give its folder")
    assert unread[1].reason.startswith("expected a result with the id of its image, got 5")
