"""Undo what programs do to run lengths on their way into text: byte literals, escapes, base64, compression.

A reading counts only if its runs sum up to the number of pixels, which no other reading of the text does but by chance.
"""

from __future__ import annotations

import binascii
import html
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pybase64
from numpy.typing import NDArray

from ..._boxes import as_number
from ...status import Note
from .. import rle
from ..polygon_text import split_numbers
from . import pairs

Counts = NDArray[np.int64]

_LITERAL: Final = re.compile(r"\s*(?:bytearray\()?[bB]?(?:'.*'|\".*\")\)?\s*", re.DOTALL)
_SIGN: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\s-]{4,}={0,3}\s*")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_CONTROL: Final = re.compile(r"[\b\f\n\r\t]")
_ESCAPES: Final = str.maketrans({"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SIGNS: Final = re.compile(r"[\s:;,|]+")
_LONGEST: Final = 2**24
_CHARACTERS: Final = 12
"""Characters that a pixel takes at most, as a number in a list of runs."""
_WINDOWS: Final = (47, -15)  # zlib or gzip by their headers, or bare deflate


def read_counts(value: Any, total: int, is_pairs: bool = False) -> tuple[Counts | str, list[Note]]:
    """Return run lengths, or a message if they are invalid, and notes about what was undone.

    >>> read_counts("b'02'", 2)
    (array([0, 2]), [Note(code='rle_text_mended', message='read the text of a literal', excerpt='')])

    Parameters
    ----------
    value : Any
        A text, or a list.
    total : int
        What the runs sum up to.
    is_pairs : bool
        The key names pairs of starts and lengths.
    """
    plain = rle.read_counts(value, total)
    listed = _listed(value)
    valued = pairs.from_values(listed, total) if listed else None
    if valued is not None and not isinstance(plain, np.ndarray):
        return valued, [Note("rle_pairs", "read the value and the length of each run, down the columns")]
    pair_counts = pairs.to_counts(listed, total, 1 if is_pairs else 2) if listed else None
    if isinstance(plain, np.ndarray) and not (is_pairs and pair_counts is not None):
        return plain, []
    if pair_counts is not None and listed is not None:
        return pair_counts, [pairs.note(listed, total)]
    if isinstance(value, str):
        for how, text in _mended(value, total):
            counts = rle.read_counts(text, total)
            if isinstance(counts, np.ndarray):
                return counts, [Note("rle_text_mended", f"read {how}")]
    return plain, []


def complete(value: Any, shape: tuple[int, int], image: int) -> tuple[Counts, list[Note]] | None:
    """Return run lengths that end with the foreground too early, with the run of background that is missing.

    Only runs that repeat with the columns or the rows, as those of a shape do, are completed.

    >>> complete([4, 2, 8, 2, 8, 2], (10, 20), 200)[0].tolist(), complete([4, 2, 5, 1], (10, 20), 200)
    ([4, 2, 8, 2, 8, 2, 174], None)

    Parameters
    ----------
    value : Any
        A text, or a list.
    shape : tuple of int
        (height, width): the runs should sum up to their product.
    image : int
        Pixels of the image: runs that sum up to these have the wrong size instead.
    """
    total = shape[0] * shape[1]
    numbers = [as_number(v) for v in _listed(value) or ()]
    if len(numbers) < 2 or len(numbers) % 2 or any(v is None or v != int(v) or not 0 <= v <= total for v in numbers):
        return None
    runs = [int(v) for v in numbers if v is not None]
    missing = total - sum(runs)
    if missing < 1 or sum(runs) == image or min(runs[1:]) < 1 or not any(_repeat(runs, side) for side in shape):
        return None
    message = f"added the last run of {missing} pixels of background, which was missing"
    return np.array([*runs, missing], np.int64), [Note("rle_completed", message)]


def _repeat(runs: list[int], side: int) -> bool:
    """Tell whether three quarters of the runs of foreground and background after each other make up one side."""
    steps = [runs[i] + runs[i + 1] for i in range(1, len(runs) - 1, 2)]
    near = sum(4 * abs(step - side) <= side for step in steps)
    return len(steps) >= 2 and 4 * near >= 3 * len(steps)


def _listed(value: Any) -> list[Any] | None:
    """Return the numbers of a list, of pairs in a list, or of a text."""
    if isinstance(value, str):
        return split_numbers(_SIGNS.sub(" ", value)) if value[:1] in "0123456789([{ " else None
    return flatten_pairs(value) if isinstance(value, list) else None


def flatten_pairs(value: list[Any]) -> list[Any]:
    """Return the entries of pairs in a list one after the other; any other list as it is."""
    if value and all(isinstance(entry, list) and len(entry) == 2 for entry in value):
        return [v for entry in value for v in entry]
    return value


def _mended(text: str, total: int) -> Iterator[tuple[str, Any]]:
    """Yield what the text may have been before programs wrote it, and what was undone."""
    yield from _undone(text, total)
    for _ in range(2):  # a bytes literal may stand in quotes
        if not _LITERAL.fullmatch(text):
            return
        text = _literal(text)
        yield "the text of a literal", text
        yield from _undone(text, total)


def _undone(text: str, total: int) -> Iterator[tuple[str, Any]]:
    if "&" in text:
        yield "the text with HTML escapes undone", html.unescape(html.unescape(text))
    if "\\" in text:
        yield from _halved(text)
    if _CONTROL.search(text):
        yield "control characters as the escapes they were", text.translate(_ESCAPES)
        yield "the text with escapes undone", _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text)
    bare = text.strip().strip("\"'`")
    if bare != text or any(c in bare for c in " \r\n\t"):
        yield "the text without quotes and white space", "".join(bare.split())
    yield from _decoded(bare, min(_LONGEST, _CHARACTERS * total + 64))
    if text.strip()[:1] == "[":
        yield "the numbers of a list in the text", [v for v in re.split(r"[\s,\[\]'\"]+", text) if v]


def _halved(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text with doubled backslashes as one, twice over."""
    for _ in range(2):
        text = text.replace("\\\\", "\\")
        yield "doubled backslashes as one", text


def _literal(text: str) -> str:
    """Return the text of a literal of bytes or text."""
    return _SIGN.sub(_unescaped, text.strip().removeprefix("bytearray(").rstrip(")").lstrip("bB")[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else match[3]


def _decoded(text: str, longest: int) -> Iterator[tuple[str, Any]]:
    """Yield what base64 or hexadecimal digits hold: run lengths as text, bare or compressed."""
    if _HEX.fullmatch(text):
        yield from _inflated("hexadecimal digits", bytes.fromhex(text), longest)
    if not _BASE64.fullmatch(text):
        return
    digits = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        data = pybase64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    yield from _inflated("base64", data, longest)


def _inflated(how: str, data: bytes, longest: int) -> Iterator[tuple[str, Any]]:
    yield how, data.decode("latin-1")
    for window in _WINDOWS:
        stream = zlib.decompressobj(window)
        try:
            inflated = stream.decompress(data, longest)
        except zlib.error:
            continue
        if stream.eof and not stream.unconsumed_tail:
            yield f"{how} of compressed text", inflated.decode("latin-1")
