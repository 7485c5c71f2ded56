"""A PNG as base64 text, in every state in which models write one."""

from __future__ import annotations

from typing import Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note, Status
from . import base64text, pngfile
from .found import Found, Map, Reason

_STATUS: Final = {
    "not_png": Status.GARBAGE,
    "corrupt": Status.GARBAGE,
    "too_large": Status.TOO_LARGE,
}


def read(text: str, is_open: bool, limits: Limits) -> Found:
    """Decode the PNG in `text`; an unclosed string counts if the PNG ends itself with a good IEND."""
    start = max(text.find("data:image"), 0)
    result = pngfile.read(base64text.decode(text[start:]), limits.max_map_pixels)
    if isinstance(result, pngfile.PngFault):
        return Found("png", _reason(result, is_open))
    notes = []
    if is_open:
        notes.append(Note("unclosed", "the string was never closed, but its PNG is whole", excerpt(text[-40:])))
    if result.trailing:
        notes.append(Note("junk_cut", f"cut {result.trailing} bytes after the end of the PNG", excerpt(text[-40:])))
    if result.alpha_used:
        notes.append(Note("alpha_used", "the picture lies in the PNG's alpha channel"))
    return Found("png", Map(result.pixels), notes)


def _reason(fault: pngfile.PngFault, is_open: bool) -> Reason:
    if fault.kind == "cut":
        return Reason(Status.TRUNCATED if is_open else Status.GARBAGE, fault.detail)
    return Reason(_STATUS[fault.kind], fault.detail)
