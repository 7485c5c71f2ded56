"""Conversions on a Ray cluster: https://docs.ray.io.

Files on a disk that all machines share are converted to the same bytes as on one machine::

    ray start --head                        # on the first machine, which prints its address
    ray start --address=HOST:6379           # on each of the others
    maskmill convert /shared/replies.jsonl --size 1920x1080 -o /shared/masks.parquet --engine ray --address HOST:6379

This process reads the input and divides it into shards; tasks write them, one task per shard and one CPU per task; at
the end this process joins the shards. A finished shard survives any crash: the same command resumes. Every machine
needs the same version of maskmill and compiles its kernels once, which ``maskmill warmup`` does beforehand. Inputs that
are compressed, come through a pipe or hold masks already cannot be read from the middle: this process reads them once
and sends them to the tasks, one shard at a time, up to two shards per CPU.

Object stores, and everything else that Ray Data reads and writes, work with the rows of `convert_table`::

    import ray
    from ray.data.checkpoint import CheckpointConfig
    from maskmill_bindings.convert import Options
    from maskmill_bindings.ray import convert_dataset

    ray.init("auto")
    ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig("key", "s3://bucket/checkpoint")
    replies = ray.data.read_parquet("s3://bucket/replies/", columns=["key", "reply", "width", "height"])
    masks = convert_dataset(replies.repartition(target_num_rows_per_block=1000), Options())
    masks.write_parquet("s3://bucket/masks/")

Run again after an interruption, it skips the keys that the checkpoint lists as written; keys must be strings and
unique. A row that cannot be decoded never fails its block: it becomes a row with a `failure`.

Tasks rather than actors: a pool of actors as large as the cluster leaves no CPU for reading, and a worker process
caches by itself what the next batch needs. The kernels are serial, so a task takes one CPU and threads need no limit;
the GPU is not used yet. Measured on two cores with 100,500 polygon masks: 6 s without Ray, 14 s with a cluster that
starts and ends with the command, 6 s on a running cluster.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maskmill.errors import ArgumentError

from ._optional import import_optional
from .convert._chunking import ShardInput, group_into_shards
from .convert._executor import Executor, RemainingWork
from .convert._manifest import Manifest
from .convert._remote import RemoteJob, make_shard
from .convert._tabular import convert_table
from .convert._tally import Tally

if TYPE_CHECKING:
    import ray.data

    from .convert import ConvertOptions

_RETRIES: Final = 2
"""Retries of a task whose process died; without a limit, one that always crashes would be retried for ever."""

_AHEAD: Final = 2
"""Shards in flight per CPU of the cluster."""

_BATCH: Final = 256
"""Rows per batch."""

_HOST_AND_PORT: Final = re.compile(r"\[?([\w.:-]+?)\]?:(\d{1,5})")
_CONNECT_TIMEOUT: Final = 10
"""Seconds in which a cluster has to answer."""


def convert_dataset(dataset: ray.data.Dataset, options: ConvertOptions, batch_size: int = _BATCH) -> ray.data.Dataset:
    """Convert a Ray data set of replies to masks, lazily: apply `convert_table` to its batches.

    >>> import ray
    >>> from maskmill_bindings.convert import Options
    >>> row = {"key": "a", "reply": '[{"mask": [[0, 0], [500, 0], [500, 500]]}]'}
    >>> replies = ray.data.from_items([row])  # doctest: +SKIP
    >>> convert_dataset(replies, Options(size=(8, 8))).take_all()[0]["area"]  # doctest: +SKIP
    6

    Parameters
    ----------
    dataset : ray.data.Dataset
        One row per reply, with the columns that a Parquet file of replies may have.
    options : ConvertOptions
        How replies are decoded and filtered; every machine needs the folder of images and the file of requests.
    batch_size : int
        Rows per batch.

    Returns
    -------
    ray.data.Dataset
        With the columns `maskmill_bindings.convert._tabular.CONVERTED_SCHEMA`.
    """
    return dataset.map_batches(
        convert_table,
        fn_kwargs={"options": options},
        batch_format="pyarrow",
        batch_size=batch_size,
        max_retries=_RETRIES,
    )


def engine(address: str | None = None) -> Executor:
    """Return the executor that makes `maskmill_bindings.convert.convert` write its shards on a Ray cluster.

    >>> from maskmill_bindings.convert import Options, convert
    >>> convert(["replies.jsonl"], "masks.parquet", Options(size=(640, 480)), engine=engine())  # doctest: +SKIP

    Parameters
    ----------
    address : str, optional
        Address of the cluster, ``auto`` for this machine's. None: the cluster that this process is connected to, that
        ``RAY_ADDRESS`` names or that this machine runs, else a new one on this machine that ends with the conversion.

    Raises
    ------
    maskmill.errors.MissingPackageError
        ray is not installed.
    """
    ray = import_optional("ray", "ray")

    def make(work: RemainingWork) -> Generator[Manifest, None, None]:
        with _connect(ray, address):
            sends_chunks = not all(input.can_seek for input in work.inputs)
            shard_inputs = group_into_shards(work.chunks, work.options.bounds, work.start, keep_chunks=sends_chunks)
            yield from _run_shards(ray, work, shard_inputs)

    return make


@contextmanager
def _connect(ray: Any, address: str | None) -> Iterator[None]:
    """Connect to a cluster; disconnect when the context ends, unless this process was connected before."""
    if ray.is_initialized():
        yield
        return
    try:
        _check_reachable(address)
        ray.init(address, logging_level="ERROR", log_to_driver=False, include_dashboard=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise ArgumentError("the address of a Ray cluster", f"{address}: {error}", "address") from None
    try:
        yield
    finally:
        ray.shutdown()


def _check_reachable(address: str | None) -> None:
    """Raise where nothing listens at the address, which Ray would retry for minutes."""
    if address is not None and (found := _HOST_AND_PORT.fullmatch(address)):
        socket.create_connection((found[1], int(found[2])), _CONNECT_TIMEOUT).close()


class _Shard(NamedTuple):
    """A shard in flight.

    Attributes
    ----------
    number : int
        Number of the shard, from 0.
    nbytes : int
        Size of its input in bytes.
    manifest : Manifest or ray.ObjectRef
        Its manifest, where an earlier run wrote the shard, else the task's future of it.
    """

    number: int
    nbytes: int
    manifest: Any


def _run_shards(ray: Any, work: RemainingWork, shard_inputs: Iterator[ShardInput]) -> Generator[Manifest, None, None]:
    """Yield the manifests of all shards in order; keep the cluster busy, also while it grows."""
    job, task = ray.put(RemoteJob.from_work(work)), ray.remote(max_retries=_RETRIES)(make_shard)
    waiting: deque[_Shard] = deque()
    try:
        for number, shard_input in enumerate(shard_inputs, work.first_shard):
            while len(waiting) >= _AHEAD * ray.cluster_resources().get("CPU", 1):
                yield _await_shard(ray, waiting.popleft(), work)
            manifest = _find_intact_shard(work, number, shard_input) or task.remote(job, number, shard_input)
            waiting.append(_Shard(number, shard_input.nbytes, manifest))
        while waiting:
            yield _await_shard(ray, waiting.popleft(), work)
    finally:
        for shard in waiting:
            if not isinstance(shard.manifest, Manifest):
                ray.cancel(shard.manifest)


def _find_intact_shard(work: RemainingWork, number: int, shard_input: ShardInput) -> Manifest | None:
    """Return the manifest of a shard that an earlier run wrote from the same input, after one that it missed."""
    manifest = work.shards.intact_manifest(number)
    return manifest if manifest is not None and manifest.digest == shard_input.digest else None


def _await_shard(ray: Any, shard: _Shard, work: RemainingWork) -> Manifest:
    """Wait for a shard and return its manifest."""
    if isinstance(shard.manifest, Manifest):
        work.on_found_shard(shard.manifest)
        return shard.manifest
    manifest = _get_manifest(ray, shard)
    work.on_progress(Tally.from_dict(manifest.tally), shard.nbytes)
    return manifest


def _get_manifest(ray: Any, shard: _Shard) -> Manifest:
    """Return the result of a task; raise its error."""
    try:
        manifest: Manifest = ray.get(shard.manifest)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        got = f"{type(error).__name__} {_RETRIES + 1} times"
        raise ArgumentError("a worker that lives until its shard is made", got, f"shard {shard.number}") from error
    return manifest
