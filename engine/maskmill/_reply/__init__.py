"""Read a reply's items: text to parsed values to items, in Python without arrays; model output never raises."""

from __future__ import annotations

from .containers import Asset, reference_name
from .items import Item
from .read import ParsedReply, read, read_source
from .recovery.cursor import TooDeep
from .recovery.strings import unescape
from .response import ReplySource
from .source import unwrap_reply

__all__ = [
    "Asset",
    "Item",
    "ParsedReply",
    "ReplySource",
    "TooDeep",
    "read",
    "read_source",
    "reference_name",
    "unescape",
    "unwrap_reply",
]
