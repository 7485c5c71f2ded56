"""The images in files and folders, and their keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.genai._photos.photo import find_images


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_a_folder_is_gone_through_in_order(tmp_path: Path) -> None:
    folder = make(tmp_path, "b.JPG", "a.png", "sub/deep/c.heic", "notes.txt", ".hidden.jpg", ".git/d.jpg", "e.jpg.json")
    assert find_images([folder]) == [(key, folder / key) for key in ("a.png", "b.JPG", "sub/deep/c.heic")]


def test_a_file_that_was_named_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    folder = make(tmp_path, "photo", "sub/b.jpg")
    assert find_images([str(folder / "photo"), folder / "sub"]) == [
        ("b.jpg", folder / "sub" / "b.jpg"),
        ("photo", folder / "photo"),
    ]


def test_what_is_met_twice_counts_once_and_links_are_files_of_their_own(tmp_path: Path) -> None:
    folder = make(tmp_path, "a/1.jpg", "a/2.jpg")
    (folder / "a" / "link.jpg").symlink_to(folder / "a" / "1.jpg")
    found = find_images([folder / "a", folder / "a" / "2.jpg", f"{folder}/a/../a"])
    assert [key for key, _ in found] == ["1.jpg", "2.jpg", "link.jpg"]


def test_the_same_name_in_two_folders_gets_the_folders_name(tmp_path: Path) -> None:
    make(tmp_path, "train/1.jpg", "val/1.jpg", "val/2.jpg")
    found = find_images([tmp_path / "train", tmp_path / "val"])
    assert [key for key, _ in found] == ["2.jpg", "train/1.jpg", "val/1.jpg"]
    assert dict(found)["val/1.jpg"] == tmp_path / "val" / "1.jpg"


def test_equal_keys_are_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/x/1.jpg", "b/x/1.jpg")
    with pytest.raises(ArgumentError, match=r"images whose names differ, got .*a/x/1.jpg and .*both called x/1.jpg"):
        find_images([tmp_path / "a" / "x", tmp_path / "b" / "x"])


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    path.write_bytes(b"x")
    [(key, found)] = find_images([tmp_path])
    assert (key, found) == ("caf?.jpg", path)
    key.encode()


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "at least one file or folder, got none"),
        (["gone"], "files and folders that exist, got .*gone"),
        (["a\0b"], "files and folders that exist"),
        (["empty"], "a folder with images, got .*empty, which has none"),
    ],
)
def test_missing_paths_are_reported(tmp_path: Path, paths: list[str], message: str) -> None:
    make(tmp_path, "empty/notes.txt")
    with pytest.raises(ArgumentError, match=f"expected {message}.* - at `IMAGES`"):
        find_images([tmp_path / path for path in paths])


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    assert [key for key, _ in find_images([tmp_path / "a"])] == ["1.jpg"]
