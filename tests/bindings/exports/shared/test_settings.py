"""`Settings`: numbers of classes, copies, pickles."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.exports import Settings


def test_a_copy_with_other_classes_has_their_numbers() -> None:
    original = Settings(classes=("cat", "dog"))
    copy = replace(original, classes=("dog", "bird"))
    assert [original.number(label) for label in ("cat", "dog")] == [0, 1]
    assert [copy.number(label) for label in ("dog", "bird")] == [0, 1]
    with pytest.raises(ArgumentError, match="expected a label among the classes, got 'cat'"):
        copy.number("cat")


def test_a_pickle_names_the_public_place() -> None:
    data = pickle.dumps(Settings(classes=("a", "b"), first_image=5))
    assert b"maskmill_bindings.exports\x94" in data
    assert b"_shared" not in data
    loaded = pickle.loads(data)
    assert loaded == Settings(classes=("a", "b"), first_image=5)
    assert loaded.number("b") == 1


def test_one_text_is_no_list_of_classes() -> None:
    with pytest.raises(ArgumentError, match=r"^expected names of classes in order, got 'cat' - at `classes`$"):
        Settings(classes="cat")  # type: ignore[arg-type]
