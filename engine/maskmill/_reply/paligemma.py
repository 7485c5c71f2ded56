"""Read PaliGemma's replies, which are not JSON: ``<loc0415><loc0520><loc0890><loc1023><seg122>… cat ; …``.

Four location tokens are y0, x0, y1, x1 in 1024ths of the image. 16 segmentation tokens may follow, the mask in that
box; then the label, and a semicolon before the next item. Label and semicolon may be missing: location tokens after
anything else, or after four of them, begin an item. Where a label stands before the first tokens and none after the
last, labels stand before their tokens.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .._layout import Layout
from ..errors import excerpt
from ..status import Note, ReplyStatus
from .items import CollectedItems, Item
from .strict_json import without_fence

_BEGINS_JSON: Final = re.compile(r"\s*(?:```\w*\s*)?[\[{]")
_OBJECT: Final = re.compile(r"""[{]\s{0,99}["']?\w{1,40}["']?\s{0,99}:""")
_BOX: Final = re.compile(r"(?:<loc\d{4}>\s*){4}")
_LOC: Final = re.compile(r"<loc(\d{4})>")
_SEG: Final = re.compile(r"(?:<seg\d{3}>\s*)+")
_RUN: Final = re.compile(r"<(?:loc|seg)\d+>(?:\s*<(?:loc|seg)\d+>)*")
_FRAME: Final = re.compile(r"<(?:bos|eos|pad|image|start_of_turn|end_of_turn|unk)>")
_BOX_BEFORE_BOX: Final = re.compile(_BOX.pattern + r"(?=<loc\d)")
_BETWEEN: Final = re.compile(r";|(?<![\s;])(?<!<loc\d{4}>)\s*(?=<loc\d)")
_BROKEN: Final = re.compile(r"<(?:l|lo|loc|s|se|seg|(?:loc|seg)\d+)?$")
_ASKED: Final = re.compile(r"\A(?:segment|detect)\s+")
_SEPARATORS: Final = " \t\r\n,|;()[]*_`\"'"
_BOUNDARY: Final = re.compile(r";|(?<=\S)[ \t]{0,9}\|[ \t]{0,9}(?=\S)")
_BESIDE_TOKENS: Final = re.compile(r"\A[ \t]*\|+|\|+[ \t]*\Z")
_BEGINS: Final = re.compile(r"\A(?:\s|[-*+•:=|,)\]>]+(?=\s)|[|,:)\]]|\d{1,3}[.)](?=\s))+")
_ENDS: Final = re.compile(r"(?:\s|[:,=|(\[]|(?<=\s)[-–—]+>?|(?<=\s)(?:and|&)(?=\s*\Z)|[-=]+>)+\Z")
_NUMBERED: Final = re.compile(r"\d{1,3}[.)]")
_LEAD: Final = re.compile(
    r"\b(?:here|is|are|this|these|following|answer|output|result|segmentation|below|go)\b", re.IGNORECASE
)
_MAX_WORDS: Final = 6
_MAX_LABEL: Final = 200
_UNITS: Final = 1024
_LAYOUT: Final = Layout(box_order="yx", box_frame="thousandths")


def is_paligemma_reply(text: str) -> bool:
    """Tell whether a text holds a PaliGemma box, perhaps after an echo of the prompt, and no JSON.

    >>> is_paligemma_reply("<loc0000><loc0000><loc1023><loc1023> cat"), is_paligemma_reply("<seg_4>")
    (True, False)
    """
    start = text.find("<loc")
    return start >= 0 and _BOX.search(text, start) is not None and not _is_json(text)


def read_paligemma(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return the items of a reply and its status: truncated if the text breaks off inside a token.

    >>> text = "<loc0000><loc0256><loc0512><loc1023> cat ; <loc0000><loc0000><loc0064><loc0064> dog"
    >>> collected, status = read_paligemma(text)
    >>> [(item.label, item.box) for item in collected.items]
    [('cat', [0.0, 250.0, 500.0, 999.0234375]), ('dog', [0.0, 0.0, 62.5, 62.5])]
    """
    text = _FRAME.sub("", without_fence(text.strip())).rstrip()
    collected = CollectedItems()
    is_broken = _BROKEN.search(text) is not None
    runs = [list(map(_item, _pieces(run))) for run in _RUN.findall(text)]
    _set_labels(collected, runs, _RUN.split(_BROKEN.sub("", text)))
    collected.items = [item for run in runs for item in run]
    if not is_broken:
        return collected, ReplyStatus.OK
    if collected.items:
        collected.items[-1].is_mask_open = True
    return collected, ReplyStatus.TRUNCATED


def _is_json(text: str) -> bool:
    """Tell whether a text begins as JSON, or holds an object with a key."""
    return _BEGINS_JSON.match(text) is not None or _OBJECT.search(text) is not None


# Labels.


def _set_labels(collected: CollectedItems, runs: list[list[Item]], texts: list[str]) -> None:
    """Give each run the label that stands after its tokens, or before them; note the texts that are no label.

    Parameters
    ----------
    collected : CollectedItems
        Takes the notes.
    runs : list of list of Item
        The items of each unbroken run of tokens.
    texts : list of str
        What stands before, between and after the runs.
    """
    texts = [_BESIDE_TOKENS.sub(" ", text) for text in texts]
    first = texts[0].strip()
    stand_before = bool(first) and not _ASKED.match(first) and not texts[-1].strip(_SEPARATORS)
    for i, text in enumerate(texts):
        after, *middle, before = _split(text, i, len(runs), stand_before)
        others = list(middle)
        if i and _plain(after):
            _name(runs[i - 1][-1], _plain(after))
        elif after:
            others.append(after)
        label = _plain(_ASKED.sub("", before))
        if before and (
            i == len(runs) or not label or not _may_name(before) or _has_label_after(texts, i, stand_before)
        ):
            others.append(before)
        elif before:
            _name(runs[i][0], label)
        for other in filter(_has_words, others):
            collected.others += 1
            collected.notes.append(Note("not_an_item", "expected location tokens", excerpt(other)))


def _split(text: str, i: int, count: int, stand_before: bool) -> list[str]:
    """Return the label after the run before a text, texts that are none, and the label before the run after it."""
    after, *pieces = (piece.strip() for piece in _BOUNDARY.split(text))
    if not pieces:
        is_before = i == 0 or (stand_before and i < count)
        after, pieces = ("", [after]) if is_before else (after, [""])
    after, _, below = after.partition("\n")
    above, _, before = pieces[-1].rpartition("\n")
    return [after.strip(), below.strip(), *pieces[:-1], above.strip(), before.strip()]


def _has_label_after(texts: list[str], i: int, stand_before: bool) -> bool:
    """Tell whether the run after a text has a label behind it."""
    behind, *others = _BOUNDARY.split(texts[i + 1])
    if others:
        return bool(behind.strip(_SEPARATORS))
    return bool(behind.strip(_SEPARATORS)) and (i + 2 == len(texts) or not stand_before)


def _may_name(text: str) -> bool:
    """Tell whether a text before tokens is a label, and no sentence that leads to them."""
    is_lead = text.endswith(":") and (len(text.split()) > _MAX_WORDS or _LEAD.search(text) is not None)
    return len(text) <= _MAX_LABEL and not is_lead and not text.endswith(".")


def _plain(text: str) -> str:
    """Return a label without a list's mark before it, and without the signs that part it from its tokens.

    >>> _plain("- cat:"), _plain("1. **cat** ("), _plain("cat,"), _plain("T.V. (old)")
    ('cat', 'cat', 'cat', 'T.V. (old)')
    """
    text = _ENDS.sub("", _BEGINS.sub("", text)).strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return text.strip(" *`\"'" if text[:1] in ("*", "`", '"', "'") else " ")


def _has_words(text: str) -> bool:
    return any(sign.isalnum() for sign in text) and _NUMBERED.fullmatch(text) is None


def _name(item: Item, label: str) -> None:
    item.label = item.raw["label"] = label


# Items.


def _pieces(run: str) -> list[str]:
    """Return the tokens of each item in an unbroken run."""
    return [piece for piece in _BETWEEN.split(_BOX_BEFORE_BOX.sub(r"\g<0>;", run)) if piece.strip()]


def _item(piece: str) -> Item:
    box, mask = _box(piece), _SEG.search(piece)
    raw: dict[str, Any] = {} if box is None else {"box_2d": box}
    if mask:
        raw["mask"] = mask[0].strip()
    raw["label"] = ""
    return Item(raw=raw, box=box, mask=raw.get("mask"), box_key="box_2d", mask_key="mask", layout=_LAYOUT)


def _box(piece: str) -> list[float] | None:
    """Return the corners in thousandths; exact, so that their pixels are those of v * size / 1024."""
    match = _BOX.search(piece)
    return [int(v) * 1000 / _UNITS for v in _LOC.findall(match[0])] if match else None
