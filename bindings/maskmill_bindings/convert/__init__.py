"""Convert replies or masks by the million to any format: streamed, in bounded memory, resumable.

Data flows one way::

    _inputs ─ _chunking ─▶ _decode_rows ─▶ _shards ─▶ _finalize ─▶ the target
              (_executor: _ordered_pool, _remote)

`_decode_rows` turns a chunk of the input into rows of a table, and the rows without a mask into lines with reasons.
`_shards` keeps both on disk; each shard is committed atomically. `_finalize` writes the target when all shards are
there, since only then every label is known.
"""

from __future__ import annotations

from ._options import ConvertOptions
from ._repeated_keys import RepeatedKeyWarning
from ._run import convert
from ._tally import Tally

Options = ConvertOptions

__all__ = ["ConvertOptions", "Options", "RepeatedKeyWarning", "Tally", "convert"]
