"""Write and read the class names of YOLO data sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError, expected

_LISTS: Final = ("classes.txt", "labels/classes.txt", "obj.names", "train/_darknet.labels", "_darknet.labels")
"""Files with one name per line, which other tools write in place of ``data.yaml``."""

_MAX_BYTES: Final = 1 << 24


def class_names_yaml(names: Sequence[str], sides: Sequence[str] = ("",)) -> str:
    r"""Return the text of ``data.yaml``; names may hold any characters.

    Ultralytics looks for the folders beside the file. `sides` are the folders to train on and to validate with; of a
    single one, both are the same.

    >>> print(class_names_yaml(["cat", 'a "dog": #1']), end="")
    train: images
    val: images
    names:
      0: "cat"
      1: "a \"dog\": #1"
    """
    first, last = (f"images/{side}" if side else "images" for side in (sides[0], sides[-1]))
    head = f"train: {first}\nval: {last}\nnames:"
    lines = [f'  {number}: "{"".join(map(_escape, name))}"' for number, name in enumerate(names)]
    return "\n".join([head, *lines, ""]) if names else f"{head} {{}}\n"


def read_class_names(folder: Path, file: Path | None = None) -> dict[int, str]:
    """Return the names of a data set's classes by their numbers; none where the folder names none.

    Parameters
    ----------
    folder : Path
        Folder of the data set: its ``data.yaml``, another YAML file with ``names``, or a list of names is read.
    file : Path, optional
        The YAML file to read instead.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file, or ``data.yaml``, holds no names.
    """
    main = file or folder / "data.yaml"
    if main.is_file():
        return _numbered(_load(main), str(main))
    for other in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        names = _load(other)
        if names is not None:
            return _numbered(names, str(other))
    for name in _LISTS:
        if (folder / name).is_file():
            text = (folder / name).read_bytes()[:_MAX_BYTES].decode("utf-8-sig", "replace")
            return dict(enumerate(line.strip() for line in text.splitlines() if line.strip()))
    return {}


def _load(file: Path) -> Any:
    """Return ``names`` of a YAML file; None where it has none."""
    import yaml

    text = file.read_bytes()[:_MAX_BYTES].decode("utf-8-sig", "replace")
    try:
        data = yaml.safe_load(text)  # the loader in C refuses half of a surrogate pair, which names may have
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArgumentError("YAML", str(error).partition("\n")[0], str(file)) from None
    return data.get("names") if isinstance(data, dict) else None


def _numbered(names: Any, at: str) -> dict[int, str]:
    """Return the names of a list, or of a mapping of numbers."""
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(numbered, dict):
        raise expected("`names`, a list or a mapping of numbers", names, at)
    found = {}
    for number, name in numbered.items():
        if not isinstance(name, (str, int, float)) or not str(number).isdecimal():
            raise expected("a number and a name for each class", f"{number}: {name}", at)
        found[int(number)] = str(name)
    return found


def _escape(character: str) -> str:
    """Return a character as it stands inside double quotes; those that YAML refuses or folds become escapes."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
