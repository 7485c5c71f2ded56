"""Write one shard in any process on any machine, for executors that use several.

The machines share a disk with the shards, and with the inputs that can be read from a position on; chunks of other
inputs are sent with the task. Nothing here depends on a cluster.
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
from maskmill.errors import ArgumentError

from ._chunking import START, ShardInput, group_into_shards, read_chunks
from ._decode_rows import ChunkConverter
from ._inputs import Input, open_inputs
from ._manifest import Manifest
from ._shards.shards import Shards, write_shards

if TYPE_CHECKING:
    from ._executor import RemainingWork
    from ._options import ConvertOptions


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """What all shards of a conversion have in common; it is sent to other processes as a pickle.

    Attributes
    ----------
    name : str
        Identifies the run: jobs with the same name are equal.
    version : str
        Version of maskmill of the process that created the job.
    folder : str
        Folder that relative paths refer to.
    paths : list of str
        As in `RemainingWork`.
    options : ConvertOptions
        As in `RemainingWork`.
    shards : Shards
        As in `RemainingWork`.
    """

    name: str
    version: str = field(compare=False)
    folder: str = field(compare=False)
    paths: Sequence[str] = field(compare=False)
    options: ConvertOptions = field(compare=False)
    shards: Shards = field(compare=False)

    @classmethod
    def from_work(cls, work: RemainingWork) -> RemoteJob:
        """Return the job for the remaining work."""
        return cls(uuid4().hex, __version__, os.getcwd(), work.paths, work.options, work.shards)


def make_shard(job: RemoteJob, number: int, shard_input: ShardInput) -> Manifest:
    """Write one shard and return its manifest.

    Parameters
    ----------
    job : RemoteJob
        What all shards of the conversion have in common.
    number : int
        Number of the shard, from 0.
    shard_input : ShardInput
        Its input; where it holds no chunks, they are read from the inputs.

    Raises
    ------
    maskmill.errors.ArgumentError
        This machine lacks the files or the version of the job, or an input has changed.
    OSError
        A file cannot be read or written.
    """
    _enter_folder(job)
    inputs, converter = _open(job)
    chunks = shard_input.chunks or _read_checked(inputs, shard_input, job.options, number)
    results = ((chunk, inputs[chunk[0]].convert(chunk[1], converter)) for chunk in chunks)
    shards = copy(job.shards)
    shards.writer = f".{uuid4().hex}"
    return next(write_shards(results, shards, number, job.options.bounds, lambda _tally, _nbytes: None))


def _enter_folder(job: RemoteJob) -> None:
    """Change to the job's folder, and check that this machine has the version and the files."""
    here = platform.node()
    if job.version != __version__:
        raise ArgumentError(f"maskmill {job.version} on every machine", f"{__version__} on {here}", "engine")
    try:
        os.chdir(job.folder)
    except OSError:
        raise ArgumentError("a working folder that every machine sees", f"none on {here}", job.folder) from None
    if not (job.shards.folder / "run.json").exists():
        raise ArgumentError("an output on a disk that all machines share", f"none on {here}", str(job.shards.folder))


@lru_cache(1)
def _open(job: RemoteJob) -> tuple[list[Input], ChunkConverter]:
    return open_inputs(list(job.paths), job.options), ChunkConverter.from_options(job.options)


def _read_checked(
    inputs: list[Input], shard_input: ShardInput, options: ConvertOptions, number: int
) -> list[tuple[int, object]]:
    """Return the chunks of a shard; raise where an input has changed since they were counted."""
    shards = group_into_shards(read_chunks(inputs, shard_input.start), options.bounds, keep_chunks=True)
    read = next(shards, ShardInput(START, START))
    if read.digest != shard_input.digest:
        raise ArgumentError("the input that this output was begun with", f"another in shard {number}", "inputs")
    return read.chunks
