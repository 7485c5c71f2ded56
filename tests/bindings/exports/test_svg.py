"""SVG: what comes back, texts, links, what is refused. Renderers are compared in tests/interop."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import maskmill
from maskmill_bindings.exports import LossWarning, Settings, svg
from maskmill_bindings.exports._geometry.svg_paths import parse_path_data
from maskmill_bindings.record import Record
from support.datasets.masks_equality import assert_same_masks
from support.datasets.varied_records import SIZE, noise, records, scene

NAMESPACE = "{http://www.w3.org/2000/svg}"
TRIANGLE = [[100, 100], [900, 100], [900, 900]]


def paths(file: Path) -> list[ElementTree.Element]:
    return ElementTree.parse(file).getroot().findall(f"{NAMESPACE}path")


def labelled(*labels: str) -> maskmill.Masks:
    return maskmill.decode([{"mask": TRIANGLE, "label": label} for label in labels], SIZE)


def foreign(tmp_path: Path, inside: str, view: str = 'viewBox="0 0 10 8"') -> maskmill.Masks:
    file = tmp_path / "a.svg"
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {view}>{inside}</svg>')
    [record] = svg.read(file)
    return record.masks


def test_masks_come_back(tmp_path: Path) -> None:
    files = svg.write(iter(records()), tmp_path / "new" / "folder")
    assert [file.name for file in files] == ["scene.svg", *(f"noise-{i}.svg" for i in range(4))]
    found = {record.key: record for record in svg.read(tmp_path / "new" / "folder")}
    for wanted in records():
        record = found[wanted.key]
        assert (record.image, record.model) == (wanted.image, wanted.model)
        assert_same_masks(record.masks, wanted.masks)
        assert record.masks.status.tolist() == wanted.masks.status.tolist()
        np.testing.assert_array_equal(record.masks.scores, wanted.masks.scores)


def test_an_image_without_rows_comes_back(tmp_path: Path) -> None:
    svg.write(Record("a", maskmill.decode("[]", SIZE)), tmp_path)
    [record] = svg.read(tmp_path)
    assert (record.key, len(record.masks), record.masks.size) == ("a", 0, SIZE)


def test_names_of_files_differ(tmp_path: Path) -> None:
    masks = labelled("cat")
    given = [Record(str(i), masks, name) for i, name in enumerate(("a/x.jpg", "b/X.png", "../x.jpg"))]
    files = svg.write(given, tmp_path)
    assert len({file.name.casefold() for file in files}) == 3
    assert {file.parent for file in files} == {tmp_path}
    assert sorted(record.key for record in svg.read(tmp_path)) == ["0", "1", "2"]


def test_smaller_masks_lie_on_top(tmp_path: Path) -> None:
    [file] = svg.write(noise(2), tmp_path)
    order = [int(path.get("data-index", "")) for path in paths(file)]
    areas = noise(2).masks.areas[order].tolist()
    assert areas == sorted(areas, reverse=True)


def test_a_label_has_one_colour(tmp_path: Path) -> None:
    a, b = svg.write([Record("a", labelled("cat", "dog", "cat")), Record("b", labelled("dog"))], tmp_path)
    cat, dog, again = (path.get("fill") for path in paths(a))
    assert (cat, dog) == ("#00b281", "#d55e00")
    assert again == cat
    assert [path.get("fill") for path in paths(b)] == [dog]


def test_classes_choose_the_colours(tmp_path: Path) -> None:
    [file] = svg.write(labelled("dog"), tmp_path, Settings(classes=("cat", "dog")))
    assert [path.get("fill") for path in paths(file)] == ["#d55e00"]


@pytest.mark.parametrize("label", ["", "<b>&amp;</b>", "\"'>", "a\r\nb\tc", "]]>", "日本語 🐱", " padded "])
def test_labels_are_kept(tmp_path: Path, label: str) -> None:
    svg.write(Record(label, labelled(label), label), tmp_path)
    [record] = svg.read(tmp_path)
    assert record.masks.labels.tolist() == [label]
    assert (record.key, record.image) == (label, label)


@pytest.mark.parametrize("label", ["a\x00b", "a\x1bb", "a\ufffeb"])
def test_characters_that_xml_cannot_hold_are_warned_of_once(tmp_path: Path, label: str) -> None:
    with pytest.warns(LossWarning, match="XML") as warned:
        svg.write(labelled(label, label), tmp_path)
    assert len(warned) == 1
    [record] = svg.read(tmp_path)
    assert record.masks.labels.tolist() == ["a\ufffdb"] * 2


def test_the_image_is_linked_where_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "ä &.jpg").write_bytes(b"")
    record = scene(image="ä &.jpg")
    [file] = svg.write(record, tmp_path / "a", Settings(images=tmp_path))
    [image] = ElementTree.parse(file).getroot().findall(f"{NAMESPACE}image")
    assert image.get("href") == (tmp_path / "ä &.jpg").resolve().as_uri()
    [file] = svg.write(record, tmp_path / "b")
    assert ElementTree.parse(file).getroot().find(f"{NAMESPACE}image") is None


def test_equal_records_make_equal_bytes(tmp_path: Path) -> None:
    a, b = (svg.write(scene(), tmp_path / name)[0].read_bytes() for name in "ab")
    assert a == b


# What others write.


def test_paths_of_others(tmp_path: Path) -> None:
    masks = foreign(tmp_path, '<g><path d="M1,1 5,1 L5 5 H1 z"><title>cat</title></path></g><path d="M0 0V2H2V0Z"/>')
    assert masks.labels.tolist() == ["cat", ""]
    assert masks.areas.tolist() == [16, 4]
    assert masks.size == (10, 8)


def test_rings_fill_as_the_path_says(tmp_path: Path) -> None:
    same_way = "M0 0H6V6H0Z M2 2H4V4H2Z"
    other_way = "M0 0H6V6H0Z M2 2V4H4V2Z"
    rule = 'fill-rule="evenodd"'
    assert foreign(tmp_path, f'<path d="{same_way}"/>').areas.tolist() == [36]
    assert foreign(tmp_path, f'<path d="{same_way}" {rule}/>').areas.tolist() == [32]
    assert foreign(tmp_path, f'<path d="{other_way}"/><path d="{other_way}" {rule}/>').areas.tolist() == [32, 32]


def test_other_shapes_are_passed_over_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="circle is not read"):
        assert len(foreign(tmp_path, '<rect width="9" height="9"/><circle r="3"/>')) == 0


@pytest.mark.parametrize(
    ("inside", "view", "message"),
    [
        ('<path d="m1 1l2 2"/>', 'viewBox="0 0 8 8"', "absolute M, L, H, V and Z"),
        ('<path d="M1 1C1 2 3 4 5 6"/>', 'viewBox="0 0 8 8"', "absolute M, L, H, V and Z"),
        ('<path d="L1 1"/>', 'viewBox="0 0 8 8"', "rings begin with M"),
        ('<path d="M1 1H2V2ZL1 1"/>', 'viewBox="0 0 8 8"', "rings begin with M"),
        ('<path d="Z"/>', 'viewBox="0 0 8 8"', "rings begin with M"),
        ('<path d="M1 1 2"/>', 'viewBox="0 0 8 8"', "2 numbers for M"),
        ('<path d="M1 1H"/>', 'viewBox="0 0 8 8"', "1 numbers for H"),
        ('<path d="M1 1H2V2Z3"/>', 'viewBox="0 0 8 8"', "0 numbers for Z"),
        ('<path d="M1 1e999H2V2Z"/>', 'viewBox="0 0 8 8"', "finite"),
        ('<path d="M1 1H2V2Z" data-index="x"/>', 'viewBox="0 0 8 8"', "data-index"),
        ('<path d="M1 1H2V2Z" data-status="fine"/>', 'viewBox="0 0 8 8"', "known status"),
        ('<g transform="scale(2)"/>', 'viewBox="0 0 8 8"', "without a transform"),
        ("", "", "viewBox"),
        ("", 'viewBox="1 0 8 8"', "viewBox"),
        ("", 'viewBox="0 0 8.5 8"', "viewBox"),
        ("", 'viewBox="0 0 inf 8"', "viewBox"),
        ("", 'viewBox="0 0 0 8"', "width, height"),
        ("<", 'viewBox="0 0 8 8"', "an SVG file"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, inside: str, view: str, message: str) -> None:
    with pytest.raises(maskmill.errors.ArgumentError, match=message) as raised:
        foreign(tmp_path, inside, view)
    assert "a.svg" in str(raised.value)


@pytest.mark.parametrize("text", ["", "no", "<html/>"])
def test_what_is_no_svg_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(maskmill.errors.ArgumentError, match="svg"):
        list(svg.read(tmp_path / "a.svg"))


def test_long_numbers_take_no_time() -> None:
    with pytest.raises(maskmill.errors.ArgumentError):
        parse_path_data("M" + "1" * 200_000 + "x", "d")


def test_reading_warns_of_nothing(tmp_path: Path) -> None:
    svg.write(records(), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(svg.read(tmp_path))) == 5
