"""Mutants of a file: changed bytes, changed words, and changed values of JSON."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        0.5,
        1e308,
        -(2**63),
        2**64,
        10**30,
        "",
        "a",
        "1e400",
        "\x00",
        "9" * 400,
        "../../a",
        "/etc/passwd",
    ),
    *([], [[]], [None], {}, {"a": 1}, [[1, 2], [3]], [1e300, -1e300], float("nan"), float("inf"), [[[]]]),
)
WORDS = (
    b"NaN",
    b"-1",
    b"1e400",
    b"99999999999999999999",
    b"null",
    b'""',
    b"0",
    b"&a;",
    b"<",
    b">",
    b"\xff",
    b"[",
    b"}",
    b"..",
)
_WORD = re.compile(rb"-?\d+(?:\.\d+)?|\"[^\"\n]{0,40}\"|\w+")


def make_mutant(seed: Path, others: list[Path], place: Path, rng: random.Random) -> Path:
    """Copy a seed to a place, with changes of one or two of its files; return its path there."""
    path = place / seed.name
    if seed.is_dir():
        shutil.copytree(seed, path)
        files = sorted(file for file in path.rglob("*") if file.is_file())
    else:
        shutil.copyfile(seed, path)
        files = [path]
    for file in rng.sample(files, min(len(files), rng.choice((1, 1, 2)))):
        if len(files) > 1 and rng.random() < 0.03:
            file.unlink()
        else:
            file.write_bytes(_changed(file.read_bytes(), others, rng))
    return path


def _changed(data: bytes, others: list[Path], rng: random.Random) -> bytes:
    """Return other content: of JSON mostly with other values, of anything with other bytes or words."""
    if rng.random() < 0.6:
        try:
            value = json.loads(data)
        except ValueError:
            pass
        else:
            for _ in range(rng.randint(1, 3)):
                value = _changed_value(value, rng)
            return json.dumps(value).encode()
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_CHANGES)(data, others, rng)
    return data


def _changed_value(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with one value in it replaced, lost or doubled."""
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.08:
        return rng.choice(VALUES)
    names = list(value) if isinstance(value, dict) else list(range(len(value)))
    name = rng.choice(names)
    changed = dict(value) if isinstance(value, dict) else list(value)
    kind = rng.random()
    if kind < 0.05:
        del changed[name]
    elif kind < 0.1 and isinstance(changed, list):
        changed.append(changed[name])
    else:
        changed[name] = _changed_value(changed[name], rng)
    return changed


def _flip(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _overwrite(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    piece = rng.choice((bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", bytes([rng.randrange(256)]), b"\x00\x00\x00\x80"))
    return data[:at] + piece + data[at + len(piece) :]


def _cut(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _lose(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 2, 5, 40)) :]


def _double(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at : at + rng.randint(1, 80)] + data[at:]


def _splice(data: bytes, others: list[Path], rng: random.Random) -> bytes:
    files = [file for file in others if file.is_file()]
    other = rng.choice(files).read_bytes() if files else data
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _word(data: bytes, _: list[Path], rng: random.Random) -> bytes:
    words = list(_WORD.finditer(data))
    if not words:
        return data
    word = rng.choice(words)
    return data[: word.start()] + rng.choice(WORDS) + data[word.end() :]


_CHANGES: tuple[Callable[[bytes, list[Path], random.Random], bytes], ...] = (
    *(_flip, _flip, _overwrite, _overwrite, _cut, _lose, _double, _splice, _word, _word, _word),
)
