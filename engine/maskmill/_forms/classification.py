"""Classify a mask value: its form follows from the value alone, never from the model's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from .._reply import Asset, TooDeep, keys, reference_name, unescape
from ..errors import excerpt
from ..limits import Limits
from ..status import Note, Status
from . import png_text, polygon, rle, tokens
from .polygon_shapes import parse_numbers
from .results import MaskValue, NoMask, ProbabilityMap

_PNG: Final = re.compile(r"data\s*:\s*image/|iVBORw0KGgo", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\s-]{64,}")
_PLACEHOLDER: Final = re.compile(
    r"\W*gimme_mask\w*\W*|\W*\w*(?:placeholder|your_?base64)\w*\W*"
    r"|(?:data:image/\w+;base64,)?\s*(?:\.{3}|…|<(?!start_of_mask|seg_|loc)[^<>]{1,60}>)",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"[A-Za-z_#$/][\w.:/#$-]{0,63}")
_DATA_KEYS: Final = ("inline_data", "inlineData", "data", "base64", "png", "mask")
_LINK_KEYS: Final = ("url", "uri", "data_uri", "image_url", "image")
_HOLDERS: Final = (*_DATA_KEYS, *_LINK_KEYS, "rle")
_LAYERS: Final = 4
_CUT: Final = NoMask(Status.TRUNCATED, "the text ends inside the mask")


def classify(value: Any, is_open: bool, assets: Mapping[str, Asset], limits: Limits) -> MaskValue:
    """Return the form and the content of a mask value.

    >>> classify([[0, 0], [500, 0], [500, 500]], False, {}, Limits()).form
    'ring'

    Parameters
    ----------
    value : Any
        Anything that JSON can hold.
    is_open : bool
        The value breaks off, or its string was never closed: it gives a mask only if its content is complete.
    assets : mapping of str to Asset
        Masks by name that a reference may point to.
    limits : Limits
        Bounds on untrusted input.
    """
    asset = assets.get(reference_name(value))
    if asset is not None:
        value, is_open = asset
    value = _unwrap_mask(value)
    if isinstance(value, TooDeep):
        message = f"expected at most {limits.max_depth} levels of nesting (max_depth), got more"
        return MaskValue("unknown", NoMask(Status.TOO_LARGE, message))
    if isinstance(value, str):
        return _text(value, is_open, limits)
    return _structure(value, is_open, limits)


def _unwrap_mask(value: Any) -> Any:
    """Return the value without objects around its data, or one-entry lists around a text."""
    for _ in range(_LAYERS):
        inner = value
        if isinstance(value, dict):
            inner = _wrapped_mask(value)
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, dict)):
            inner = value[0] if isinstance(value[0], str) or keys.point_coordinates(value[0]) is None else value
        if inner is value:
            break
        value = inner
    return value


def _wrapped_mask(value: dict[str, Any]) -> Any:
    """Return the mask that an object wraps; the object itself if it wraps none."""
    return next((value[key] for key in _HOLDERS if _holds_mask(key, value)), value)


def _holds_mask(key: str, value: dict[str, Any]) -> bool:
    """Tell whether a key holds a mask; a link that is no PNG data may name an image beside the mask."""
    inner = value.get(key)
    if key in _LINK_KEYS and isinstance(inner, str):
        return len(value) == 1 or _PNG.match(inner) is not None
    return isinstance(inner, dict) or (key in _DATA_KEYS and isinstance(inner, str))


def _text(value: str, is_open: bool, limits: Limits) -> MaskValue:
    """Classify a text: PNG, tokens, placeholder, JSON, numbers, base64 or a reference."""
    text = value.strip()
    if "\\u003c" in text:  # escaped twice
        text = unescape(text)
    if not text:
        return _truncated_or(is_open, "none", NoMask(Status.NOTHING, "the mask is an empty string"))
    if _PNG.match(text):
        png = png_text.read(text, is_open, limits)
        if isinstance(png.payload, ProbabilityMap) or not tokens.MARK.search(text):
            return png
    if tokens.MARK.search(text):
        return _token_text(text, is_open, limits)
    if len(text) < 100 and _PLACEHOLDER.fullmatch(text) and not is_open:
        return MaskValue("placeholder", NoMask(Status.PLACEHOLDER, f"got the placeholder {excerpt(text)}"))
    parsed = _json(text) if text[0] in "[{(" else None
    if parsed is not None:
        return _embedded(parsed, is_open, limits)
    if "base64," in text[:100]:
        return png_text.read(text, is_open, limits)
    numbers = parse_numbers(text)
    if numbers is not None:
        return _structure(numbers, is_open, limits)
    if _BASE64.fullmatch(text):
        return png_text.read(text, is_open, limits)
    if _REFERENCE.fullmatch(text) and not is_open:
        return MaskValue("reference", NoMask(Status.NOTHING, f"the reference {excerpt(text)} leads nowhere"))
    return _truncated_or(is_open, "unknown", NoMask(Status.GARBAGE, f"expected a mask, got the text {excerpt(text)}"))


def _token_text(text: str, is_open: bool, limits: Limits) -> MaskValue:
    """Classify text with mask tokens, or with ``<start_of_mask>`` and something else after it."""
    if not tokens.has_tokens(text):
        rest = tokens.text_after_mark(text)
        if _PNG.match(rest):
            return png_text.read(rest, is_open, limits)
        parsed = _json(rest) if rest[:1] in ("[", "{", "(") else None
        if parsed is not None:
            return _embedded(parsed, is_open, limits)
    return tokens.read(text, is_open)


def _embedded(parsed: Any, is_open: bool, limits: Limits) -> MaskValue:
    """Classify JSON inside a string: its brackets end it, whether or not a quote does."""
    inner = _unwrap_mask(parsed)
    result = _text(inner, False, limits) if isinstance(inner, str) else _structure(inner, False, limits)
    if is_open:
        result.notes.append(Note("unclosed", "the string was never closed, but the JSON in it is whole"))
    return result


def _structure(value: Any, is_open: bool, limits: Limits) -> MaskValue:
    """Classify a value that is no text: nothing, RLE or polygon."""
    if value is False or _is_hollow(value):
        if is_open:
            return MaskValue("none", _CUT)
        content = "no mask" if value is None else f"{excerpt(value)} as its mask"
        return MaskValue("none", NoMask(Status.NOTHING, f"the item gives {content}"))
    if is_open:
        return MaskValue("ring" if isinstance(value, list) else "unknown", _CUT)
    if isinstance(value, dict) and "counts" in value:
        return rle.read(value, limits)
    if isinstance(value, (list, dict)):
        return polygon.read(value, limits)
    return MaskValue("unknown", NoMask(Status.GARBAGE, f"expected a mask, got {excerpt(value)}"))


def _is_hollow(value: Any) -> bool:
    """Tell whether a value holds nothing: null, an empty text, or lists and objects of nothing else."""
    if isinstance(value, (list, dict)):
        return all(map(_is_hollow, value.values() if isinstance(value, dict) else value))
    return value is None or value == ""


def _truncated_or(is_open: bool, form: str, reason: NoMask) -> MaskValue:
    if is_open:
        reason = NoMask(Status.TRUNCATED, "the string breaks off inside the mask")
    return MaskValue(form, reason)


def _json(text: str) -> Any:
    """Parse JSON inside a string: an array, an object, or arrays side by side; None for anything else."""
    text = text.replace("(", "[").replace(")", "]") if "(" in text and '"' not in text else text
    for candidate in (text, f"[{text}]"):
        try:
            return orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
    return None
