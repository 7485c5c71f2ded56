"""A PNG as base64 text, in every state in which models write one."""

from __future__ import annotations

from typing import Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, Status
from . import base64_text, png_file
from .results import Found, Map, Reason

_LONGEST_PREFIX: Final = 100
_STATUS: Final = {
    "not_png": Status.GARBAGE,
    "corrupt": Status.GARBAGE,
    "too_large": Status.TOO_LARGE,
}


def read(text: str, is_open: bool, limits: Limits) -> Found:
    """Decode the PNG in `text`; an unclosed string counts if the PNG ends itself with a good IEND."""
    text = text[max(text.find("data:image"), 0) :]
    if is_open and text.startswith("data:") and "," not in text[:_LONGEST_PREFIX]:
        return Found("png", Reason(Status.TRUNCATED, f"the string breaks off in the prefix {excerpt(text)}"))
    result = png_file.read(base64_text.decode(text), limits.max_map_pixels)
    notes = []
    if isinstance(result, png_file.PngFault) and " " in text.strip():
        other = png_file.read(base64_text.decode(text, plus_for_space=True), limits.max_map_pixels)
        if isinstance(other, png_file.PngMap):
            result = other
            notes.append(Note("base64_mended", "spaces were read as the + that form decoding makes of them"))
    if isinstance(result, png_file.PngFault):
        return Found("png", _reason(result, is_open))
    return Found("png", Map(result.pixels), [*notes, *_mended(result, text, is_open)])


def _mended(result: png_file.PngMap, text: str, is_open: bool) -> list[Note]:
    notes = []
    junk = base64_text.junk_length(text)
    if is_open:
        notes.append(Note("unclosed", "the string was never closed, but its PNG is whole", excerpt(text[-40:])))
    if result.trailing or junk:
        message = f"cut {result.trailing} bytes and {junk} characters after the end of the PNG"
        notes.append(Note("junk_cut", message, excerpt(text[-40:])))
    if result.alpha_used:
        notes.append(Note("alpha_used", "the picture lies in the PNG's alpha channel"))
    return notes


def _reason(fault: png_file.PngFault, is_open: bool) -> Reason:
    if fault.kind == "cut":
        return Reason(Status.TRUNCATED if is_open else Status.GARBAGE, fault.detail)
    return Reason(_STATUS[fault.kind], fault.detail)
