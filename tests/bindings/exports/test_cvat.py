"""CVAT's XML: what is written, what comes back, CVAT's own exports, and hostile XML."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, cvat
from maskmill_bindings.record import Record
from support.datasets.export_records import Pixels, record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks

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


def test_other_shapes_are_left_out(tmp_path: Path) -> None:
    others = [f'<{name} label="cat" points="1,1;2,2"/>' for name in ("points", "polyline", "ellipse")]
    with pytest.warns(LossWarning) as warned:
        assert len(read(tmp_path, *others, mask("0,4"))) == 1
    assert len(warned) == 3


def test_the_rotation_of_a_box_is_warned_of(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="boxes that are rotated"):
        read(tmp_path, '<box label="dog" xtl="0" ytl="0" xbr="4" ybr="3" rotation="30.0"/>')


def test_tracks_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        '<annotations><track id="0" label="a"><mask frame="0" rle="1"/></track></annotations>'
    )
    with pytest.warns(LossWarning, match="'track'"):
        assert list(cvat.read(tmp_path / "a.xml")) == []


@pytest.mark.parametrize(
    "element",
    [
        mask("0,3"),
        mask("0,5"),
        mask("1,-1,4"),
        mask("a"),
        mask(""),
        mask("99999999999999999999"),
        mask("0,4", left=7),
        mask("0,4", top=-1),
        mask("0", width=0, height=0),
        mask("0,4", width=-2, height=-2),
        mask("0,9000000000", width=100_000, height=90_000),
        mask("0,4", width="x"),
        '<mask label="cat"/>',
        '<polygon label="cat" points="0,0;1,1"/>',
        '<polygon label="cat" points="0,0;1;2,2"/>',
        '<polygon label="cat" points="0,0;nan,1;2,2"/>',
        '<box label="cat" xtl="0" ytl="0" xbr="inf" ybr="1"/>',
        '<box label="cat" xtl="0"/>',
    ],
)
def test_shapes_that_are_none(tmp_path: Path, element: str) -> None:
    with pytest.raises(ArgumentError, match=r"a\.xml: image 'x\.png'"):
        read(tmp_path, element)


@pytest.mark.parametrize("width", [0, -1, "", "a", 70_000, "9" * 5_000])
def test_images_without_a_size(tmp_path: Path, width: object) -> None:
    with pytest.raises(ArgumentError, match=r"a\.xml: image 'x\.png'"):
        read(tmp_path, width=width)


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
