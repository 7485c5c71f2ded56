"""One shard made by itself, in any process on any machine, for engines that have several.

They share a disk: the shards are on it, and the inputs where they can be read from a position on; what cannot comes
with the order. Nothing here knows of a cluster.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import uuid4

from maskmill import __version__
from maskmill.errors import told

from ._chunking import BEGINNING, Cut, in_shards, pieces_from
from ._decode_rows import Maker
from ._inputs import Input, open_inputs
from ._shards.manifest import Manifest
from ._shards.shards import Shards, make_shards

if TYPE_CHECKING:
    from ._executor import Order
    from ._options import Options


@dataclass(frozen=True, slots=True)
class Job:
    """What every shard of a conversion has in common; another process takes it as a pickle.

    Attributes
    ----------
    name
        Which run of which conversion: jobs of one name are one.
    version
        Of maskmill, where it was made.
    folder
        In which names of files that are not absolute stand.
    paths, options, shards
        As in an `Order`.
    """

    name: str
    version: str = field(compare=False)
    folder: str = field(compare=False)
    paths: Sequence[str] = field(compare=False)
    options: Options = field(compare=False)
    shards: Shards = field(compare=False)

    @classmethod
    def of(cls, order: Order) -> Job:
        """The job that an order is."""
        return cls(uuid4().hex, __version__, os.getcwd(), order.paths, order.options, order.shards)


def make_shard(job: Job, number: int, cut: Cut) -> Manifest:
    """Make one shard, out of the pieces in `cut`, or, if there are none, out of the inputs from its start on.

    Raises
    ------
    maskmill.errors.ArgumentError
        This machine has not the files or the version of the one that ordered the shard, or an input has changed.
    OSError
        Something cannot be read or written.
    """
    _enter(job)
    inputs, maker = _opened(job)
    pieces = cut.pieces or _read(inputs, cut, job.options, number)
    results = ((piece, inputs[piece[0]].made(piece[1], maker)) for piece in pieces)
    shards = copy(job.shards)
    shards.writer = f".{uuid4().hex}"
    return next(make_shards(results, shards, number, job.options.bounds, lambda _tally, _nbytes: None))


def _enter(job: Job) -> None:
    """Go to the job's folder, and see that this machine is fit for it."""
    here = platform.node()
    if job.version != __version__:
        raise told(f"maskmill {job.version} on every machine", f"{__version__} on {here}", "engine")
    try:
        os.chdir(job.folder)
    except OSError:
        raise told("a working folder that every machine sees", f"none on {here}", job.folder) from None
    if not (job.shards.folder / "run.json").exists():
        raise told("an output on a disk that all machines share", f"none on {here}", str(job.shards.folder))


@lru_cache(1)
def _opened(job: Job) -> tuple[list[Input], Maker]:
    return open_inputs(list(job.paths), job.options), Maker.of(job.options)


def _read(inputs: list[Input], cut: Cut, options: Options, number: int) -> list[tuple[int, object]]:
    """The pieces of a shard, which have to be those that were counted."""
    found = next(in_shards(pieces_from(inputs, cut.start), options.bounds, keep=True), Cut(BEGINNING, BEGINNING))
    if found.digest != cut.digest:
        raise told("the input that this output was begun with", f"another in shard {number}", "inputs")
    return found.pieces
