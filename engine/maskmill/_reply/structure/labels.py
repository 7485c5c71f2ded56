"""Read labels: of an item under the many names that models use, and of what stands around items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ...errors import excerpt
from ...status import Note
from ..keys import CONTAINER, FIELDS, IMAGE, KNOWN, LABEL, LABEL_ID, LAST_LABEL, OTHER_LABEL, OTHER_MASK, SCORE, fold
from .key_words import CONTAINERS, FILE, IMAGE_KEY, PROPERTY, SHAPES
from .mask_like import MASK_TEXT, mask_kind

Raw = dict[str, Any]
Names = dict[str, str]

_MAX_GUESS: Final = 80
_MAX_NUMBER: Final = 2**63
_DEPTH: Final = 3
_PROPERTIES: Final = ("properties", "attributes", "metadata", "info", "data", "details", "classification")
_SCORES: Final = frozenset((*SCORE, "probability", "prob", "likelihood", "certainty", "conf"))
_NUMBERED: Final = frozenset((*LABEL, *LABEL_ID, *_SCORES, "id", "value", "index", "x", "y"))
_CANDIDATES: Final = ("predictions", "candidates", "labels", "classes", "alternatives", "hypotheses", "topk", "guesses")
_CLASSES: Final = ("classification", "class", "category")
_SUFFIXES: Final = ("name", "label", "class", "category")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")


class Around(NamedTuple):
    """What stands around an item and may concern it.

    Attributes
    ----------
    label : str
        The label above the list of the item, on its parent, or its key; empty if there is none.
    note : str
        Where that label stood, if it may be none.
    parent : dict or None
        The item whose part this one is.
    image : str
        The image, as the reply names it.
    notes : tuple of str
        What was not clear about lists in parallel.
    list_notes : tuple of Note
        What is to be said of the list of the item.
    vocabulary : Vocabulary or None
        The names that the reply gives to numbers; see `maskmill._reply.joins.vocabularies`.
    """

    label: str = ""
    note: str = ""
    parent: dict[Any, Any] | None = None
    image: str = ""
    notes: tuple[str, ...] = ()
    list_notes: tuple[Note, ...] = ()
    vocabulary: Any = None


def read_label(raw: Raw, names: Names) -> str:
    """Return the label; empty if there is none.

    >>> read_label({"description": "a cat"}, {"description": "description"})
    'a cat'
    """
    plain = raw[names["label"]] if "label" in names else None
    if type(plain) is str and plain:
        return as_label(plain)
    held = [raw[names[name]] for name in (*LABEL, *OTHER_LABEL) if name in names]
    held += [inner for inner in map(_named_in, _holders(raw, names)) if inner]
    texts = [value for value in held if not isinstance(value, (int, float)) and not _is_kind(value)]
    labels = (*map(as_label, texts), *_last_labels(raw, names), *map(as_label, held))
    return next(filter(None, labels), "")


def _is_kind(value: Any) -> bool:
    """Tell whether a text only says what kind of shape or result an item is, such as ``annotation``."""
    return isinstance(value, str) and fold(value) in SHAPES


def _holders(raw: Raw, names: Names) -> list[Raw]:
    """Return the objects of further properties in an item."""
    held = (raw[names[name]] for name in _PROPERTIES if name in names)
    return [value for value in held if isinstance(value, dict)]


def _named_in(value: Raw) -> str:
    """Return the label among the properties of an item."""
    names = {fold(str(key)): key for key in value}
    found = (as_label(value[names[name]]) for name in (*LABEL, *OTHER_LABEL) if name in names)
    label = next((text for text in found if text and fold(text) not in SHAPES), "")
    return label or next((as_label(value[names[name]]) for name in _CLASSES if name in names), "")


def guess_label(raw: Raw, names: Names) -> tuple[str, str]:
    """Return a label that only its place in the item shows, and its key: a name of anything, a lone text, a number.

    >>> guess_label({"box_2d": [1, 2, 3, 4], "fruit": "apple"}, {"box2d": "box_2d", "fruit": "fruit"})
    ('apple', 'fruit')
    """
    for name in _CANDIDATES:
        held = raw[names[name]] if name in names else None
        best = _best_scored(held) if isinstance(held, list) else None
        if best is not None and as_label(best):
            return as_label(best), names[name]
    texts = {key: raw[key] for name, key in names.items() if _may_be_label(name, raw[key])}
    named = [key for key in texts if fold(key).endswith(_SUFFIXES)]
    keys = named or list(texts)
    if len(keys) == 1:
        return as_label(texts[keys[0]]), keys[0]
    key = next((names[name] for name in LABEL_ID if name in names and as_label(raw[names[name]])), "")
    return (as_label(raw[key]), key) if key else ("", "")


def label_above(value: Raw, names: Names, is_direct: bool) -> str:
    """Return the label that an object around items gives them.

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.
    is_direct : bool
        It holds one item and no list, so that names such as ``description`` may be its label, too.
    """
    wanted = (*LABEL, *OTHER_LABEL, *LAST_LABEL) if is_direct else (*LABEL, *OTHER_LABEL, "object", "phrase")
    texts = (value[names[name]] for name in wanted if name in names)
    labels = (_text_above(text, is_direct).strip() for text in texts)
    return next((text for text in labels if text and not _is_other_text(text)), "")


def _text_above(value: Any, is_direct: bool) -> str:
    """Return the text of a label above items; of an object with nothing but labels, too, above one item."""
    if isinstance(value, dict) and is_direct and not _is_boxed(value) and not mask_kind(value):
        is_flat = not any(isinstance(held, (list, dict)) for held in value.values())
        return _named_in(value) if is_flat else ""
    return value if isinstance(value, str) else ""


def label_of_key(key: str) -> str:
    """Return the label that a key is; empty for the key of a container.

    >>> label_of_key("red cup"), label_of_key("detected_objects"), label_of_key("image_2")
    ('red cup', '', '')
    """
    text = key.strip()
    words = [word.casefold() for word in _WORDS.findall(text)]
    is_container = all(word in CONTAINERS for word in words)
    if is_container or names_image(text) or fold(text) in KNOWN or fold(text) in OTHER_MASK:
        return ""
    return text if len(text) <= _MAX_GUESS else ""


def labels_of_keys(keys: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Return the label that each of the keys beside each other is, and whether it may be none.

    Where one of them is plainly a label, the others are labels, too, but for the plural of a container, an image's
    file, and ``image_2``.

    >>> labels_of_keys(["a", "b"]), labels_of_keys(["part", "dog"]), labels_of_keys(["item"])
    ({'a': ('a', False), 'b': ('b', False)}, {'part': ('part', True), 'dog': ('dog', True)}, {'item': ('', True)})
    """
    plain = {key: label_of_key(key) or (key.strip() if _is_letter(key) and len(keys) > 1 else "") for key in keys}
    is_sure = sum(map(bool, plain.values())) > 1
    found = {key: (label, not is_sure) for key, label in plain.items()}
    if not any(plain.values()):
        return found
    return found | {key: (_beside_labels(key), True) for key in keys if not plain[key]}


def _is_letter(key: str) -> bool:
    return len(key.strip()) == 1 and key.strip().isalpha()


def _beside_labels(key: str) -> str:
    """Return the label that a key with the name of a container is beside keys that are plainly labels."""
    text = key.strip()
    words = [word.casefold() for word in _WORDS.findall(text)]
    is_plural = any(word in CONTAINERS and word.endswith("s") for word in words)
    is_image = names_image(text) and (FILE.fullmatch(text) is not None or not text.isalpha())
    return "" if is_plural or is_image or len(text) > _MAX_GUESS or fold(text) in CONTAINER else text


def names_image(key: str) -> bool:
    """Tell whether a key names an image: a file, or ``image_2``.

    >>> names_image("photo 1"), names_image("a.jpg"), names_image("cat")
    (True, True, False)
    """
    return IMAGE_KEY.fullmatch(key.strip()) is not None or FILE.fullmatch(key.strip()) is not None


def image_of(value: Raw, names: Names) -> str:
    """Return the image that an object names; empty if it names none.

    >>> image_of({"image_index": 1}, {"imageindex": "image_index"})
    '1'
    """
    held = next((value[names[name]] for name in IMAGE if name in names), None)
    is_name = isinstance(held, str) and not MASK_TEXT.match(held) and len(held) <= 4 * _MAX_GUESS
    return str(held) if is_name or (type(held) is int and abs(held) < _MAX_NUMBER) else ""


def as_label(value: Any, depth: int = _DEPTH) -> str:
    """Return the text of a label of any type; empty if it holds none.

    >>> as_label("cat"), as_label(["cat", {"name": "animal"}]), as_label(3), as_label(None)
    ('cat', 'cat, animal', '3', '')
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (int, float)):
        return excerpt(value)
    if depth == 0:
        return ""
    if isinstance(value, list):
        best = _best_scored(value)
        if best is not None:
            return _label_in(best, depth)
        return ", ".join(filter(None, (as_label(v, depth - 1) for v in value if isinstance(v, (str, dict)))))
    return _label_in(value, depth) if isinstance(value, dict) else ""


def _label_in(value: Raw, depth: int) -> str:
    """Return the label that an object in the place of a label holds."""
    names = {fold(str(key)): key for key in value}
    if value and all(map(_is_real, value.values())) and names.keys().isdisjoint(_NUMBERED):
        return str(max(value, key=lambda key: value[key]))
    wanted = (*LABEL, *OTHER_LABEL, *LAST_LABEL, "value", "en", "english", "id")
    found = (as_label(value[names[name]], depth - 1) for name in wanted if name in names)
    texts = [held for held in value.values() if isinstance(held, str)]
    return next(filter(None, found), texts[0] if len(texts) == 1 else "")


def _best_scored(entries: list[Any]) -> Raw | None:
    """Return the likeliest of labels that are objects with a score each; None if these are none."""
    scores = [_score_in(entry) for entry in entries]
    if not scores or any(score is None for score in scores):
        return None
    best = max(range(len(entries)), key=lambda place: scores[place] or 0.0)
    held: Raw = entries[best]
    return held


def _score_in(entry: Any) -> float | None:
    """Return the score of an object that is a label with one; None for any other value."""
    if not isinstance(entry, dict) or _is_boxed(entry):
        return None
    scores = [held for key, held in entry.items() if fold(str(key)) in _SCORES and _is_real(held)]
    return scores[0] if scores else None


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER


def _last_labels(raw: Raw, names: Names) -> list[str]:
    held = [raw[names[name]] for name in LAST_LABEL if name in names]
    return [
        label
        for value in held
        if not isinstance(value, (int, float)) and not mask_kind(value) and not _is_boxed(value)
        if (label := as_label(value)) and fold(label) not in SHAPES
    ]


def _is_boxed(value: Any) -> bool:
    """Tell whether an object is an item and no label."""
    return isinstance(value, dict) and any(fold(str(key)) in FIELDS for key in value)


def _may_be_label(name: str, value: Any) -> bool:
    """Tell whether an unknown key may hold the label: a short text, no mask, under a key of no other meaning."""
    if name in KNOWN or name in LAST_LABEL or name in IMAGE or name in OTHER_MASK or name in LABEL_ID:
        return False
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _MAX_GUESS or PROPERTY.search(name):
        return False
    return any(map(str.isalpha, value)) and not mask_kind(value) and not _is_other_text(value)


def _is_other_text(text: str) -> bool:
    """Tell whether a text is a file's name, or names the kind of a shape or of a container."""
    words = _WORDS.findall(text.casefold())
    is_container = len(text) > 2 and all(word in CONTAINERS for word in words)
    return is_container or FILE.fullmatch(text) is not None or fold(text) in SHAPES
