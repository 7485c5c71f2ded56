"""Decode a PNG written as base64 text, complete, cut off or with junk after it."""

from __future__ import annotations

from typing import Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, Status
from . import base64_text, png_file
from .results import MaskValue, NoMask, ProbabilityMap

_LONGEST_PREFIX: Final = 100
_OTHERS: Final = (
    (b"\xff\xd8\xff", "a JPEG"),
    (b"RIFF", "a WebP"),
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"<svg", "an SVG"),
    (b"<?xml", "XML"),
    (b"%PDF", "a PDF"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"x\x9c", "compressed data"),
    (b"x\xda", "compressed data"),
    (b"\x1f\x8b", "compressed data"),
)
"""How files of other kinds begin."""
_STATUS: Final = {
    "not_png": Status.GARBAGE,
    "corrupt": Status.GARBAGE,
    "too_large": Status.TOO_LARGE,
}


def read(text: str, is_open: bool, limits: Limits) -> MaskValue:
    """Decode the PNG in a text.

    Parameters
    ----------
    text : str
        Base64, with or without a data URI prefix.
    is_open : bool
        The string was never closed: it counts if the PNG is complete up to a valid IEND.
    limits : Limits
        Bounds on the number of pixels.
    """
    text = text[max(text.find("data:image"), 0) :]
    if is_open and text.startswith("data:") and "," not in text[:_LONGEST_PREFIX]:
        return MaskValue("png", NoMask(Status.TRUNCATED, f"the string breaks off in the prefix {excerpt(text)}"))
    result = png_file.read(base64_text.decode_base64(text), limits.max_map_pixels)
    notes = []
    if isinstance(result, png_file.PngFault) and " " in text.strip():
        other = png_file.read(base64_text.decode_base64(text, plus_for_space=True), limits.max_map_pixels)
        if isinstance(other, png_file.PngMap):
            result = other
            notes.append(Note("base64_mended", "spaces were read as the + that form decoding makes of them"))
    if isinstance(result, png_file.PngFault):
        return MaskValue("png", _absence(_named(result, base64_text.decode_base64(text)), is_open))
    return MaskValue("png", ProbabilityMap(result.pixels), [*notes, *_repairs(result, text, is_open)])


def _repairs(result: png_file.PngMap, text: str, is_open: bool) -> list[Note]:
    notes = []
    junk = base64_text.junk_length(text)
    if is_open:
        notes.append(Note("unclosed", "the string was never closed, but its PNG is whole", excerpt(text[-40:])))
    if result.trailing_bytes or junk:
        message = f"cut {result.trailing_bytes} bytes and {junk} characters after the end of the PNG"
        notes.append(Note("junk_cut", message, excerpt(text[-40:])))
    if result.is_alpha:
        notes.append(Note("alpha_used", "the picture lies in the PNG's alpha channel"))
    return notes


def _named(fault: png_file.PngFault, data: bytes) -> png_file.PngFault:
    """Return the fault of a file of another kind with the name of the kind."""
    kind = next((name for start, name in _OTHERS if data.startswith(start)), None)
    if fault.kind != "not_png" or kind is None:
        return fault
    return png_file.PngFault("not_png", f"expected a PNG, got {kind} of {len(data)} bytes")


def _absence(fault: png_file.PngFault, is_open: bool) -> NoMask:
    """Return the status of a broken PNG: one cut off in a closed string is garbage, since the model wrote it so."""
    if fault.kind == "cut":
        return NoMask(Status.TRUNCATED if is_open else Status.GARBAGE, fault.detail)
    return NoMask(_STATUS[fault.kind], fault.detail)
