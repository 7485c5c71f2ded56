"""Recognise the objects whose keys are the labels of the masks under them."""

from __future__ import annotations

from typing import Any

from ..keys import FIELDS, KNOWN
from ..structure.item_signs import is_mask_object
from ..structure.labels import label_of_key, labels_of_keys
from ..structure.mask_like import mask_kind, names_no_mask


def maps_labels(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object maps labels, or other names, to masks without an item around them.

    >>> maps_labels({"cat": [[0, 0], [9, 0], [9, 9]]}, {"cat": "cat"}), maps_labels({"mask": ""}, {"mask": "mask"})
    (True, False)
    """
    if not value or not KNOWN.isdisjoint(names) or is_mask_object(value) or not _are_masks(value):
        return False
    return len(value) > 1 or bool(label_of_key(str(next(iter(value)))))


def are_all_labels(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether the keys of several masks are labels, although some of them have the name of a field.

    >>> ring = [[0, 0], [9, 0], [9, 9]]
    >>> are_all_labels({"name": ring, "cat": ring}, {"name": "name", "cat": "cat"})
    True
    """
    if len(value) < 2 or not FIELDS.isdisjoint(names) or is_mask_object(value):
        return False
    if not all(isinstance(held, (list, dict)) for held in value.values()) or not _are_masks(value):
        return False
    return all(label for label, _ in labels_of_keys([str(key) for key in value]).values())


def _are_masks(value: dict[Any, Any]) -> bool:
    return all(mask_kind(held) not in ("", "numbers") and not names_no_mask(str(key)) for key, held in value.items())
