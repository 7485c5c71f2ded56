"""The rules that draw shapes, and what hears of what is not read; light, since the command line imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, get_args

from ...record import Unread

Rule = Literal["native", "exact"]
"""How shapes become pixels: as the tool of the format draws them, or by the pixels whose centre is inside."""

RULES: Final[tuple[Rule, ...]] = get_args(Rule)

OnUnread = Callable[[Unread], object] | None
"""What is called with each annotation or image that gives no record; None: a `LossWarning` each."""
