"""The model client: from images to replies and masks, through everything the service does.

>>> from maskmill_bindings.genai import Client
>>> from maskmill_bindings.emulator import Emulator, draw
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
    from ._client import AsyncClient, Client, Reply
    from ._ledger.ledger import Ledger, LedgerError
    from ._models import load_models
    from ._pairs import PairPlan, collect
    from ._photos.photo import PhotoError
    from ._plan import Plan
    from ._requests.requester import StoppedError
    from ._run import Job, segment
    from ._run_limits import Limits
    from ._runner import Way
    from ._tasks import Budget

_MODULES = {
    "AsyncClient": "_client",
    "Budget": "_tasks",
    "Client": "_client",
    "Job": "_run",
    "Ledger": "_ledger.ledger",
    "LedgerError": "_ledger.ledger",
    "Limits": "_run_limits",
    "PairPlan": "_pairs",
    "PhotoError": "_photos.photo",
    "Plan": "_plan",
    "Reply": "_client",
    "StoppedError": "_requests.requester",
    "Way": "_runner",
    "collect": "_pairs",
    "load_models": "_models",
    "segment": "_run",
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
