"""Formats are known by their content: files of other tools, our own, and replies that only resemble them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings._detection import REPLIES, detect_file, folders, survey_folder
from maskmill_bindings._detection.json_values import detect_text
from maskmill_bindings.convert import ConvertOptions, convert
from support.corpus import CORPUS

COCO = {"info": {}, "images": [{"id": 1}], "annotations": [{"image_id": 1, "segmentation": []}], "categories": []}
LABELME = {"version": "5.5.0", "flags": {}, "shapes": [], "imagePath": "a.jpg", "imageWidth": 8, "imageHeight": 8}
TASK = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [{"original_width": 8}]}]}
FEATURE = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": []}, "properties": {}}
VALUES: dict[str, tuple[Any, str]] = {
    "coco": (COCO, "coco"),
    "coco without categories": ({"annotations": [], "images": []}, "coco"),
    "sa-1b": ({"image": {"image_id": 1}, "annotations": []}, "coco"),
    "panoptic": ({"images": [], "annotations": [{"segments_info": []}], "categories": []}, "coco-panoptic"),
    "results": ([{"image_id": 1, "category_id": 2, "score": 0.5, "segmentation": {}}], "coco-results"),
    "results of boxes": ([{"image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1]}], "coco-results"),
    "labelme": (LABELME, "labelme"),
    "labelme without shapes": ({"shapes": None, "imageData": None}, "labelme"),
    "label studio": ([TASK], "labelstudio"),
    "label studio, predictions": ([{"data": {}, "predictions": []}], "labelstudio"),
    "label studio, one task": (TASK, "labelstudio"),
    "json-min": ([{"image": "a.png", "label": [{"original_width": 8, "points": []}], "annotator": 1}], "labelstudio"),
    "json-min without a region": ([{"image": "a.png", "annotator": 1, "lead_time": 2.5}], "labelstudio"),
    "features": ([FEATURE, FEATURE], "geojson"),
    "collection": ({"type": "FeatureCollection", "features": []}, "geojson"),
    "feature": (FEATURE, "geojson"),
    "via": ({"a.png123": {"filename": "a.png", "size": 123, "regions": []}}, ""),
    "via project": ({"_via_settings": {}, "_via_img_metadata": {}}, ""),
    "report": ({"run": {}, "tally": {}, "digest": ""}, ""),
    "supervisely": ({"size": {}, "objects": [{"classTitle": "cat"}]}, ""),
    "create ml": ([{"image": "a.png", "annotations": [{"label": "cat"}]}], ""),
    "gemini": ([{"box_2d": [0, 0, 9, 9], "mask": "data:image/png;base64,", "label": "cat"}], REPLIES),
    "empty": ([], REPLIES),
    "response": ({"candidates": [{"content": {}}], "annotations": [], "images": []}, REPLIES),
    "row": ({"key": "a", "reply": [FEATURE]}, REPLIES),
    "failed row": ({"key": "a", "reply_status": "no_json", "reasons": [], "reply": ""}, REPLIES),
    "geometry": ({"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9]]]}, REPLIES),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_known_by_its_structure(tmp_path: Path, name: str, indent: int | None) -> None:
    value, wanted = VALUES[name]
    file = tmp_path / "data.json"
    for text in (json.dumps(value, indent=indent), "\ufeff\n" + json.dumps(value, indent=indent) + "\n"):
        file.write_text(text, encoding="utf-8")
        assert detect_file(file).format == wanted


@pytest.mark.parametrize("name", ["coco", "panoptic", "results", "labelme", "label studio", "features"])
def test_broken_and_long_json_is_known_by_its_keys(tmp_path: Path, name: str) -> None:
    value, wanted = VALUES[name]
    text = json.dumps(value).encode()
    found = detect_text(text[:-2])
    assert found is not None
    assert found.format == wanted
    (tmp_path / "a.json").write_bytes(text[:-2])
    assert detect_file(tmp_path / "a.json").format == wanted


def test_a_long_file_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    annotation = json.dumps({"image_id": 1, "category_id": 1, "segmentation": [[0.5] * 40]})
    file.write_text('{"annotations": [' + ",".join([annotation] * 20_000) + '], "images": [], "categories": []}')
    assert file.stat().st_size > 4 << 20
    assert detect_file(file).format == "coco"


@pytest.mark.parametrize(
    ("text", "wanted", "words"),
    [
        ("<annotations><image/></annotations>", "cvat", "CVAT"),
        ('<?xml version="1.0"?>\n<!-- a -->\n<annotation><object/></annotation>', "", "Pascal VOC"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "svg", "SVG"),
        ('<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b"><svg/>', "svg", "SVG"),
        ("<loc0001><loc0002><seg001> cat", REPLIES, "replies"),
        ("<think>a cat</think>[]", REPLIES, "replies"),
        ("0 0.1 0.2 0.3 0.4 0.5 0.6\n1 0.5 0.5 0.1 0.1\n", "", "a label file of YOLO"),
        ("There is no cat.", REPLIES, "replies"),
        ("```json\n[]\n```", REPLIES, "replies"),
        ("", REPLIES, "replies"),
    ],
)
def test_texts(tmp_path: Path, text: str, wanted: str, words: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    found = detect_file(tmp_path / "a.txt")
    assert found.format == wanted
    assert words in found.name


@pytest.mark.parametrize(
    ("head", "wanted"),
    [(b"ARROW1\0\0", "arrow"), (b"SQLite format 3\0", ""), (b"PK\x03\x04", ""), (b"PAR1", "parquet")],
)
def test_signatures(tmp_path: Path, head: bytes, wanted: str) -> None:
    (tmp_path / "data").write_bytes(head + bytes(600))
    assert detect_file(tmp_path / "data").format == wanted


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not there")
def test_real_replies_stay_replies() -> None:
    for file in [*CORPUS.glob("*.txt"), *CORPUS.glob("*.jsonl")]:
        assert detect_file(file).format == REPLIES, file.name


# Folders.


def picture(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.zeros((6, 8), np.uint8))


def text(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


LINE = "0 0.1 0.1 0.9 0.1 0.9 0.9\n"


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["images/a.png", "labels/a.txt"], "yolo"),
        (["train/images/a.png", "train/labels/a.txt", "data.yaml"], "yolo"),
        (["valid/images/a.png", "valid/labels/a.txt"], "yolo"),
        (["a.png", "a.txt", "classes.txt"], "yolo"),
        (["data.yaml", "images/train/a.png"], "yolo"),
        (["SegmentationObject/a.png", "Annotations/a.xml"], ""),
        (["panoptic_val.json", "panoptic_val/a.png"], "coco-panoptic"),
    ],
)
def test_folders_that_are_one_data_set(tmp_path: Path, names: list[str], wanted: str) -> None:
    for name in names:
        if name.endswith(".png"):
            picture(tmp_path / name)
        else:
            contents = {".txt": LINE, ".yaml": "names: [cat]\n", ".xml": "<annotation/>"}
            panoptic = json.dumps({"images": [], "annotations": [{"segments_info": []}]})
            text(tmp_path / name, contents.get(Path(name).suffix, panoptic))
    found = survey_folder(tmp_path).whole
    assert found is not None
    assert found.format == wanted


def test_a_mixed_folder_is_read_file_by_file_and_that_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    text(folder / "a.json", json.dumps({**LABELME, "shapes": [{"label": "a", "points": square}]}))
    text(folder / "b.json", json.dumps({**COCO, "images": [{"id": 1, "width": 8, "height": 8}]}))
    text(folder / "c.svg", '<svg viewBox="0 0 8 8"><path d="M0 0H2V2H0Z"/></svg>')
    text(folder / "README.md", "Photos of cats.")
    picture(folder / "a.jpg")
    summary = convert([folder], tmp_path / "x.parquet")
    assert summary.read_as == {"labelme": ["a.json"], "coco": ["b.json"], "svg": ["c.svg"]}
    assert summary.tally.drawn == 2


@pytest.mark.parametrize("strange", [False, True])
def test_of_very_many_files_some_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strange: bool) -> None:
    monkeypatch.setattr(folders, "_SAMPLE", 10)
    seen = []
    monkeypatch.setattr(folders, "detect_file", lambda file: seen.append(file) or detect_file(file))
    for i in range(100):
        text(tmp_path / f"{i:03}.json", json.dumps(LABELME if strange and i == 50 else [{"box_2d": [0, 0, 9, 9]}]))
    found = {name: len(files) for name, files in survey_folder(tmp_path).files.items()}
    assert found == ({REPLIES: 99, "labelme": 1} if strange else {REPLIES: 100})
    assert len(seen) == (110 if strange else 10)


def test_replies_and_masks_in_one_folder_are_refused_by_name(tmp_path: Path) -> None:
    shape = {"label": "a", "points": [[0, 0], [4, 0], [4, 4]]}
    text(tmp_path / "in" / "a.json", json.dumps({**LABELME, "shapes": [shape]}))
    text(tmp_path / "in" / "b.json", '[{"box_2d": [0, 0, 9, 9]}]')
    message = r"both: labelme in a\.json, replies in b\.json"
    with pytest.raises(ArgumentError, match=message):
        convert([tmp_path / "in"], tmp_path / "x.parquet", ConvertOptions(size=(8, 8)))
    with pytest.raises(ArgumentError, match=rf"{message}; --from says"):
        convert([tmp_path / "in" / "a.json", tmp_path / "in" / "b.json"], tmp_path / "x.parquet")
    options = ConvertOptions(size=(8, 8), source="labelme")
    assert convert([tmp_path / "in" / "a.json"], tmp_path / "x.parquet", options).read_as == {"labelme": ["a.json"]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xml", "<annotation/>", "an annotation of Pascal VOC"),
        ("a.json", json.dumps(VALUES["via"][0]), "a file of the VGG Image Annotator"),
        ("a.txt", LINE, "a label file of YOLO: name the folder that holds it"),
    ],
)
def test_what_is_not_read_is_refused_with_what_it_is(tmp_path: Path, name: str, content: str, words: str) -> None:
    text(tmp_path / name, content)
    with pytest.raises(ArgumentError, match=f"got what looks like {words}"):
        convert([tmp_path / name], tmp_path / "x.parquet", ConvertOptions(size=(8, 8)))


def test_a_rule_is_for_files_of_other_tools(tmp_path: Path) -> None:
    text(tmp_path / "a.json", "[]")
    with pytest.raises(ArgumentError, match=r"files of other tools, .*, got replies"):
        convert([tmp_path / "a.json"], tmp_path / "x.parquet", ConvertOptions(size=(8, 8), rule="exact"))
