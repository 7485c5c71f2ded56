"""Replies or masks by the million to any format: streamed, in bounded memory, resumed where a run was cut off.

Data flows one way, and the modules stand in that order::

    sources ─ stream ─▶ work ─▶ shards ─▶ finish ─▶ the target

`work` turns a piece of the input into a table, and what has no mask into lines with reasons; `shards` keeps both on
disk, each shard committed at once; `finish` makes the target out of the shards when all of them are there, since only
then every label is known.
"""

from __future__ import annotations

from ._options import Options
from ._run import convert
from ._tally import Tally

__all__ = ["Options", "Tally", "convert"]
