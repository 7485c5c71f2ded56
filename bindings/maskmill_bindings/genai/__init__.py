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

from typing import TYPE_CHECKING

from maskmill._names.lazy import lazy_names as _lazy

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
    "Job": "_segment.segment_images:SegmentConfig",
    "Limits": "_run_limits:RunLimits",
    "Way": "_runner:RequestConfig",
    "collect": "_pairs",
    "load_models": "_models",
    "segment": "_segment.segment_images",
}
"""`Job`, `Limits` and `Way` are names of earlier versions."""

if not TYPE_CHECKING:
    __getattr__, __dir__ = _lazy(__name__, _PLACES)
