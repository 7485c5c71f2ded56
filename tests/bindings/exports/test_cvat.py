"""CVAT's XML: what is written, what comes back, CVAT's own exports, and hostile XML."""

from __future__ import annotations

import cmath
import math
import tracemalloc
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, cvat
from maskmill_bindings.record import Record
from support.annotation_shapes import coco_string
from support.datasets.export_records import Pixels, record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything

ALL = [
    *records_of_one_part(),
    Record("z.png", Masks.from_coco(record_of_several_parts().masks.coco(), labels=["cat", "dog"]), "z.png"),
]


def read(path: Path, *elements: str, width: object = 8, height: object = 6) -> Masks:
    """Return the masks of one image with these elements."""
    file = path / "a.xml"
    image = f'<image id="0" name="x.png" width="{width}" height="{height}">{"".join(elements)}</image>'
    file.write_text(f"<annotations><version>1.1</version><meta/>{image}</annotations>")
    [record] = cvat.read(file)
    return record.masks


def mask(rle: str, left: object = 0, top: object = 0, width: object = 2, height: object = 2) -> str:
    return f'<mask label="cat" rle="{rle}" left="{left}" top="{top}" width="{width}" height="{height}"/>'


def square() -> Pixels:
    return np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4)))


def test_masks_come_back(tmp_path: Path) -> None:
    [file] = cvat.write(ALL, tmp_path / "a.xml")
    for found, wanted in zip(cvat.read(file), ALL, strict=True):
        assert (found.key, found.image) == (wanted.image, wanted.image)
        assert_same_masks(found.masks, wanted.masks)


def test_labels_stand_before_the_images(tmp_path: Path) -> None:
    [file] = cvat.write(ALL, tmp_path / "a.xml", Settings(classes=("zebra", *cvat_labels())))
    root = ElementTree.parse(file).getroot()
    assert [name.text for name in root.iterfind("meta/task/labels/label/name")] == ["zebra", *cvat_labels()]
    assert [(image.get("id"), image.get("name")) for image in root.iterfind("image")] == [
        (str(i), record.image) for i, record in enumerate(ALL)
    ]


def cvat_labels() -> list[str]:
    return sorted({label for record in ALL for label in record.masks.labels.tolist()})


def test_runs_are_row_major_within_the_box(tmp_path: Path) -> None:
    pixels = np.zeros((1, 5, 6), bool)
    pixels[0, 1, 2:5] = pixels[0, 2, 3] = True
    [file] = cvat.write(Record("a", Masks.from_dense(pixels, labels=["cat"])), tmp_path / "a.xml")
    [found] = ElementTree.parse(file).getroot().iterfind("image/mask")
    wanted = {"rle": "0, 3, 1, 1, 1", "left": "2", "top": "1", "width": "3", "height": "2"}
    assert {name: found.get(name) for name in wanted} == wanted


def test_losses_are_warned_of_once(tmp_path: Path) -> None:
    labels = ["", "\x01a", "", "\x02b", "ok"]
    masks = Masks.from_dense(np.array([True] * 4 + [False])[:, None, None], labels=labels, scores=[1, 1, 1, 1, 1])
    with pytest.warns(LossWarning) as warned:
        [file] = cvat.write(Record("a", masks), tmp_path / "a.xml")
    assert sorted(str(warning.message) for warning in warned) == [
        "CVAT has no place for scores, which are left out",
        "CVAT takes no empty label: it becomes 'object'",
        "a text has characters that XML cannot hold; they became \ufffd",
    ]
    [record] = cvat.read(file)
    assert record.masks.labels.tolist() == ["object", "\ufffda", "object", "\ufffdb"]


def test_a_label_that_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="expected a label among the classes, got 'cat'"):
        cvat.write(ALL, tmp_path / "a.xml", Settings(classes=("horse",)))


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    assert cvat.write(ALL, tmp_path / "a")[0].read_bytes() == cvat.write(iter(ALL), tmp_path / "b")[0].read_bytes()


# CVAT's own exports.


def test_polygons_and_boxes(tmp_path: Path) -> None:
    polygon = '<polygon label="cat" points="0.00,0.00;4.00,0.00;4.00,3.00;0.00,3.00"/>'
    box = '<box label="dog" xtl="0.0" ytl="0.0" xbr="4.0" ybr="3.0"><attribute name="a">1</attribute></box>'
    masks = read(tmp_path, polygon, box)
    assert masks.labels.tolist() == ["cat", "dog"]
    np.testing.assert_array_equal(masks.dense(), [square(), square()])


def test_shapes_without_an_area_are_rows_with_a_reason(tmp_path: Path) -> None:
    others = [f'<{name} label="cat" points="1,1;2,2"/>' for name in ("points", "polyline", "cuboid", "skeleton")]
    masks = read(tmp_path, *others, mask("0,4"))
    assert masks.status.tolist() == ["nothing"] * 4 + ["ok"]
    assert [problem.message for problem in masks.problems][:2] == [
        "expected a shape with an area, got a points - at `points`",
        "expected a shape with an area, got a polyline - at `polyline`",
    ]


def corners_turned(box: tuple[float, float, float, float], degrees: float) -> list[float]:
    """Return the corners of a box turned clockwise about its middle, by complex numbers."""
    x0, y0, x1, y1 = box
    middle = complex((x0 + x1) / 2, (y0 + y1) / 2)
    corners = [complex(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    turned = [middle + (corner - middle) * cmath.rect(1, math.radians(degrees)) for corner in corners]
    return [value for corner in turned for value in (corner.real, corner.imag)]


@pytest.mark.parametrize("degrees", [30.0, 45.5, 90.0, 180.0, 271.0, -15.0])
def test_a_rotated_box_is_turned_about_its_middle(tmp_path: Path, degrees: float) -> None:
    box = (10.2, 12.0, 50.7, 31.5)
    element = '<box label="dog" xtl="{}" ytl="{}" xbr="{}" ybr="{}" rotation="{}"/>'.format(*box, degrees)
    masks = read(tmp_path, element, width=80, height=60)
    ring = np.reshape(corners_turned(box, degrees), (-1, 2))
    assert masks.coco()[0]["counts"] == coco_string([ring], (80, 60))


@pytest.mark.parametrize("degrees", [0.0, 33.0, 90.0])
def test_ellipses_are_drawn_by_opencv_or_by_centres(tmp_path: Path, degrees: float) -> None:
    element = f'<ellipse label="dog" cx="40.4" cy="29.7" rx="20.6" ry="8.2" rotation="{degrees}"/>'
    masks = read(tmp_path, element, width=80, height=60)
    wanted = np.zeros((60, 80), np.uint8)
    cv2.ellipse(wanted, (40, 30), (21, 8), degrees, 0, 360, 1, -1)
    np.testing.assert_array_equal(masks.dense()[0], wanted.astype(bool))
    [exact] = cvat.read(tmp_path / "a.xml", rule="exact")
    y, x = np.mgrid[:60, :80] + 0.5
    turned = ((x - 40.4) + 1j * (y - 29.7)) * cmath.rect(1, -math.radians(degrees))
    inside = (turned.real / 20.6) ** 2 + (turned.imag / 8.2) ** 2 <= 1
    np.testing.assert_array_equal(exact.masks.dense()[0], inside)


def test_tracks_are_listed(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        '<annotations><track id="3" label="a"><mask frame="0" rle="1"/></track></annotations>'
    )
    records, [track] = read_everything(cvat, tmp_path / "a.xml")
    assert not records
    assert (track.key, track.reason) == ("track 3", "expected shapes of images, got a track of a video ('a')")


def test_floats_in_place_of_whole_numbers(tmp_path: Path) -> None:
    masks = read(tmp_path, mask("0.0, 3.0,1", left="1.0", top="2.0", width="2.0", height="2.0"), width="8.0")
    assert (masks.areas.tolist(), masks.extents.tolist()) == ([3], [[1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("left", "top", "area"), [(7, 0, 2), (0, -1, 2), (7, 5, 1), (-1, -1, 1), (8, 0, 0), (0, 99, 0)]
)
def test_masks_past_the_border_are_clipped(tmp_path: Path, left: int, top: int, area: int) -> None:
    masks = read(tmp_path, mask("0,4", left=left, top=top))
    assert masks.areas.tolist() == [area]
    assert masks.status.tolist() == ["ok" if area else "empty"]
    assert [problem.code for problem in masks.problems] == ["clipped"]


@pytest.mark.parametrize(
    ("element", "status"),
    [
        (mask("0,3"), "garbage"),
        (mask("0,5"), "garbage"),
        (mask("1,-1,4"), "garbage"),
        (mask("0,3.5,0.5"), "garbage"),
        (mask("a"), "garbage"),
        (mask(""), "garbage"),
        (mask("99999999999999999999"), "garbage"),
        (mask("0", width=0, height=0), "garbage"),
        (mask("0,4", width=-2, height=-2), "garbage"),
        (mask("0,9000000000", width=100_000, height=90_000), "garbage"),
        (mask("0,4", width="x"), "garbage"),
        (mask("0,4", left="nan"), "garbage"),
        ('<mask label="cat"/>', "garbage"),
        ('<polygon label="cat" points="0,0;1,1"/>', "degenerate"),
        ('<polygon label="cat" points=""/>', "degenerate"),
        ('<polygon label="cat"/>', "degenerate"),
        ('<polygon label="cat" points="0,0;1;2,2"/>', "garbage"),
        ('<polygon label="cat" points="0,0;nan,1;2,2"/>', "garbage"),
        ('<polygon label="cat" points="0,0;1e300,1;2,2"/>', "garbage"),
        ('<box label="cat" xtl="0" ytl="0" xbr="inf" ybr="1"/>', "garbage"),
        ('<box label="cat" xtl="0"/>', "garbage"),
        ('<ellipse label="cat" cx="1" cy="1" rx="0" ry="1"/>', "degenerate"),
        ('<ellipse label="cat" cx="1" cy="1" rx="1e9" ry="1"/>', "too_large"),
    ],
)
def test_a_bad_shape_is_a_row_with_its_reason(tmp_path: Path, element: str, status: str) -> None:
    masks = read(tmp_path, element, mask("0,4"))
    assert masks.status.tolist() == [status, "ok"]
    [problem] = masks.problems
    assert (problem.row, problem.code) == (0, status)
    assert problem.message.startswith("expected ")


@pytest.mark.parametrize("width", [0, -1, "a", 70_000, "9" * 5_000])
def test_images_without_a_size_are_listed(tmp_path: Path, width: object) -> None:
    other = '<image id="1" name="y.png" width="8" height="6"/>'
    (tmp_path / "a.xml").write_text(
        f'<annotations><image id="0" name="x.png" width="{width}" height="6"/>{other}</annotations>'
    )
    [record], [unread] = read_everything(cvat, tmp_path / "a.xml")
    assert (record.key, unread.key, unread.source) == ("y.png", "x.png", "a.xml")
    assert unread.reason.startswith("expected ")


# XML that is none, or means harm.


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "<annotations>",
        "<coco/>",
        "<annotations></image></annotations>",
        '<?xml version="1.0" encoding="klingon"?><annotations/>',
        '<?xml version="1.0" encoding="shift_jis"?><annotations/>',
        "<annotations>&a;</annotations>",
        "\0",
    ],
)
def test_no_xml_of_cvat(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(ArgumentError, match="expected"):
        list(cvat.read(tmp_path / "a.xml"))


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY c SYSTEM "file:///etc/passwd">',
        "",
    ],
    ids=["entity bomb", "external entity", "nothing"],
)
def test_document_types_are_refused(tmp_path: Path, declared: str) -> None:
    image = '<image name="&c;" width="4" height="4"/>'
    (tmp_path / "a.xml").write_text(f"<!DOCTYPE annotations [{declared}]><annotations>{image}</annotations>")
    with pytest.raises(ArgumentError, match="expected XML without a document type, got <!DOCTYPE annotations"):
        list(cvat.read(tmp_path / "a.xml"))


def test_memory_is_that_of_an_image(tmp_path: Path) -> None:
    long = mask("0," + " " * 80_000 + "4")
    image = f'<image id="0" name="x.png" width="8" height="6">{long}</image>'
    with (tmp_path / "a.xml").open("w") as file:
        file.write("<annotations>" + image * 100 + "</annotations>")
    tracemalloc.start()
    assert sum(len(record.masks) for record in cvat.read(tmp_path / "a.xml")) == 100
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "a.xml").stat().st_size > 7.5e6
    assert peak < 6e6


def test_rows_without_a_mask(tmp_path: Path) -> None:
    [file] = cvat.write(Record("a", maskmill.decode('[{"label": "a"}]', size=(8, 8))), tmp_path / "a.xml")
    [record] = cvat.read(file)
    assert (len(record.masks), record.masks.size) == (0, (8, 8))
