"""HTTP service that decodes replies to masks, with bounds on the time and memory of every request.

::

    python -m maskmill_bindings.service --port 8080
    curl --data-binary @reply.txt 'http://127.0.0.1:8080/decode?size=1920x1080'

``POST /decode`` takes a reply as its body, and in the query `size` and optionally `threshold`, `axis`, `boxes`,
`frame` (a name, or WIDTHxHEIGHT), `dialect` and `fallback`, as `maskmill.decode` does. It answers with
`Masks.to_dict` as JSON, so that ``Masks.from_dict(response.json())`` has everything: COCO's run lengths, status and
problems of each row. Model output is never an error: the answer is 200, and the rows have a status. ``GET /health``
answers how many workers are idle.

======  ====================================================================================================
status  ``{"error": "…"}``
======  ====================================================================================================
400     the query cannot be used
408     the request did not arrive in time
411     the request has no Content-Length
413     the body, the memory that it needs or the answer exceeds its bound
500     the worker died while it decoded the request
503     no worker became idle in time (with ``Retry-After``), or decoding took too long and was stopped
======  ====================================================================================================

`RequestBounds.body` is checked before any byte of a body is read. Connections are counted, so at most `connections`
bodies are in memory. Decoding runs in worker processes, which are killed after `seconds` and cannot use more than
`memory`. The service speaks plain HTTP: put a proxy in front of it for authentication and TLS.
"""

from __future__ import annotations

from ._decoding import RequestBounds
from ._http_service import Service

Bounds = RequestBounds
"""The name of `RequestBounds` in earlier versions."""

__all__ = ["Bounds", "RequestBounds", "Service"]
