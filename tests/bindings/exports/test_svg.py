"""SVG: what comes back, texts, links, what is refused. Renderers are compared in tests/interop."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import maskmill
from maskmill_bindings.exports import LossWarning, Settings, svg
from maskmill_bindings.record import Record
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything
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


@pytest.mark.parametrize(
    ("inside", "areas"),
    [
        ('<path d="m1 1h3v2h-3z"/>', [6]),
        ('<path style="fill-rule:evenodd" d="M0 0H6V6H0Z M2 2H4V4H2Z"/>', [32]),
        ('<g fill-rule="evenodd"><path d="M0 0H6V6H0Z M2 2H4V4H2Z"/></g>', [32]),
        ('<g style="fill-rule: evenodd"><path fill-rule="nonzero" d="M0 0H6V6H0Z M2 2H4V4H2Z"/></g>', [36]),
        ('<rect x="1" y="1" width="3" height="2"/><polygon points="0,0 2,0 2,2 0,2"/>', [6, 4]),
        ('<polyline points="0 0 2 0 2 2 0 2"/>', [4]),
        ('<circle cx="4" cy="4" r="2"/>', [12]),
        ('<g transform="translate(2 1)"><path transform="scale(2)" d="M0 0H1V1H0Z"/></g>', [4]),
        ('<path transform="matrix(1 0 0 2 0 0)" d="M0 0H2V1H0Z"/>', [4]),
        ('<path transform="rotate(90 2 2)" d="M0 0H2V1H0Z"/>', [2]),
        ('<defs><path d="M0 0H2V2H0Z"/></defs><clipPath><rect width="3" height="3"/></clipPath>', []),
        ('<rect width="100%" height="100%"/><path d="M0 0H2V2H0Z"/>', [4]),
    ],
)
def test_shapes_of_others(tmp_path: Path, inside: str, areas: list[int]) -> None:
    assert foreign(tmp_path, inside).areas.tolist() == areas


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        ('<path d="L1 1"/>', "garbage"),
        ('<path d="Z"/>', "garbage"),
        ('<path d="M1 1e999H2V2Z"/>', "garbage"),
        ('<path d="M1 1"/>', "degenerate"),
        ("<path/>", "degenerate"),
        ('<polygon points="1 2 3"/>', "garbage"),
        ('<rect width="a" height="2"/>', "garbage"),
        ('<line x1="1" x2="2"/>', "nothing"),
        ("<text>a</text>", "nothing"),
        ('<path fill="none" d="M0 0H2V2H0Z"/>', "nothing"),
        ('<g style="fill:none"><path d="M0 0H2V2H0Z"/></g>', "nothing"),
        ('<g display="none"><path d="M0 0H2V2H0Z"/></g>', "nothing"),
        ('<path clip-path="url(#a)" d="M0 0H2V2H0Z"/>', "garbage"),
        ('<path transform="perspective(2)" d="M0 0H2V2H0Z"/>', "garbage"),
        ('<style>.a{fill-rule:evenodd}</style><path class="a" d="M0 0H2V2H0Z"/>', "garbage"),
        ('<svg x="2"><path d="M0 0H2V2H0Z"/></svg>', "garbage"),
        ('<path fill-rule="evenodd" d="M0 0H4V4H0Z M2 2H6V6H2Z"/>', "garbage"),
    ],
)
def test_what_cannot_be_read_exactly_is_a_row_with_its_reason(tmp_path: Path, inside: str, status: str) -> None:
    masks = foreign(tmp_path, f"{inside}")
    assert masks.status.tolist() == [status]
    [problem] = masks.problems
    assert problem.code == status
    assert problem.message.startswith("expected ")


def test_a_viewbox_of_another_origin_or_scale(tmp_path: Path) -> None:
    path = '<path d="M10 10H14V14H10Z"/>'
    assert foreign(tmp_path, path, 'viewBox="10 10 8 8"').extents.tolist() == [[0, 0, 4, 4]]
    assert foreign(tmp_path, path, 'viewBox="10 10 8 8" width="16px" height="16"').extents.tolist() == [[0, 0, 8, 8]]
    assert foreign(tmp_path, path, 'width="20" height="16"').extents.tolist() == [[10, 10, 14, 14]]


@pytest.mark.parametrize(
    "view",
    [
        "",
        'viewBox="0 0 8.5 8"',
        'viewBox="0 0 inf 8"',
        'viewBox="0 0 0 8"',
        'viewBox="0 0 8 8" width="16" height="8"',
        'viewBox="0 0 70000 70000"',
        'width="4cm" height="3cm"',
    ],
)
def test_a_frame_that_is_none_is_refused(tmp_path: Path, view: str) -> None:
    with pytest.raises(maskmill.errors.ArgumentError, match=r"a\.svg"):
        foreign(tmp_path, "", view)


def test_a_bad_file_of_a_folder_is_listed(tmp_path: Path) -> None:
    svg.write(records(), tmp_path)
    (tmp_path / "bad.svg").write_text("<svg")
    found, [unread] = read_everything(svg, tmp_path)
    assert len(found) == 5
    assert (unread.key, unread.source) == ("bad.svg", "bad.svg")


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg viewBox="0 0 8 8"/>')
    with pytest.raises(maskmill.errors.ArgumentError, match="without a document type"):
        list(svg.read(tmp_path / "a.svg"))


def test_elements_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<svg viewBox="0 0 8 8">' + "<g>" * 1000 + "</g>" * 1000 + "</svg>")
    with pytest.raises(maskmill.errors.ArgumentError, match="nested"):
        list(svg.read(tmp_path / "a.svg"))


@pytest.mark.parametrize("text", ["", "no", "<html/>"])
def test_what_is_no_svg_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(maskmill.errors.ArgumentError, match="svg"):
        list(svg.read(tmp_path / "a.svg"))


def test_long_numbers_take_no_time(tmp_path: Path) -> None:
    masks = foreign(tmp_path, f'<path d="M{"1" * 200_000}x"/>')
    assert masks.status.tolist() == ["garbage"]


def test_reading_warns_of_nothing(tmp_path: Path) -> None:
    svg.write(records(), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(svg.read(tmp_path))) == 5
