"""Write and read the class names of YOLO's ``data.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError, MissingPackageError

_LINE: Final = re.compile(r'  (\d{1,9}): "((?:[^"\\]|\\["\\]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*)"')
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_HEAD: Final = "train: images\nval: images\nnames:"


def class_names_yaml(names: Sequence[str]) -> str:
    r"""Return the text of ``data.yaml``; names may hold any characters.

    >>> print(class_names_yaml(["cat", 'a "dog": #1']), end="")
    train: images
    val: images
    names:
      0: "cat"
      1: "a \"dog\": #1"
    """
    lines = [f'  {number}: "{"".join(map(_escape, name))}"' for number, name in enumerate(names)]
    return "\n".join([_HEAD, *lines, ""]) if names else f"{_HEAD} {{}}\n"


def read_class_names(file: Path) -> dict[int, str]:
    """Return the names in a ``data.yaml`` by their numbers.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file holds no names.
    maskmill.errors.MissingPackageError
        `class_names_yaml` did not write it, and PyYAML is not installed.
    """
    text = file.read_text(encoding="utf-8", errors="replace")
    own = [_LINE.fullmatch(line) for line in text.removeprefix(_HEAD).split("\n")[1:-1]]
    if text.startswith(_HEAD + "\n") and all(own):
        return {int(match[1]): _ESCAPE.sub(_unescape, match[2]) for match in own if match}
    names = _parsed(text, str(file))
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(numbered, dict) or not all(isinstance(name, (str, int)) for name in numbered.values()):
        raise ArgumentError("`names`, a list or a mapping of numbers", "something else", str(file))
    try:
        return {int(number): str(name) for number, name in numbered.items()}
    except (TypeError, ValueError):
        raise ArgumentError("numbers of classes", "something else", str(file)) from None


def _parsed(text: str, at: str) -> Any:
    """Return ``names`` of another tool's YAML."""
    try:
        yaml = import_module("yaml")
    except ImportError:
        message = f"{at} was not written by maskmill, and needs PyYAML to be read: pip install pyyaml"
        raise MissingPackageError(message) from None
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArgumentError("YAML", type(error).__name__, at) from None
    return data.get("names") if isinstance(data, dict) else None


def _escape(character: str) -> str:
    """Return a character as it stands inside double quotes; those that YAML refuses or folds become escapes."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _unescape(escape: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    number = escape[1] or escape[2]
    return chr(int(number, 16)) if number and int(number, 16) < 0x110000 else escape[3] or "\ufffd"
