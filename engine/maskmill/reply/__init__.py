"""From a reply to its items: plain Python, no arrays, nothing raised for what a model wrote."""

from __future__ import annotations

from .items import Asset, Item
from .read import Reading, read

__all__ = ["Asset", "Item", "Reading", "read"]
