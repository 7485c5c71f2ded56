"""File names that no two records share, on any file system."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskmill import Masks
from maskmill_bindings.exports.names import UniqueStems, safe_stem
from maskmill_bindings.record import Record

MASKS = Masks.from_coco([], (4, 4))


def stems(*names: str) -> list[str]:
    stem_of = UniqueStems()
    return [stem_of(Record(name, MASKS)) for name in names]


def test_the_stem_is_the_images_where_it_can_be() -> None:
    assert stems("a/x.jpg", "scene 1.png", "é.jpg", "v1.2.png") == ["x", "scene 1", "é", "v1.2"]


def test_images_of_one_name_in_two_folders() -> None:
    assert stems("a/x.jpg", "b/x.jpg", "b/x.png") == ["x", "x-2", "x-3"]


def test_a_number_that_is_another_images_name() -> None:
    assert stems("x-2.jpg", "x.jpg", "b/x.jpg", "c/x-2.jpg") == ["x-2", "x", "x-3", "x-2-2"]


def test_case_and_forms_of_unicode_do_not_tell_names_apart() -> None:
    decomposed = unicodedata.normalize("NFD", "é.jpg")
    assert stems("é.jpg", decomposed, "É.jpg")[1:] == [unicodedata.normalize("NFD", "é") + "-2", "É-3"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a\\b", "a_b"),
        ("con", "_con"),
        ("lpt1.x", "_lpt1.x"),
        ("", "_"),
        ("...", "_"),
        ("x.", "x"),
        (".x", "_x"),
        ("\ud83d", "_"),
        ("\0", "_"),
    ],
)
def test_names_that_some_system_does_not_take(name: str, safe: str) -> None:
    assert safe_stem(name) == safe


@given(names=st.lists(st.text(max_size=200), max_size=8))
def test_every_name_makes_a_file_of_its_own(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder: Path = tmp_path_factory.mktemp("names")
    for stem in (made := stems(*names, *names)):
        (folder / f"{stem}.json").touch(exist_ok=False)
    assert len({stem.casefold() for stem in made}) == 2 * len(names)
    assert made == stems(*names, *names)
