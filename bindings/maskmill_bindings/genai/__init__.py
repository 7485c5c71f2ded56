"""Ask a Gemini model for masks: limits, retries, a ledger of every answer, batches.

>>> from maskmill_bindings.genai import Client
>>> from maskmill_bindings.emulator import Emulator, draw
>>> with Emulator() as emulator, Client(model="gemini-2.5-flash", api_key="any", base_url=emulator.url) as client:
...     reply = client.segment(draw(4, (640, 480)), labels=["napkin", "banana"])
>>> reply.masks.labels.tolist()
['napkin', 'banana']

Data flows one way::

    _catalogue ─▶ _tasks ─▶ _requests (one by one) │ _batches ─▶ _ledger ─▶ _plan ─▶ _segment (replies, masks)
        ▲           ▲                                              │          │ └──▶ _pairs (tokens and maps)
     _photos        └────────────── next round ────────────────────┴──────────┘

`_plan` says what to ask about an image, and what is still open, given the answers in the `_ledger`. Nothing else holds
state. `_runner` sends the requests of one run, `_run_driver` is the frame that `_segment` and `_pairs` share, and
`_client` is the same for single images without a run.
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
    from ._run_limits import RunLimits
    from ._run_limits import RunLimits as Limits
    from ._runner import RequestConfig
    from ._runner import RequestConfig as Way
    from ._segment.segment_images import SegmentConfig, segment
    from ._segment.segment_images import SegmentConfig as Job
    from ._tasks import Budget

_PLACES = {
    "AsyncClient": "_client",
    "Budget": "_tasks",
    "Client": "_client",
    "Ledger": "_ledger.ledger",
    "LedgerError": "_ledger.ledger",
    "PairPlan": "_pairs",
    "PhotoError": "_photos.photo",
    "Plan": "_plan",
    "Reply": "_client",
    "RequestConfig": "_runner",
    "RunLimits": "_run_limits",
    "SegmentConfig": "_segment.segment_images",
    "StoppedError": "_requests.requester",
    "collect": "_pairs",
    "load_models": "_models",
    "segment": "_segment.segment_images",
}
_ALIASES = {"Job": "SegmentConfig", "Limits": "RunLimits", "Way": "RequestConfig"}
"""Names of earlier versions."""

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
    "RequestConfig",
    "RunLimits",
    "SegmentConfig",
    "StoppedError",
    "Way",
    "collect",
    "load_models",
    "segment",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    current = _ALIASES.get(name, name)
    if current not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[current]}", __name__), current)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
