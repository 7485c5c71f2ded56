"""Name what only a network can read: ``[SEG]`` of LISA and its kin, and the mask tokens of SAMTok."""

from __future__ import annotations

import re
from typing import Final

from ....errors import excerpt
from ....status import Note, ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts

MARK: Final = re.compile(r"\[SEG(?:[_ ]?\d{1,4})?\]|\[seg\]|<\|?SEG(?:_?\d{1,4})?\|?>|<\|mt_(?:start|\d{1,9})\|>")

_SAMTOK: Final = re.compile(
    r"<\|mt_start\|>(?:<\|mt_-?\d{1,9}\|>)*(<\|mt_end\|>)?|(?:<\|mt_\d{1,9}\|>)+(<\|mt_end\|>)?"
)
_NAMED: Final = re.compile(r"<(p|ref|phrase)>([^<>]{0,400})</\1>[\s(:]*\Z")
_MASK_TOKENS: Final = "mask tokens of another model: only its network can read them, and maskmill holds no weights"
_HIDDEN: Final = "{mark} stands for hidden states of the model, which its text does not hold"


def absent_mask(text: str) -> AbsentMask | None:
    """Return why the text of a mask can only be read by a network; None for any other text.

    >>> absent_mask("[SEG]").status, absent_mask("<start_of_mask><seg_4>")
    ('nothing', None)
    """
    if text[:1] not in ("[", "<") or MARK.match(text) is None:
        return None
    if _SAMTOK.match(text):
        return AbsentMask("tokens", _MASK_TOKENS, "tokens")
    return AbsentMask("nothing", _HIDDEN.format(mark=text[:40]))


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return a row for each run of mask tokens; for ``[SEG]``, none, and a note that says what it is.

    >>> collected, status = read("Sure, [SEG].")
    >>> len(collected.items), str(status), collected.notes[0].code
    (0, 'no_json', 'needs_weights')
    """
    items = [_tokens(text[max(run.start() - 500, 0) : run.start()], run[0]) for run in _SAMTOK.finditer(text)]
    if items:
        return CollectedItems(items), ReplyStatus.OK
    marks = MARK.findall(text)
    message = _HIDDEN.format(mark=marks[0])
    if len(marks) > 1:
        message += f"; the text has {len(marks)} of them"
    return CollectedItems(notes=[Note("needs_weights", message, excerpt(text.strip(), 200))]), ReplyStatus.NO_JSON


def _tokens(before: str, run: str) -> Item:
    named = _NAMED.search(before)
    label = _parts.clean_label(named[2]) if named else ""
    return Item(raw={"mask": run, "label": label}, mask=AbsentMask("tokens", _MASK_TOKENS, "tokens"), label=label)
