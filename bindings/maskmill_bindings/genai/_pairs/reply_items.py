"""The items of a reply, as far as pairs need them: label, box and mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maskmill import Limits
from maskmill._boxes import Box, read_box
from maskmill._forms import MaskValue, Polygons, ProbabilityMap, classify, decide_axes, scale_unit_frame
from maskmill._reply import Item, read

from .token_runs import TokenRun, find_token_runs

SIDE: Final = 256
"""Width and height of a probability map in pixels."""

_LIMITS: Final = Limits(max_map_pixels=SIDE * SIDE)


@dataclass(frozen=True, slots=True)
class PairItem:
    """One item of a reply.

    Attributes
    ----------
    label : str
        As the model wrote it; `name` is compared.
    box : Box or None
        In thousandths of the image; None where there is none.
    mask : MaskValue
        Its classified mask.
    tokens : tuple of int or None
        The first run of mask tokens in its mask, empty where it has none; None where the mask is not tokens.
    """

    label: str
    box: Box | None
    mask: MaskValue
    tokens: TokenRun | None

    @property
    def name(self) -> str:
        """The label without blanks around it, case-folded."""
        return self.label.strip().casefold()

    @property
    def is_png(self) -> bool:
        """Whether its mask is a PNG, valid or broken."""
        return self.mask.form == "png"

    @property
    def map(self) -> ProbabilityMap | None:
        """Its probability map, where the PNG is valid and has at most 256×256 pixels."""
        payload = self.mask.payload
        return payload if isinstance(payload, ProbabilityMap) else None

    @property
    def polygon(self) -> Polygons | None:
        """Its polygon, x before y."""
        payload = self.mask.payload
        return payload if isinstance(payload, Polygons) else None


def read_pair_items(text: str) -> list[PairItem]:
    """Return the items of a reply, in its order.

    >>> [item] = read_pair_items('[{"box_2d": [1, 2, 3, 4], "label": "A cup ", "mask": "<start_of_mask><seg_4>"}]')
    >>> item.name, item.tokens
    ('a cup', (4,))
    """
    items = [_read_item(item) for item in read(text, _LIMITS).items]
    decide_axes([item.mask for item in items], [item.box for item in items], "auto")
    return items


def _read_item(item: Item) -> PairItem:
    box, notes = read_box(None if item.is_box_open else item.box)
    mask = classify(item.mask, item.is_mask_open, item.assets, _LIMITS)
    if any(note.code == "box_unit" for note in notes):
        mask = scale_unit_frame(mask)
    is_token_text = mask.form == "tokens" and isinstance(item.mask, str)
    tokens = next(iter(find_token_runs(item.mask)), ()) if is_token_text else None
    return PairItem(item.label, box, mask, tokens)
