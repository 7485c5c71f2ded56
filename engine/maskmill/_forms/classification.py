"""Classify a mask value: its form follows from the value alone, never from the model's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from .._reply import AbsentMask, Asset, TooDeep, absent_mask, keys, reference_name
from .._units import WithoutUnits, strip_units
from ..errors import excerpt
from ..limits import Limits
from ..status import Note, Status
from . import bitmap, png_text, polygon, polygon_text, run_lengths, text_forms, tokens, vertices
from .results import MaskValue, NoMask, Polygons, ProbabilityMap
from .rings import groups, printed

_DATA_KEYS: Final = ("inline_data", "inlineData", "data", "base64", "png", "mask")
_LINK_KEYS: Final = ("url", "uri", "data_uri", "image_url", "image")
_HOLDERS: Final = (*_DATA_KEYS, *_LINK_KEYS, "rle")
_RUN_HOLDERS: Final = ("rle", "segmentation", "mask", "value", "polygon", "mask_rle", "rle_mask", "segmentation_mask")
_TOKEN_KEYS: Final = frozenset(("tokens", "masktokens", "segtokens", "segmentationtokens"))
_NAMED_RUNS: Final = re.compile(r"(?:coco[\s_-]?)?(?:rle|counts)\s*[:=]\s*(?=\S)", re.IGNORECASE)
_ANY_FORM: Final = frozenset(("mask", "segmentationmask", "maskdata", "segmentation", "seg", "masks"))
_TOKENS_OR_RING: Final = Note("form_assumed", "read 16 numbers as a ring of 8 points; they may be mask tokens as well")
_LAYERS: Final = 4
_CUT: Final = NoMask(Status.TRUNCATED, "the text ends inside the mask")


class _Context(NamedTuple):
    """What the readers of all forms need besides the value."""

    limits: Limits
    size: tuple[int, int] | None


def classify(
    value: Any,
    is_open: bool,
    assets: Mapping[str, Asset],
    limits: Limits,
    size: tuple[int, int] | None = None,
    key: str = "",
) -> MaskValue:
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
    size : tuple of int, optional
        (width, height) of the image, for run lengths and bitmaps that do not hold their own.
    key : str
        The key of the value: some name what it can be, such as ``EncodedPixels``.
    """
    if isinstance(value, AbsentMask):
        return _absent(value)
    asset = assets.get(reference_name(value))
    if asset is not None:
        value, is_open = asset
    context = _Context(limits, size)
    value = _unwrap_mask(value)
    if isinstance(value, TooDeep):
        message = f"expected at most {limits.max_depth} levels of nesting (max_depth), got more"
        return MaskValue("unknown", NoMask(Status.TOO_LARGE, message))
    named = None if is_open else _under_key(value, key, context)
    if named is not None and not isinstance(named.payload, NoMask):
        return named
    result = _value(value, is_open, context)
    if isinstance(result.payload, Polygons) and tokens.may_be_tokens(value) and keys.fold(key) in _ANY_FORM:
        result.notes.append(_TOKENS_OR_RING)
    is_absent = isinstance(result.payload, NoMask) and result.payload.status == Status.GARBAGE
    return named if named is not None and is_absent else result


def _value(value: Any, is_open: bool, context: _Context) -> MaskValue:
    """Classify a text or a structure; polygons whose numbers have units keep what these say."""
    stripped = strip_units(value) or _strip_points(value)
    if stripped is not None:
        value = stripped.value
    result = _text(value, is_open, context) if isinstance(value, str) else _structure(value, is_open, context)
    if stripped is not None and isinstance(result.payload, Polygons):
        named = stripped.is_css or result.payload.has_named_axes
        result.payload = Polygons(result.payload.parts, named, stripped.frame)
    return result


def _strip_points(value: Any) -> WithoutUnits | None:
    """Return the points of a list of texts with units, such as ``"20% 10%"``, as one text; None for anything else."""
    if not isinstance(value, list) or len(value) < 3 or not all(isinstance(v, str) and len(v) < 99 for v in value):
        return None
    return strip_units(", ".join(value)) if value[0].rstrip(") ]").endswith(("%", "px")) else None


def _under_key(value: Any, key: str, context: _Context) -> MaskValue | None:
    """Read a value whose key names its form, run lengths or tokens; None if it does not, or the value cannot be it."""
    if isinstance(value, list) and keys.fold(key) in _TOKEN_KEYS:
        return tokens.read_list(value)
    if not value or not isinstance(value, (str, list)) or not run_lengths.names_run_lengths(key):
        return None
    if isinstance(value, str) and (text_forms.PNG.match(value) or tokens.MARK.search(value)):
        return None
    return run_lengths.read_value(value, key, context.limits, context.size)


# Objects around a mask.


def _unwrap_mask(value: Any) -> Any:
    """Return the value without objects around its data, or one-entry lists around a text."""
    for _ in range(_LAYERS):
        inner = value
        if isinstance(value, dict):
            inner = value if run_lengths.is_run_lengths(value) else _wrapped_mask(value)
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, dict)):
            inner = value[0] if isinstance(value[0], str) or vertices.read_vertex(value[0]) is None else value
        if inner is value:
            break
        value = inner
    return value


def _wrapped_mask(value: dict[str, Any]) -> Any:
    """Return the mask that an object wraps; the object itself if it wraps none."""
    for key in _RUN_HOLDERS:
        inner = value.get(key)
        if isinstance(inner, dict) and run_lengths.is_run_lengths(inner):
            return {**{name: beside for name, beside in value.items() if name != key}, **inner}
    return next((value[key] for key in _HOLDERS if _holds_mask(key, value)), value)


def _holds_mask(key: str, value: dict[str, Any]) -> bool:
    """Tell whether a key holds a mask; a link that is no PNG data may name an image beside the mask."""
    inner = value.get(key)
    if key in _LINK_KEYS and isinstance(inner, str):
        return len(value) == 1 or text_forms.PNG.match(inner) is not None
    return isinstance(inner, dict) or (key in _DATA_KEYS and isinstance(inner, str))


# Texts.


def _text(value: str, is_open: bool, context: _Context) -> MaskValue:
    """Classify a text, with escapes undone."""
    text, notes = text_forms.undo_escapes(value.strip())
    if not text:
        return _truncated_or(is_open, "none", NoMask(Status.NOTHING, "the mask is an empty string"))
    result = _marked_text(text, is_open, context) or _plain_text(text, is_open, context)
    result.notes[:0] = notes
    return result


def _marked_text(text: str, is_open: bool, context: _Context) -> MaskValue | None:
    """Classify a text that begins like a PNG, or holds tokens; None for any other."""
    has_mark = "<" in text and tokens.MARK.search(text) is not None
    if text_forms.PNG.match(text):
        png = png_text.read(text, is_open, context.limits)
        if isinstance(png.payload, ProbabilityMap):
            return _beside_tokens(png) if has_mark and tokens.has_tokens(text) else png
        svg = text_forms.svg_of_uri(text)
        if svg and polygon_text.is_geometry(svg):
            return _geometry(svg, is_open, context)
        if not has_mark:
            return png
    if has_mark:
        return _token_text(text, is_open, context)
    return None if is_open else tokens.read_loose(text)


def _beside_tokens(png: MaskValue) -> MaskValue:
    note = Note("tokens_unused", "the PNG gives the mask; the tokens beside it were not read")
    return MaskValue("png", png.payload, [*(old for old in png.notes if old.code != "junk_cut"), note])


def _token_text(text: str, is_open: bool, context: _Context) -> MaskValue:
    """Classify text with mask tokens, or with ``<start_of_mask>`` and something else after it."""
    if tokens.has_tokens(text):
        place = text_forms.PNG.search(text)
        png = png_text.read(text[place.start() :], is_open, context.limits) if place else None
        is_read = png is not None and isinstance(png.payload, ProbabilityMap)
        return _beside_tokens(png) if png is not None and is_read else tokens.read(text, is_open)
    rest = tokens.text_after_mark(text)
    if text_forms.PNG.match(rest):
        return png_text.read(rest, is_open, context.limits)
    parsed = text_forms.parse_json(rest) if rest[:1] in ("[", "{", "(") else None
    if parsed is not None:
        return _embedded(parsed, is_open, context)
    return (None if is_open else tokens.read_loose(text)) or tokens.read(text, is_open)


def _plain_text(text: str, is_open: bool, context: _Context) -> MaskValue:
    """Classify a text without a PNG or tokens: SVG, WKT, a placeholder, JSON, numbers, base64, or a reference."""
    absent = absent_mask(text)
    if absent is not None:
        return _absent(absent)
    if polygon_text.is_geometry(text):
        return _geometry(text, is_open, context)
    placeholder = None if is_open else text_forms.read_placeholder(text)
    if placeholder is not None:
        return placeholder
    text = printed.undo_prints(text)
    pixels = None if is_open else bitmap.read_text(text, context.size)
    if pixels is not None:
        return pixels
    parsed = text_forms.parse_json(text) if text[0] in "[{(" else None
    if parsed is not None:
        return _embedded(parsed, is_open, context)
    bare = text_forms.without_quotes(text)
    if bare != text:
        return _text(bare, is_open, context)
    if "base64," in text[:100]:
        return png_text.read(text, is_open, context.limits)
    named = _NAMED_RUNS.match(text)
    if named is not None and not is_open:
        return run_lengths.read_value(text[named.end() :].strip(), "counts", context.limits, context.size)
    numbers = groups.split_rings(text) or polygon_text.split_points(text) or polygon_text.split_numbers(text)
    if numbers is not None:
        return _structure(numbers, is_open, context)
    coco = None if is_open else run_lengths.read_bare(text, context.limits, context.size)
    if coco is not None:
        return coco
    if text_forms.BASE64.fullmatch(text):
        return png_text.read(text, is_open, context.limits)
    reference = None if is_open else text_forms.read_reference(text)
    if reference is not None:
        return reference
    return _truncated_or(is_open, "unknown", NoMask(Status.GARBAGE, f"expected a mask, got the text {excerpt(text)}"))


def _absent(reason: AbsentMask) -> MaskValue:
    """Return the reason that another model's form has given."""
    return MaskValue(reason.form, NoMask(Status(reason.status), reason.message))


def _geometry(text: str, is_open: bool, context: _Context) -> MaskValue:
    """Read SVG or WKT."""
    return MaskValue("ring", _CUT) if is_open else polygon.read({"polygon": text}, context.limits, context.size)


def _embedded(parsed: Any, is_open: bool, context: _Context) -> MaskValue:
    """Classify JSON inside a string: its brackets end it, whether or not a quote does."""
    inner = _unwrap_mask(parsed)
    result = _text(inner, False, context) if isinstance(inner, str) else _structure(inner, False, context)
    if is_open:
        result.notes.append(Note("unclosed", "the string was never closed, but the JSON in it is whole"))
    return result


# Values that are no texts.


def _structure(value: Any, is_open: bool, context: _Context) -> MaskValue:
    """Classify a value that is no text: nothing, run lengths, pixels, tokens or polygons."""
    if value is False or _is_hollow(value):
        if is_open:
            return MaskValue("none", _CUT)
        content = "no mask" if value is None else f"{excerpt(value)} as its mask"
        return MaskValue("none", NoMask(Status.NOTHING, f"the item gives {content}"))
    if is_open:
        return MaskValue("ring" if isinstance(value, list) else "unknown", _CUT)
    if isinstance(value, dict):
        return _object(value, context)
    if isinstance(value, list):
        return _list(value, context)
    return MaskValue("unknown", NoMask(Status.GARBAGE, f"expected a mask, got {excerpt(value)}"))


def _list(value: list[Any], context: _Context) -> MaskValue:
    """Classify a list: texts of tokens and of a PNG, run lengths, pixels, or polygons."""
    if all(isinstance(v, str) for v in value):
        text = " ".join(value)
        if text_forms.PNG.search(text) and tokens.has_tokens(text):
            return _text(text, False, context)
        read = tokens.read_list(value)
        if read is not None:
            return read
    elif len(value) > 1 and all(isinstance(v, dict) and run_lengths.is_run_lengths(v) for v in value):
        return run_lengths.read_several(value, context.limits, context.size)
    runs = run_lengths.read_numbers(value, context.limits, context.size)
    return runs or bitmap.read(value, context.size) or polygon.read(value, context.limits, context.size)


def _object(value: dict[str, Any], context: _Context) -> MaskValue:
    if run_lengths.is_run_lengths(value):
        return run_lengths.read_object(value, context.limits, context.size)
    for key, held in value.items():
        if keys.fold(str(key)) in _TOKEN_KEYS and isinstance(held, list):
            return tokens.read_list(held) or polygon.read(value, context.limits, context.size)
    return polygon.read(value, context.limits, context.size)


def _is_hollow(value: Any) -> bool:
    """Tell whether a value holds nothing: null, an empty text, or lists and objects of nothing else."""
    if isinstance(value, (list, dict)):
        return all(map(_is_hollow, value.values() if isinstance(value, dict) else value))
    return value is None or value == ""


def _truncated_or(is_open: bool, form: str, reason: NoMask) -> MaskValue:
    if is_open:
        reason = NoMask(Status.TRUNCATED, "the string breaks off inside the mask")
    return MaskValue(form, reason)
