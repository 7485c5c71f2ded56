"""What the ledger holds: answers and batch jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._surrogate_json import load_json


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """The answer to a question, or why there is none.

    Attributes
    ----------
    body : bytes
        The response as received, JSON; empty where there is none.
    code, message : str
        Why there is no body; empty where there is.
    by : {"online", "batch"}
        How it was requested, which sets its price.
    is_new : bool
        Whether it was paid for just now; False for an answer from the ledger.
    """

    body: bytes
    code: str = ""
    message: str = ""
    by: str = "online"
    is_new: bool = field(default=True, compare=False)

    @property
    def value(self) -> dict[str, Any]:
        """The parsed body; empty where there is none."""
        return load_json(self.body) if self.body else {}


@dataclass(slots=True)
class SubmittedJob:
    """A batch job that was sent to the service.

    Attributes
    ----------
    name : str
        Its name at the service; empty where it is not known whether it arrived.
    title : str
        Its unique title, set by the submitting run.
    file : str
        Its input file at the service.
    model : str
        The requested model.
    submitted_at : float
        Seconds since 1970.
    ids : set of str
        Ids of its unanswered questions.
    """

    name: str
    title: str
    file: str
    model: str
    submitted_at: float
    ids: set[str]
