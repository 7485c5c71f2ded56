"""Read a reply's items: text to parsed values to items, in Python without arrays; model output never raises."""

from __future__ import annotations

from .containers import Asset, reference_name
from .items import Item
from .known_items import AbsentMask
from .other_models import absent_mask
from .read import ParsedReply, read, read_source
from .recovery.cursor import TooDeep
from .recovery.python_literals import read_literal
from .recovery.strings import unescape
from .reply_source import ReplySource
from .source import unwrap_reply

__all__ = [
    "AbsentMask",
    "Asset",
    "Item",
    "ParsedReply",
    "ReplySource",
    "TooDeep",
    "absent_mask",
    "read",
    "read_literal",
    "read_source",
    "reference_name",
    "unescape",
    "unwrap_reply",
]
