"""The kind of an image file, by its first bytes."""

from __future__ import annotations

from typing import Final

ISO_KINDS: Final = ("heic", "heif", "avif")
"""Kinds stored in ISO base media boxes, see `iso_bmff`."""

_SIGNATURES: Final = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF8": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
_AVIF_BRANDS: Final = {b"avif", b"avis"}
_HEIC_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


def detect_kind(head: bytes) -> str:
    r"""Return "jpeg", "png", "webp", "heic", "heif", "avif", "gif", "tiff" or "other".

    >>> detect_kind(b"\xff\xd8\xff\xe0"), detect_kind(b"P6 640 480 255 ")
    ('jpeg', 'other')
    """
    if head[4:8] == b"ftyp":
        return _iso_kind(head[8:12], head[16 : int.from_bytes(head[:4])])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), "other")


def _iso_kind(major: bytes, compatible: bytes) -> str:
    """Return the kind of an ISO base media file by its major brand and its compatible brands."""
    brands = {major, *(compatible[at : at + 4] for at in range(0, min(len(compatible), 256), 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else "heif"
