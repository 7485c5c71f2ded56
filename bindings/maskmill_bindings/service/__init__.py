"""A web service that bounds the time and the memory of every request: replies in, masks out.

::

    python -m maskmill_bindings.service --port 8080
    curl --data-binary @reply.txt 'http://127.0.0.1:8080/decode?size=1920x1080'

``POST /decode`` takes a reply as its body, and in the query `size`, and where wanted `threshold`, `axis` and
`fallback`, as `maskmill.decode`. It answers what `Masks.to_dict` gives, so that ``Masks.from_dict(response.json())``
has everything: COCO's run lengths, status and problems of each row. What a model wrote is never an error: the answer
is 200, and the rows say what became of them. ``GET /health`` tells how many workers are idle.

======  ====================================================================================================
status  ``{"error": "…"}``
======  ====================================================================================================
400     the query cannot be used
408     the request did not arrive in time
411     the body's length is not told
413     the body, the memory that it needs or the answer is past its bound
500     the worker died of the request
503     no worker became idle in time (with ``Retry-After``), or decoding took too long and was stopped
======  ====================================================================================================

What bounds what: `Bounds.body` is checked before a byte of a body is read; connections are counted, so no more than
`connections` bodies are held; decoding runs in `Workers`, which are killed at `seconds` and cannot take more than
`memory`. It speaks plain HTTP: authentication and TLS are for the proxy in front of it.
"""

from __future__ import annotations

from ._decoding import Bounds
from ._server import Service

__all__ = ["Bounds", "Service"]
