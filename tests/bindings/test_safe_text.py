"""File names that every system accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill_bindings._safe_text import UniqueNames
from support.tiers import cases


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("photo", "photo"),
        ("photo.v2 (1)", "photo.v2 (1)"),
        ("0" * 64, "0" * 64),
        ("日本語", "日本語"),
        ("..", "image"),
        ("", "image"),
        ("a/../b", "a_.._b"),
        ("C:\\x", "C_x"),
        ("-rf", "_-rf"),
        (".hidden", "hidden"),
        ("trailing. ", "trailing"),
        ("NUL", "_NUL"),
        ("com1.x", "_com1.x"),
        ("\ud83d", "_"),
        ("a\x00\n", "a_"),
    ],
)
def test_names_are_safe(stem: str, name: str) -> None:
    assert UniqueNames().name_for(stem) == name


def test_names_that_some_file_systems_confuse_differ() -> None:
    names = UniqueNames()
    assert [names.name_for(stem) for stem in ("a", "A", "a", "a-2", "ß", "ss")] == [
        "a",
        "A-2",
        "a-3",
        "a-2-2",
        "ß",
        "ss-2",
    ]


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(st.text(max_size=300), max_size=8))
def test_any_names_are_unique_in_one_folder(tmp_path_factory: pytest.TempPathFactory, stems: list[str]) -> None:
    folder, names = tmp_path_factory.mktemp("names"), UniqueNames()
    for stem in [*stems, *stems]:
        (folder / f"{names.name_for(stem)}.png").touch(exist_ok=False)
    assert len(list(Path(folder).iterdir())) == 2 * len(stems)
