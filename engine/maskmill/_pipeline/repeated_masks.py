"""Masks that several items of one reply share: each is classified once, however many items hold it or refer to it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from .._forms import MaskValue
from .._reply import Item, reference_name

_MIN_CHARS: Final = 256
"""Characters of a text below which reading it again costs less than remembering it."""


class RepeatedMasks:
    """The classified masks of one reply that more than one item holds.

    >>> items = [Item({}, mask="a"), Item({}, mask="a")]
    >>> RepeatedMasks(items).find(items[0]) is None
    True
    """

    def __init__(self, items: list[Item]) -> None:
        keys = Counter(key for item in items if (key := _key(item)) is not None)
        self._repeated = {key for key, n in keys.items() if n > 1}
        self._values: dict[Any, MaskValue] = {}

    def find(self, item: Item) -> MaskValue | None:
        """Return a copy of the classified mask of an item, if one like it was kept."""
        value = self._values.get(_key(item)) if self._repeated else None
        return None if value is None else MaskValue(value.form, value.payload, list(value.notes))

    def keep(self, item: Item, value: MaskValue) -> None:
        """Keep a copy of a classified mask if another item holds the same."""
        key = _key(item) if self._repeated else None
        if key in self._repeated:
            self._values[key] = MaskValue(value.form, value.payload, list(value.notes))


def _key(item: Item) -> Any:
    """Return what identifies a mask: a long text, or the place of a value that items refer to; None if nothing does."""
    asset = item.assets.get(reference_name(item.mask)) if item.assets else None
    value = item.mask if asset is None else asset.value
    if isinstance(value, str):
        return (value, item.mask_key, item.is_mask_open) if len(value) >= _MIN_CHARS else None
    return None if asset is None else (id(value), item.mask_key, asset.is_open)
