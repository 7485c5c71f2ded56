"""The model client: from images to replies and masks, through everything the service does.

>>> from maskmill_bindings.genai import Client
>>> from maskmill_bindings.genai.emulator import Emulator, draw
>>> with Emulator() as emulator, Client(model="gemini-2.5-flash", api_key="any", base_url=emulator.url) as client:
...     reply = client.segment(draw(4, (640, 480)), labels=["napkin", "banana"])
>>> reply.masks.labels.tolist()
['napkin', 'banana']

Data flows one way, and the modules stand in that order::

    catalogue ─ errands ─▶ asker (pace, wire) │ batches ─▶ ledger ─▶ plan (trail) ─▶ rows ─▶ outputs
                                                                                  └▶ pairs

`plan` says what is asked, and what of it is left, given the answers in the `ledger`; nothing else remembers anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asker import StoppedError
    from .client import AsyncClient, Client, Reply
    from .errands import Budget
    from .ledger import Ledger, LedgerError
    from .limits import Limits
    from .models import load_models
    from .pairs import PairPlan, collect
    from .photos.photo import PhotoError
    from .plan import Plan
    from .rounds import Way
    from .run import Job, segment

_MODULES = {
    "AsyncClient": "client",
    "Budget": "errands",
    "Client": "client",
    "Job": "run",
    "Ledger": "ledger",
    "LedgerError": "ledger",
    "Limits": "limits",
    "PairPlan": "pairs",
    "PhotoError": "photos.photo",
    "Plan": "plan",
    "Reply": "client",
    "StoppedError": "asker",
    "Way": "rounds",
    "collect": "pairs",
    "load_models": "models",
    "segment": "run",
}

__all__ = [
    "AsyncClient",
    "Budget",
    "Client",
    "Job",
    "Ledger",
    "LedgerError",
    "Limits",
    "PairPlan",
    "PhotoError",
    "Plan",
    "Reply",
    "StoppedError",
    "Way",
    "collect",
    "load_models",
    "segment",
]


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
