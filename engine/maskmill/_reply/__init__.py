"""From a reply to its items: plain Python, no arrays, nothing raised for what a model wrote."""

from __future__ import annotations

from .containers import Asset, name_of
from .items import Item
from .read import Reading, read, read_source
from .recovery.cursor import TooDeep
from .recovery.strings import unescape
from .response import Source
from .source import unwrap

__all__ = ["Asset", "Item", "Reading", "Source", "TooDeep", "name_of", "read", "read_source", "unescape", "unwrap"]
