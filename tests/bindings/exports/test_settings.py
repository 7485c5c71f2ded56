"""`Settings`: a value, whose copies with other classes know these classes only."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.exports import Settings


def test_a_replaced_copy_numbers_its_own_classes() -> None:
    settings = Settings(classes=("cat", "dog"))
    turned, other = replace(settings, classes=("dog", "cat")), replace(settings, classes=("bird",))
    assert [each.number("cat") for each in (settings, turned, pickle.loads(pickle.dumps(turned)))] == [0, 1, 1]
    assert other.number("bird") == 0
    for label in ("cat", "dog"):
        with pytest.raises(ArgumentError, match=rf"^expected a label among the classes, got '{label}' - at `classes`$"):
            other.number(label)
    assert replace(turned, classes=("cat", "dog")) == settings


def test_one_text_is_no_list_of_classes() -> None:
    with pytest.raises(ArgumentError, match=r"^expected names of classes in order, got 'cat' - at `classes`$"):
        Settings(classes="cat")  # type: ignore[arg-type]
