"""WebDataset: what comes back, names, images, equal bytes. Its loader is run in tests/interop."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson
import pytest

import maskmill
from maskmill_bindings.exports import LossWarning, Settings, webdataset
from maskmill_bindings.record import Record
from support.datasets.varied_records import SIZE, noise, records, scene
from support.tiers import thorough


def names(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return tar.getnames()


def without_items(masks: maskmill.Masks) -> dict[str, Any]:
    described = masks.to_dict()
    for row in described["rows"]:
        del row["item"]
    return described


def test_all_but_the_items_comes_back(tmp_path: Path) -> None:
    given = [*records(), Record("none", maskmill.decode("no json", SIZE))]
    assert webdataset.write(iter(given), tmp_path / "a.tar") == [tmp_path / "a.tar"]
    for found, wanted in zip(webdataset.read(tmp_path / "a.tar"), given, strict=True):
        for name in ("key", "image", "model", "source", "line"):
            assert getattr(found, name) == getattr(wanted, name)
        assert without_items(found.masks) == without_items(wanted.masks)


def test_the_map_numbers_the_rows(tmp_path: Path) -> None:
    strips = [[[i, 0], [i + 1, 0], [i + 1, 1000], [i, 1000]] for i in range(300)]
    given = [scene(), Record("many", maskmill.decode([{"mask": strip} for strip in strips], (1000, 1)))]
    webdataset.write(given, tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as tar:
        for record, kind in zip(given, (np.uint8, np.uint16), strict=True):
            data = tar.extractfile(f"{record.key}.seg.png")
            assert data is not None
            pixels = cv2.imdecode(np.frombuffer(data.read(), np.uint8), cv2.IMREAD_UNCHANGED)
            assert pixels.dtype == kind
            np.testing.assert_array_equal(pixels, record.masks.instance_map())


def test_the_json_holds_labels_boxes_and_extents(tmp_path: Path) -> None:
    webdataset.write(noise(1), tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as tar:
        data = tar.extractfile("noise_1.json")
        assert data is not None
        found = orjson.loads(data.read())
    assert found["size"] == [23, 17]
    assert [row["label"] for row in found["rows"]] == noise(1).masks.labels.tolist()
    assert [row["extent"] for row in found["rows"]] == noise(1).masks.extents.tolist()
    assert "item" not in found["rows"][0]


@pytest.mark.parametrize(
    ("key", "name"), [("a.jpg", "a_jpg"), ("b/c.d/e", "b_c_d_e"), ("...", "___"), ("", "image"), ("日本", "日本")]
)
def test_names_have_no_dots(tmp_path: Path, key: str, name: str) -> None:
    webdataset.write(Record(key, noise(1).masks), tmp_path / "a.tar")
    assert names(tmp_path / "a.tar") == [f"{name}.json", f"{name}.seg.png"]
    assert [record.key for record in webdataset.read(tmp_path / "a.tar")] == [key]


def test_names_differ(tmp_path: Path) -> None:
    webdataset.write([Record(key, noise(1).masks) for key in ("a.b", "a_b", "A/b", "x" * 900)], tmp_path / "a.tar")
    found = {name.partition(".")[0].casefold() for name in names(tmp_path / "a.tar")}
    assert len(found) == 4
    assert [len(record.key) for record in webdataset.read(tmp_path / "a.tar")] == [3, 3, 3, 900]


def test_images_go_in_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "scene.JPG").write_bytes(b"any bytes")
    given = [scene(image="scene.JPG"), scene("b", "missing.jpg"), scene("c", "../scene.JPG")]
    with pytest.warns(LossWarning, match="not in the folder") as warned:
        webdataset.write(given, tmp_path / "a.tar", Settings(images=tmp_path))
    assert len(warned) == 1
    assert names(tmp_path / "a.tar") == [
        *("scene.jpg", "scene.json", "scene.seg.png"),
        *("b.json", "b.seg.png"),
        *("c.json", "c.seg.png"),
    ]
    with tarfile.open(tmp_path / "a.tar") as tar:
        data = tar.extractfile("scene.jpg")
        assert data is not None
        assert data.read() == b"any bytes"


@thorough
def test_too_many_rows_for_a_map(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="16 bits"):
        webdataset.write(maskmill.decode([{"label": ""}] * 65_536, (1, 1)), tmp_path / "a.tar")
    assert names(tmp_path / "a.tar") == ["image.json"]


def test_equal_records_make_equal_bytes_of_nobody_and_no_time(tmp_path: Path) -> None:
    a, b = (webdataset.write(records(), tmp_path / name)[0] for name in ("a.tar", "b.tar"))
    assert a.read_bytes() == b.read_bytes()
    with tarfile.open(a) as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in tar} == {(0, 0, 0, "", "", 0o644)}


def test_shards_in_a_folder(tmp_path: Path) -> None:
    for i in (1, 0):
        webdataset.write(noise(i), tmp_path / f"{i:05}.tar")
    assert [record.key for record in webdataset.read(tmp_path)] == ["noise/0", "noise/1"]


def test_no_records(tmp_path: Path) -> None:
    webdataset.write([], tmp_path / "a.tar")
    assert list(webdataset.read(tmp_path / "a.tar")) == []


def test_an_invalid_tar_file_is_refused(tmp_path: Path) -> None:
    webdataset.write(records(), tmp_path / "whole.tar")
    whole = (tmp_path / "whole.tar").read_bytes()
    for text in (b"no", b"", whole[:700], whole[:-12_000]):
        (tmp_path / "a.tar").write_bytes(text)
        with pytest.raises(maskmill.errors.ArgumentError, match=r"expected .*, got .*a\.tar"):
            list(webdataset.read(tmp_path / "a.tar"))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"rows": [1]}', b'{"rows": []}'])
def test_what_is_no_json_of_masks_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.json").write_bytes(text)
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(tmp_path / "x.json", "x.json")
    with pytest.raises(maskmill.errors.ArgumentError, match=r"x\.json in .*a\.tar"):
        list(webdataset.read(tmp_path / "a.tar"))
