"""Read the pictures of masks that JSON files hold as base64 text."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pybase64
from numpy.typing import NDArray

from ...._images.png_files import decode_image
from .rows import shape_error

_MAX_CHARS: Final = 1 << 26


def read_embedded(text: Any, at: str) -> NDArray[np.bool_]:
    """Return which pixels (H, W) of a picture are not black and not transparent.

    Parameters
    ----------
    text : str
        The picture's file in base64, also as a data URI.
    at : str
        Place of the text, for messages.

    Raises
    ------
    ShapeError
        It is no picture.
    """
    if not isinstance(text, str) or not text:
        raise shape_error("garbage", "a picture in base64", text, at)
    if len(text) > _MAX_CHARS:
        raise shape_error("too_large", f"a picture of at most {_MAX_CHARS} characters", str(len(text)), at)
    digits = text.partition(",")[2] if text.startswith("data:") else text
    try:
        data = pybase64.b64decode(digits.encode("ascii", "replace"), validate=False)
    except ValueError:
        raise shape_error("garbage", "a picture in base64", text[:40], at) from None
    pixels = decode_image(data, at)
    if pixels.ndim == 2:
        return pixels > 0
    shown = np.any(pixels[..., :3] > 0, axis=2)
    return np.asarray(shown & (pixels[..., 3] > 0) if pixels.shape[2] == 4 else shown, np.bool_)
