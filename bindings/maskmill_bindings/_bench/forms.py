"""The forms of masks that the bench times: one record for each, and their replies.

``data/replies.json`` holds eight replies of eight items for each form. They were written once, item by item what
``png_reply(seed, 8)`` and ``ring_reply(seed, 8)`` of ``tests/support/bench_replies.py`` return for the seeds 0..7.
Boxes take 6 to 50 % of the image in each direction. Maps are 256x256, three overlapping ellipses with wavy outlines;
polygons have 24 vertices. The PNGs were compressed by an encoder that wrote one block with its own Huffman codes, as
the models' libraries do, within 5 % of zlib's smallest size. They are data because builds of zlib write different
bytes, and a workload has to be the same everywhere.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from maskmill._drawing.label_font import Colour
from maskmill._drawing.overlay import COLOURS

_REPLIES: Final = Path(__file__).with_name("data") / "replies.json"


class BenchForm(NamedTuple):
    """Everything that the bench knows about a form.

    Attributes
    ----------
    name : str
        As in the report and in ``data/replies.json``.
    label : str
        For people.
    colour : tuple[int, int, int]
        RGB in charts.
    baseline : str or None
        The baseline that decoding depends on, beside memory and the loop.
    cost_kind : str
        The kind of kernel job in the GPU cost model.
    """

    name: str
    label: str
    colour: Colour
    baseline: str | None
    cost_kind: Literal["map", "ring"]


FORMS: Final = {
    form.name: form
    for form in (
        BenchForm("png", "PNG maps", COLOURS[3], "inflate", "map"),
        BenchForm("ring", "Rings", COLOURS[1], None, "ring"),
    )
}
"""Every form of the workload, by name."""


@cache
def load_replies() -> dict[str, list[str]]:
    """Return the replies of the workload by form; do not change them."""
    replies: dict[str, list[str]] = json.loads(_REPLIES.read_text(encoding="utf-8"))
    return replies


def zlib_streams(reply: str) -> list[bytes]:
    """Return the zlib streams of the PNGs in a fenced reply."""
    masks = [item["mask"] for item in json.loads(reply.strip("`json\n"))]
    return [base64.b64decode(mask.partition(",")[2])[41:-16] for mask in masks]
