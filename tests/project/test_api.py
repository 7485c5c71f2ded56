"""The contract: public names, options, columns and statuses may be added to, never renamed; every example is run."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import maskmill
from maskmill.status import MENDED, REPLY_CODES
from support.replies import REPLY_STATUSES, STATUSES

NAMES = [
    "decode",
    "decode_many",
    "Decoder",
    "warmup",
    "Limits",
    "Masks",
    "Mask",
    "Problem",
    "Status",
    "ReplyStatus",
    "errors",
]
COLUMNS = [
    "labels",
    "status",
    "forms",
    "scores",
    "boxes",
    "areas",
    "items",
    "problems",
    "reply_status",
    "size",
    "filled",
]
VIEWS = ["dense", "crops", "coco", "polygons", "instance_map", "class_map", "iou", "overlay", "to_dict", "from_dict"]
OPTIONS = {
    "threshold": 127,
    "axis": "auto",
    "fallback": "none",
    "codebook": None,
    "device": "auto",
    "limits": maskmill.Limits(),
    "boxes": "auto",
    "frame": "auto",
    "dialect": "auto",
}
MODULES = sorted(["maskmill", *(info.name for info in pkgutil.walk_packages(maskmill.__path__, "maskmill."))])


@pytest.mark.parametrize("name", NAMES)
def test_public_names(name: str) -> None:
    assert name in maskmill.__all__
    assert name in dir(maskmill)
    assert getattr(maskmill, name) is getattr(maskmill, name)


def test_all_is_all() -> None:
    assert sorted(maskmill.__all__) == maskmill.__all__
    assert len(set(maskmill.__all__)) == len(maskmill.__all__)
    namespace: dict[str, Any] = {}
    exec("from maskmill import *", namespace)
    assert set(maskmill.__all__) <= set(namespace)
    with pytest.raises(AttributeError, match="no attribute 'Maks'"):
        _ = maskmill.Maks  # type: ignore[attr-defined]


def test_dir_lists_each_public_name_once_and_nothing_of_the_inside() -> None:
    assert maskmill.decode("[]", (1, 1)).size == (1, 1)  # has loaded most modules
    shown = dir(maskmill)
    assert shown == sorted(set(shown))
    assert [name for name in shown if not name.startswith("__")] == maskmill.__all__


@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name: str) -> None:
    assert isinstance(inspect.getattr_static(maskmill.Masks, name), property)
    assert inspect.getdoc(getattr(maskmill.Masks, name))


@pytest.mark.parametrize("name", VIEWS)
def test_views(name: str) -> None:
    assert callable(getattr(maskmill.Masks, name))
    assert inspect.getdoc(getattr(maskmill.Masks, name))


@pytest.mark.parametrize(
    "name", ["size", "label", "status", "form", "score", "box", "area", "item", "problems", "filled"]
)
def test_a_row_has_singular_names(name: str) -> None:
    assert isinstance(inspect.getattr_static(maskmill.Mask, name), property)
    assert inspect.getdoc(getattr(maskmill.Mask, name))


def test_signatures() -> None:
    assert list(inspect.signature(maskmill.decode).parameters)[:2] == ["reply", "size"]
    assert list(inspect.signature(maskmill.decode_many).parameters)[:3] == ["replies", "sizes", "threads"]
    assert list(inspect.signature(maskmill.Decoder.decode).parameters)[1:] == ["reply", "size"]
    assert list(inspect.signature(maskmill.Decoder.decode_many).parameters)[1:] == ["replies", "sizes", "threads"]
    for function in (maskmill.Masks.instance_map, maskmill.Masks.class_map):
        assert inspect.signature(function).parameters["order"].default == "area"


def test_options_and_their_defaults() -> None:
    decoder = maskmill.Decoder()
    assert {field.name for field in fields(maskmill.Decoder)} >= set(OPTIONS)
    methods = {"decode", "decode_batch", "decode_many", "inspect"}
    assert {name for name in dir(decoder) if not name.startswith("_")} == {*OPTIONS, *methods}
    assert {name: getattr(decoder, name) for name in OPTIONS} == OPTIONS


def test_decode_and_decode_many_take_the_options_of_a_decoder() -> None:
    """By keyword only, with the same defaults and types, so that help and completion show them."""
    wanted = dict(inspect.signature(maskmill.Decoder).parameters)
    for function in (maskmill.decode, maskmill.decode_many, maskmill.inspect):
        parameters = inspect.signature(function).parameters
        options = {name: p for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
        assert options == wanted
        assert not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    assert {name: parameter.default for name, parameter in wanted.items()} == OPTIONS


@pytest.mark.parametrize("function", [maskmill.decode, maskmill.decode_many, maskmill.inspect])
def test_a_misspelt_option_names_the_function_that_was_called(function: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{function.__name__}\(\) got an unexpected keyword argument 'treshold'"):
        function("[]", (1, 1), treshold=9)


def test_a_decoder_is_a_plain_value() -> None:
    decoder = maskmill.Decoder(threshold=9, codebook=False)
    assert repr(decoder).startswith("Decoder(threshold=9, axis='auto', fallback='none', codebook=None, device='auto', ")
    assert decoder.decode("[]", (1, 1)).size == (1, 1)
    copy = pickle.loads(pickle.dumps(decoder))
    assert copy == decoder
    assert hash(copy) == hash(decoder)
    assert replace(copy, threshold=10) == maskmill.Decoder(threshold=10, codebook=False)
    assert copy.decode("[]", (1, 1)).size == (1, 1)


def test_statuses() -> None:
    assert {str(status) for status in maskmill.Status} == STATUSES
    assert {str(status) for status in maskmill.ReplyStatus} == REPLY_STATUSES
    for status in [*maskmill.Status, *maskmill.ReplyStatus]:
        assert status.sentence
    for status in maskmill.Status:
        assert bool(status.advice) == (status != "ok")
    assert not STATUSES & (set(MENDED) | set(REPLY_CODES))
    assert maskmill.Problem._fields == ("row", "code", "message", "excerpt")


def test_errors() -> None:
    for name in ("MaskmillError", "ArgumentError", "DeviceError", "MissingPackageError"):
        assert issubclass(getattr(maskmill.errors, name), Exception)


def test_the_version_is_that_of_the_package() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == maskmill.__version__


@pytest.mark.parametrize("name", [name for name in maskmill.__all__ if name != "errors"])
def test_public_docstrings_start_with_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(maskmill, name))
    assert text
    first, _, rest = text.partition("\n")
    assert first.endswith(".")
    assert ">>> " in rest
    assert rest.index(">>> ") < (rest.find("Parameters") % len(text))


@pytest.mark.parametrize("name", MODULES)
def test_every_public_thing_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    assert inspect.getdoc(module)
    for key, value in vars(module).items():
        if (
            not key.startswith("_")
            and getattr(value, "__module__", "") == name
            and (inspect.isclass(value) or inspect.isfunction(value))
        ):
            assert inspect.getdoc(value), f"{name}.{key}"
