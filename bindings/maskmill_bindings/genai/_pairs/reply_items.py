"""Replies to their items, as far as pairs need them: label, box, and what the mask is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maskmill import Limits
from maskmill._boxes import Box, read_box
from maskmill._forms import Found, Map, Rings, classify, in_unit_frame, settle_axes
from maskmill._reply import Item, read

from .token_runs import Run, runs_in

SIDE: Final = 256
"""Pixels of a map, each way."""

_LIMITS: Final = Limits(max_map_pixels=SIDE * SIDE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a reply.

    Attributes
    ----------
    label
        As it was written; `name` is what is compared.
    box
        In thousandths of the image; None where there is none.
    found
        What its mask is.
    run
        The mask tokens in its mask; None where it is no such text.
    """

    label: str
    box: Box | None
    found: Found
    run: Run | None

    @property
    def name(self) -> str:
        """The label without what people do not compare: case, and blanks around it."""
        return self.label.strip().casefold()

    @property
    def is_png(self) -> bool:
        """Tell whether its mask is a PNG, or was to be one."""
        return self.found.form == "png"

    @property
    def pixels(self) -> Map | None:
        """Its map, where the PNG is sound; no larger than 256×256 pixels are."""
        payload = self.found.payload
        return payload if isinstance(payload, Map) else None

    @property
    def rings(self) -> Rings | None:
        """Its rings, x before y."""
        payload = self.found.payload
        return payload if isinstance(payload, Rings) else None


def read_entries(text: str) -> list[Entry]:
    """The items of a reply, in its order.

    >>> [entry] = read_entries('[{"box_2d": [1, 2, 3, 4], "label": "A cup ", "mask": "<start_of_mask><seg_4>"}]')
    >>> entry.name, entry.run
    ('a cup', (4,))
    """
    entries = [_entry(item) for item in read(text, _LIMITS).items]
    settle_axes([entry.found for entry in entries], [entry.box for entry in entries], "auto")
    return entries


def _entry(item: Item) -> Entry:
    box, notes = read_box(None if item.box_open else item.box)
    found = classify(item.mask, item.mask_open, item.assets, _LIMITS)
    if any(note.code == "box_unit" for note in notes):
        found = in_unit_frame(found)
    run = next(iter(runs_in(item.mask)), ()) if found.form == "tokens" and isinstance(item.mask, str) else None
    return Entry(item.label, box, found, run)
