"""The items of a reply, as far as pairs need them: label, box and mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maskmill import Limits
from maskmill._boxes import Box
from maskmill._forms import MaskValue, Polygons, ProbabilityMap
from maskmill._frames import Convention
from maskmill._pipeline.placement import place_rows
from maskmill._pipeline.row import Row, read_row
from maskmill._reply import read

from .token_runs import TokenRun, find_token_runs

SIDE: Final = 256
"""Width and height of a probability map in pixels."""

_LIMITS: Final = Limits(max_map_pixels=SIDE * SIDE)
_THOUSANDTHS: Final = (1000, 1000)
_NO_CONVENTION: Final = Convention()


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
    rows = [read_row(item, _THOUSANDTHS, _LIMITS) for item in read(text, _LIMITS).items]
    place_rows(rows, _THOUSANDTHS, _NO_CONVENTION)
    return [_pair_item(row) for row in rows]


def _pair_item(row: Row) -> PairItem:
    mask = row.mask_value
    is_token_text = mask.form == "tokens" and isinstance(row.item.mask, str)
    tokens = next(iter(find_token_runs(row.item.mask)), ()) if is_token_text else None
    return PairItem(row.item.label, row.box, mask, tokens)
