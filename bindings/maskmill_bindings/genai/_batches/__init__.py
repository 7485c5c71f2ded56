"""Ask questions in batches: half the price, within a day, resumed after any interruption."""

from __future__ import annotations

from .run_batches import BatchOptions, ask_in_batches

__all__ = ["BatchOptions", "ask_in_batches"]
