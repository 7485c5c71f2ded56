"""Errors keep their parts as attributes, and survive copying and pickling."""

from __future__ import annotations

import pickle

import pytest

from maskmill.errors import ArgumentError, DeviceError, MaskmillError, MissingPackageError, expected


def test_parts_and_message() -> None:
    error = ArgumentError("a list", "5", "segmentation")
    assert (error.wanted, error.got, error.at) == ("a list", "5", "segmentation")
    assert (str(error), error.args) == ("expected a list, got 5 - at `segmentation`",) * 1 + (error.args,)
    assert error.args == ("expected a list, got 5 - at `segmentation`",)
    assert str(expected("a list", "5", "x")) == "expected a list, got '5' - at `x`"


def test_a_message_alone_has_no_parts() -> None:
    error = ArgumentError("expected a, got b - at `c`")
    assert (str(error), error.wanted, error.got, error.at) == ("expected a, got b - at `c`", "", "", "")


@pytest.mark.parametrize("args", [(), ("a",), ("a", "b"), ("a", "b", 3), ("a", "b", "c", "d")])
def test_other_arguments_are_those_of_an_exception(args: tuple[object, ...]) -> None:
    error = ArgumentError(*args)
    assert (error.args, str(error), error.wanted) == (args, str(Exception(*args)), "")
    assert pickle.loads(pickle.dumps(error)).args == args
    with pytest.raises(ArgumentError):
        raise ArgumentError


def test_a_missing_package_has_a_name_and_a_path() -> None:
    error = pickle.loads(pickle.dumps(MissingPackageError("x", name="y", path="z")))
    assert (str(error), error.name, error.path) == ("x", "y", "z")
    with pytest.raises(TypeError):
        ArgumentError("x", name="y")


@pytest.mark.parametrize("kind", [MaskmillError, ArgumentError, DeviceError, MissingPackageError])
def test_every_error_has_parts(kind: type[MaskmillError]) -> None:
    error = kind("a list", "5", "x")
    assert (str(error), error.wanted, error.got, error.at) == ("expected a list, got 5 - at `x`", "a list", "5", "x")


def test_within_adds_a_place() -> None:
    error = ArgumentError("a list", "5", "x")
    inner, outer = error.within("in a.json"), error.within("in a.json").within("line 3")
    assert type(inner) is ArgumentError
    assert (str(inner), str(outer)) == (f"{error}, in a.json", f"{error}, in a.json, line 3")
    assert (outer.wanted, outer.got, outer.at) == ("a list", "5", "x")
    assert str(error) == "expected a list, got 5 - at `x`"


@pytest.mark.parametrize("error", [ArgumentError("a", "b", "c"), ArgumentError("a", "b", "c").within("d")])
def test_pickles_keep_the_parts(error: ArgumentError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.wanted, copy.got, copy.at) == (str(error), "a", "b", "c")
