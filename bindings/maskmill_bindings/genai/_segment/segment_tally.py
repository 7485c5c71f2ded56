"""Counts of a segmentation run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from .._history import Attempt
from .._run_tally import RunTally


@dataclass(slots=True)
class SegmentTally(RunTally):
    """Counts over the images of a segmentation run.

    Attributes
    ----------
    masks : int
        Items with a mask.
    replies : Counter
        Replies by status.
    forms, statuses : Counter
        Items by form and by status.
    """

    masks: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    REPORTED: ClassVar[tuple[str, ...]] = (
        "images",
        "answered",
        "items",
        "masks",
        "errors",
        "replies",
        "forms",
        "statuses",
        "rerouted",
    )

    def add_reply(self, attempt: Attempt) -> None:
        """Count the reply of an image."""
        assert attempt.masks is not None
        self.answered += 1
        self.items += len(attempt.masks)
        self.masks += attempt.mask_count
        self.replies[str(attempt.masks.reply_status)] += 1
        self.forms.update(attempt.masks.forms.tolist())
        self.statuses.update(attempt.masks.status.tolist())
