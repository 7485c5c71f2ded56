"""Objects as programs print them to a log: `repr` and `str` of Python, `pprint`, Node, Rust, Protocol Buffers."""

from __future__ import annotations

from .find import Prints, read_prints
from .parser import SHORTENED, Gap, PrintedObject

__all__ = ["SHORTENED", "Gap", "PrintedObject", "Prints", "read_prints"]
