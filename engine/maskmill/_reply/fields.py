"""The fields of one item: which of its keys holds the box, the mask, the label and the score."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from .keys import (
    BOX,
    FIELDS,
    HOLES,
    KNOWN,
    LABEL_ID,
    LAST_LABEL,
    MASK,
    OTHER_MASK,
    REFERENCE,
    RUN_LENGTHS,
    SCORE,
    fold,
    fold_keys,
)
from .structure.assets import Asset, reference_name
from .structure.boxes import FoundBox
from .structure.boxes import find_box as _find_box
from .structure.key_words import PARTS
from .structure.labels import read_label
from .structure.mask_like import GOOD_KINDS, is_run_text, mask_kind, names_no_mask, names_points

__all__ = ["FoundBox", "FoundMask", "find_box", "find_mask", "pick_key", "read_label", "read_score"]

_EMPTY: Final[tuple[Any, ...]] = (None, "", [])
_WORDS: Final = re.compile(r"\D{0,99}")
_NUMBERS: Final = re.compile(r"[-+\d\s.,;eE()\[\]]{5,}")
_MASK_NAME: Final = re.compile(r"mask|seg|poly|contour|outline")
_SCORE_BOUND: Final = 2.0**127
_NO_ASSETS: Final[Mapping[str, Asset]] = {}
_NAMED: Final = frozenset((*KNOWN, *LAST_LABEL, *LABEL_ID, *REFERENCE, *HOLES, *OTHER_MASK))
_SIZES: Final = frozenset(("size", "shape", "height", "h", "width", "w"))
_SIDES: Final = 2
_VERTICES: Final = frozenset(("vertexes", "normalizedvertices", "normalizedvertexes"))
_USABLE, _TOKENS, _PLAUSIBLE, _FILLED, _NONE = 4, 3, 2, 1, 0

Raw = dict[str, Any]
Names = dict[str, str]


class FoundMask(NamedTuple):
    """The key of the mask, whether only its value shows it, and keys of other values that may be masks.

    Attributes
    ----------
    key : str or None
        The key of the mask; None if there is none.
    is_guessed : bool
        Only the value shows that it is one.
    unused : tuple of str
        Keys of other values that may be masks.
    numbers : tuple of str
        Keys of plain numbers of which nothing says that they are points.
    """

    key: str | None = None
    is_guessed: bool = False
    unused: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    """A key that may hold the mask, and how likely it does."""

    key: str
    is_known: bool
    quality: int


def pick_key(raw: Raw, names: Names, aliases: tuple[str, ...], assets: Mapping[str, Asset] = _NO_ASSETS) -> str | None:
    """Return the key of the first alias that may hold a box or a mask; failing that, of one that holds anything.

    >>> pick_key({"mask": "N/A", "polygon": [[0, 0]]}, {"mask": "mask", "polygon": "polygon"}, MASK)
    'polygon'

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    aliases : tuple of str
        Folded names of the field, best first.
    assets : mapping of str to Asset
        Masks that a value may refer to by name.
    """
    keys = [names[alias] for alias in aliases if alias in names]
    if len(keys) < 2:
        return keys[0] if keys else None
    meaningful = [key for key in keys if _may_be_field(raw[key], assets)]
    filled = [key for key in keys if raw[key] not in _EMPTY]
    return (meaningful or filled or keys)[0]


def find_box(raw: Raw, names: Names) -> FoundBox:
    """Return the box of an item under any name, or as corners that stand in the item itself.

    >>> find_box({"bbox": [1, 2, 3, 4]}, {"bbox": "bbox"}).keys
    ('bbox',)
    """
    return _find_box(raw, names, pick_key(raw, names, BOX))


# The mask.


def find_mask(raw: Raw, names: Names, assets: Mapping[str, Asset], taken: tuple[str, ...]) -> FoundMask:
    """Return the key of the mask: of the known ones the first whose value may be one, or an unknown one with such.

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    assets : mapping of str to Asset
        Masks that a value may refer to by name.
    taken : tuple of str
        The keys that hold the box.
    """
    candidates = [held for held in _candidates(raw, names, assets, bool(taken)) if held.key not in taken]
    best = max(candidates, key=lambda held: held.quality, default=None)
    if best is None or best.quality < _PLAUSIBLE:
        key = _reference_key(raw, names, assets, taken)
        numbers = () if key or taken else tuple(_bare_numbers(raw, names))
        return FoundMask(key, unused=tuple(_named_otherwise(raw, taken)), numbers=numbers)
    others = (held for held in candidates if held is not best and held.quality >= _TOKENS)
    return FoundMask(best.key, not best.is_known, tuple(held.key for held in others if raw[held.key] != raw[best.key]))


def _candidates(raw: Raw, names: Names, assets: Mapping[str, Asset], has_box: bool) -> list[_Candidate]:
    """Return the keys that may hold the mask.

    Plain numbers under a name that does not say that they are points need a box beside them, against which they are
    compared: they may be the codes of a mask, or anything.

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    assets : mapping of str to Asset
        Masks that a value may refer to by name.
    has_box : bool
        The item has a box.
    """
    known = [_Candidate(names[name], True, _quality(raw[names[name]], assets)) for name in MASK if name in names]
    named = [(name, names[name]) for name in OTHER_MASK if name in names]
    others = [key for name, key in named if _looks_like_mask(raw[key]) or is_run_text(name, raw[key])]
    unknown = [key for key in raw if fold(key) not in _NAMED and _is_unknown_mask(key, raw[key])]
    if not has_box:
        others, unknown = ([key for key in keys if not _are_bare_numbers(key, raw[key])] for keys in (others, unknown))
    return [
        *known,
        *(_Candidate(key, True, _quality(raw[key], assets)) for key in others),
        *(_Candidate(key, False, _quality(raw[key], assets)) for key in unknown),
    ]


def _quality(value: Any, assets: Mapping[str, Asset]) -> int:
    """Return how likely a value gives a mask."""
    kind = mask_kind(value)
    if kind in GOOD_KINDS or kind == "numbers" or reference_name(value) in assets:
        return _USABLE
    if kind == "tokens":
        return _TOKENS
    if _may_be_field(value, assets):
        return _PLAUSIBLE
    return _NONE if value in _EMPTY else _FILLED


def _looks_like_mask(value: Any) -> bool:
    return mask_kind(value) != "" or (isinstance(value, str) and _NUMBERS.fullmatch(value) is not None)


def _are_bare_numbers(key: str, value: Any) -> bool:
    """Tell whether a value is plain numbers whose key does not say that they are points."""
    is_text = isinstance(value, str) and mask_kind(value) == ""
    return (is_text or mask_kind(value) == "numbers") and not (names_points(key) or fold(key) in RUN_LENGTHS)


def _bare_numbers(raw: Raw, names: Names) -> list[str]:
    """Return the keys of plain numbers under a further name of a mask."""
    found = [names[name] for name in OTHER_MASK if name in names and _looks_like_mask(raw[names[name]])]
    return [key for key in found if _are_bare_numbers(key, raw[key])]


def _is_unknown_mask(key: str, value: Any) -> bool:
    """Tell whether the value under an unknown key looks like a mask; plain numbers need a name that says so."""
    kind = mask_kind(value)
    if kind == "numbers":
        return _MASK_NAME.search(fold(key)) is not None
    is_parts = isinstance(value, dict) and fold(key) in PARTS
    return kind != "" and not is_parts and not names_no_mask(key) and not _holds_items(value)


def _holds_items(value: Any) -> bool:
    """Tell whether a value is an item or a list of items, which are parts of the item around them."""
    entries = value if isinstance(value, list) else [value]
    return any(isinstance(entry, dict) and not _FIELD_KEYS.isdisjoint(fold_keys(entry)) for entry in entries)


_FIELD_KEYS: Final = frozenset(BOX)


def _named_otherwise(raw: Raw, taken: tuple[str, ...]) -> list[str]:
    """Return the keys of points or pictures whose name says that they are no mask."""
    others = [key for key in raw if key not in taken and fold(key) not in FIELDS and names_no_mask(key)]
    return [key for key in others if mask_kind(raw[key]) in ("text", "polygon")]


def _reference_key(raw: Raw, names: Names, assets: Mapping[str, Asset], taken: tuple[str, ...]) -> str | None:
    """Return the key of a reference to a mask, else the first key of a mask, although its value is none."""
    references = [names[name] for name in REFERENCE if name in names]
    key = pick_key(raw, names, MASK, assets)
    key = None if key in taken else key
    return next((other for other in references if reference_name(raw[other]) in assets), key)


def with_holes(raw: Raw, names: Names, key: str) -> Any:
    """Return the mask under a key, joined with its holes if these stand beside it in the item.

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    key : str
        The key of the mask.
    """
    holes = next((raw[names[name]] for name in HOLES if name in names), None)
    mask = _sized(_without_holder(raw[key]), raw, (("size",),))
    return {"outer": mask, "holes": holes} if isinstance(mask, list) and isinstance(holes, list) else mask


def _without_holder(value: Any) -> Any:
    """Return the only mask that an object of other values holds; any other value as it is."""
    if not isinstance(value, dict):
        return value
    vertices = [held for name, held in value.items() if fold(str(name)) in _VERTICES and mask_kind(held, 0)]
    if vertices or mask_kind(value, 0):
        return vertices[0] if len(vertices) == 1 else value
    inner = [held for held in value.values() if mask_kind(held, 0) not in ("", "numbers")]
    return _sized(inner[0], value, (("size",), ("height", "width"))) if len(inner) == 1 else value


def _sized(mask: Any, holder: Raw, wanted: tuple[tuple[str, ...], ...]) -> Any:
    """Return run lengths that give no size with the one that stands beside them; any other mask as it is.

    Parameters
    ----------
    mask : Any
        The mask.
    holder : dict
        The object that holds it.
    wanted : tuple of tuple of str
        Folded names of a size, or of its sides: in an item, sides are those of its box.
    """
    if not isinstance(mask, dict) or "counts" not in mask:
        return mask
    names = fold_keys(holder)
    given = [[names[name] for name in sides] for sides in wanted if all(name in names for name in sides)]
    found = next((keys for keys in given if all(_is_size(holder[key]) for key in keys)), [])
    return mask if any(fold(key) in _SIZES for key in mask) else {**mask, **{key: holder[key] for key in found}}


def _is_size(value: Any) -> bool:
    return type(value) is int or (isinstance(value, list) and len(value) == _SIDES and all(map(_is_size, value)))


# The score.


def read_score(raw: Raw, names: Names) -> float:
    """Return the score; NaN if there is none.

    >>> read_score({"Score": "0.5"}, {"score": "Score"})
    0.5
    """
    return as_score(_first(raw, names, SCORE))


def as_score(value: Any) -> float:
    """Return the number that a score is; NaN if it is none.

    >>> as_score(0.5), as_score("high")
    (0.5, nan)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if abs(number) < _SCORE_BOUND else math.nan


def _may_be_field(value: Any, assets: Mapping[str, Asset]) -> bool:
    """Tell whether a value may be a box or a mask: not a word such as ``"N/A"``, not ``true``, not empty."""
    if reference_name(value) in assets:
        return True
    if isinstance(value, str):
        return _WORDS.fullmatch(value) is None
    return isinstance(value, (list, dict)) and bool(value)


def _first(raw: Raw, names: Names, aliases: tuple[str, ...]) -> Any:
    """Return the value of the first alias that is not empty."""
    values = (raw[names[alias]] for alias in aliases if alias in names)
    return next((value for value in values if value not in _EMPTY), None)
