"""Tell what a file holds by its first bytes, its root element or its JSON."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any, Final

import orjson

from ..exports import format_of
from .detection import REPLIES, Detection, masks, other
from .json_values import detect_text, detect_value

_HEAD: Final = 1 << 16
_PARSED: Final = 1 << 22
"""Bytes of the longest file that is parsed; of a longer one, the keys in its beginning and its end decide."""

_ROOT: Final = re.compile(
    rb"(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>|\s)*<([\w:.-]+)", re.DOTALL
)
_LABEL_LINE: Final = re.compile(rb"\s*\d{1,6}(?:[ \t]+-?\d*\.?\d+(?:[eE]-?\d+)?){4,}[ \t]*")
_SPACE: Final = b"\xef\xbb\xbf \t\r\n\x1e"
_YAML: Final = (".yaml", ".yml")
_BOMS_16: Final = (b"\xff\xfe", b"\xfe\xff")


def detect_file(path: Path) -> Detection:
    """Return what a file holds; ``replies`` where nothing shows that it is another tool's.

    At most 4 MiB are parsed, so that a file of gigabytes costs no more than a small one.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
    return _binary(path, head) or _text(path, head) or _by_suffix(path) or Detection(REPLIES, "replies")


def _by_suffix(path: Path) -> Detection | None:
    """Return the format of a suffix that replies never have, whose reader then says what is wrong in the file."""
    name = format_of(path)
    return None if name in (None, "coco") else masks(str(name), f"a file of the format {name}", "its suffix")


def _binary(path: Path, head: bytes) -> Detection | None:
    """Return what a file with a signature is."""
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if head.startswith(b"ARROW1"):
        return masks("arrow", "an Arrow file", "its first bytes")
    if head.startswith(b"PK\x03\x04"):
        return _zip(path)
    if head[257:262] == b"ustar":
        return masks("webdataset", "a tar file", "its first bytes")
    if head.startswith(b"SQLite format 3\0"):
        return other("a SQLite database, such as a ledger of maskmill", "its first bytes")
    return None


def _parquet(path: Path) -> Detection:
    """Return whether a Parquet file holds masks; a damaged one is left to its reader."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            names = set(opened.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError):
        return masks("parquet", "a Parquet file", "its first bytes")
    if {"counts", "height", "width"} <= names:
        return masks("parquet", "a table of masks", "the columns `counts`, `height` and `width`")
    return Detection(REPLIES, "a table of replies")


def _zip(path: Path) -> Detection:
    """Return what a zip archive is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = set()
    if {"keys.npy", "counts.npy"} <= names:
        return masks("npz", "an .npz file of masks", "the arrays `keys` and `counts`")
    if names and all(name.endswith(".npy") for name in names):
        return other("an .npz file without masks, such as a codebook", f"the arrays {', '.join(sorted(names)[:3])}")
    if path.suffix.lower() == ".npz":
        return masks("npz", "an .npz file", "its suffix")
    return other("a zip archive: unpack it first", "its first bytes")


def _text(path: Path, head: bytes) -> Detection | None:
    """Return what a text is; None where it may be a reply."""
    start = head.lstrip(_SPACE)
    if head.startswith(_BOMS_16):
        return None
    if start[:1] == b"<":
        return _xml(start)
    if start[:1] in (b"{", b"["):
        return _json(path, head, start)
    if path.suffix.lower() in _YAML and re.search(rb"^names\s*:", head, re.MULTILINE):
        return masks("yolo", "the description of a YOLO data set", "`names`")
    lines = [line for line in head.splitlines()[:-1] or head.splitlines() if line.strip()]
    if lines and all(map(_LABEL_LINE.fullmatch, lines)):
        return other("a label file of YOLO: name the folder that holds it", "lines of a class and fractions")
    return None


def _xml(start: bytes) -> Detection | None:
    """Return what XML is by its root element; a reply may begin with another tag."""
    root = _ROOT.match(start)
    name = root[1].rpartition(b":")[2] if root else b""
    if name == b"annotations":
        return masks("cvat", "CVAT's XML", "the element `annotations`")
    if name == b"annotation":
        return other("an annotation of Pascal VOC", "the element `annotation`")
    if (name == b"svg" and b"</svg>" in start) or (name == b"svg" and start.startswith((b"<?xml", b"<svg"))):
        return masks("svg", "an SVG file", "the element `svg`")
    return None


def _json(path: Path, head: bytes, start: bytes) -> Detection | None:
    """Return what JSON is: parsed where it is short, else by its beginning and its end; lines by the first of them."""
    first, newline, _ = start.partition(b"\n")
    value = _parsed(first) if newline and first.rstrip()[-1:] in (b"}", b"]") else None
    if value is not None:
        return detect_value(value)
    size = path.stat().st_size
    if size <= _PARSED:
        text = path.read_bytes().lstrip(_SPACE)
        value = _parsed(text)
        if value is not None:
            return detect_value(value)
        return detect_text(text[:_HEAD], text[-_HEAD:])
    with path.open("rb") as opened:
        opened.seek(max(size - _HEAD, 0))
        return detect_text(head.lstrip(_SPACE), opened.read())


def _parsed(text: bytes) -> Any:
    """Return the value of a JSON text; None where it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
