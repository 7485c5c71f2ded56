"""Questions asked in batches: half the price, within a day, found again after any end."""

from __future__ import annotations

from .run_batches import BatchOptions, ask_in_batches

__all__ = ["BatchOptions", "ask_in_batches"]
