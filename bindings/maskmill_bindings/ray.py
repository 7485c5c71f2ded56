"""Conversions on a Ray cluster: https://docs.ray.io.

Files on a disk that all machines share, as on one machine, and with the same bytes::

    ray start --head                        # on the first machine, which tells its address
    ray start --address=HOST:6379           # on each of the others
    maskmill convert /shared/replies.jsonl --size 1920x1080 -o /shared/masks.parquet --engine ray --address HOST:6379

This process reads and counts the input and cuts it into shards; tasks, one a shard and one a CPU, make them; at the end
this process joins them. A shard that is made stays made, whoever dies: the same command goes on. Every machine needs
the same version of maskmill, and compiles its kernels once, which ``maskmill warmup`` does beforehand. What is
compressed, comes through a pipe or holds masks already cannot be read from its middle on: this process reads it once
and hands it over, a shard at a time, two for each CPU.

Object stores, and anything else that Ray Data reads and writes, with the rows of `convert_table`::

    import ray
    from ray.data.checkpoint import CheckpointConfig
    from maskmill_bindings.convert import Options
    from maskmill_bindings.ray import convert_dataset

    ray.init("auto")
    ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig("key", "s3://bucket/checkpoint")
    replies = ray.data.read_parquet("s3://bucket/replies/", columns=["key", "reply", "width", "height"])
    masks = convert_dataset(replies.repartition(target_num_rows_per_block=1000), Options())
    masks.write_parquet("s3://bucket/masks/")

Run again after it was cut off, it leaves out the keys that the checkpoint knows as written: they have to be texts, and
unique. A row that cannot be decoded never fails its block: it is a row with a `failure`.

Tasks rather than actors: a pool of actors as large as the cluster leaves no CPU to read with, and a process keeps by
itself what the next batch needs. The kernels are serial, so that a task is one CPU and no thread needs a bound; there
is nothing for a GPU to do yet. Measured on two cores, 100,500 ring masks: 6 s without Ray, 14 s with a cluster that
starts and ends with the command, and no more than without on one that runs.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maskmill.errors import told

from ._optional import needed
from .convert._chunking import Cut, in_shards
from .convert._executor import Engine, Order
from .convert._remote import Job, make_shard
from .convert._shards.manifest import Manifest
from .convert._tabular import convert_table
from .convert._tally import Tally

if TYPE_CHECKING:
    import ray.data

    from .convert import Options

_RETRIES: Final = 2
"""How often a task is tried again whose process died; without a bound one that crashes would be tried for ever."""

_AHEAD: Final = 2
"""Shards in flight for each CPU of the cluster."""

_BATCH: Final = 256
"""Rows that are converted at a time."""

_HOST_AND_PORT: Final = re.compile(r"\[?([\w.:-]+?)\]?:(\d{1,5})")
_PATIENCE: Final = 10
"""Seconds in which a cluster has to answer."""


def convert_dataset(dataset: ray.data.Dataset, options: Options, batch_size: int = _BATCH) -> ray.data.Dataset:
    """Replies as a data set of Ray to masks, lazily: `convert_table` over its batches.

    >>> import ray
    >>> from maskmill_bindings.convert import Options
    >>> row = {"key": "a", "reply": '[{"mask": [[0, 0], [500, 0], [500, 500]]}]'}
    >>> replies = ray.data.from_items([row])  # doctest: +SKIP
    >>> convert_dataset(replies, Options(size=(8, 8))).take_all()[0]["area"]  # doctest: +SKIP
    6

    Parameters
    ----------
    dataset
        A row a reply, with the columns that a Parquet of replies may have.
    options
        How replies are decoded and selected; a folder of images and a file of requests have to be there on every
        machine.
    batch_size
        Rows that are converted at a time.

    Returns
    -------
    ray.data.Dataset
        With the columns `maskmill_bindings.convert._tabular.TABULAR`.
    """
    return dataset.map_batches(
        convert_table,
        fn_kwargs={"options": options},
        batch_format="pyarrow",
        batch_size=batch_size,
        max_retries=_RETRIES,
    )


def engine(address: str | None = None) -> Engine:
    """What makes the shards of `maskmill_bindings.convert.convert` on a Ray cluster.

    >>> from maskmill_bindings.convert import Options, convert
    >>> convert(["replies.jsonl"], "masks.parquet", Options(size=(640, 480)), engine=engine())  # doctest: +SKIP

    Parameters
    ----------
    address
        Of the cluster, ``auto`` for that of this machine; None: the one that this process is connected to, or that
        ``RAY_ADDRESS`` names or this machine runs, or else one of this machine's own that ends with the conversion.

    Raises
    ------
    maskmill.errors.MissingPackageError
        ray is not installed.
    """
    ray = needed("ray", "ray")

    def make(order: Order) -> Generator[Manifest, None, None]:
        with _connected(ray, address):
            is_handed_over = not all(input.can_seek for input in order.inputs)
            cuts = in_shards(order.pieces, order.options.bounds, order.start, keep=is_handed_over)
            yield from _made(ray, order, cuts)

    return make


@contextmanager
def _connected(ray: Any, address: str | None) -> Iterator[None]:
    """In touch with a cluster; left again, unless this process was in touch before."""
    if ray.is_initialized():
        yield
        return
    try:
        _check(address)
        ray.init(address, logging_level="ERROR", log_to_driver=False, include_dashboard=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise told("the address of a Ray cluster", f"{address}: {error}", "address") from None
    try:
        yield
    finally:
        ray.shutdown()


def _check(address: str | None) -> None:
    """Raise where nobody listens, which Ray tries for minutes."""
    if address is not None and (found := _HOST_AND_PORT.fullmatch(address)):
        socket.create_connection((found[1], int(found[2])), _PATIENCE).close()


class _Shard(NamedTuple):
    """A shard in flight.

    Attributes
    ----------
    number, nbytes
        Its number, and the size of its input.
    manifest
        Its manifest, if an earlier run has made it, or else the task's promise of it.
    """

    number: int
    nbytes: int
    manifest: Any


def _made(ray: Any, order: Order, cuts: Iterator[Cut]) -> Generator[Manifest, None, None]:
    """The manifests of all shards in order, with as many in flight as keep the cluster busy, also while it grows."""
    job, task = ray.put(Job.of(order)), ray.remote(max_retries=_RETRIES)(make_shard)
    waiting: deque[_Shard] = deque()
    try:
        for number, cut in enumerate(cuts, order.first):
            while len(waiting) >= _AHEAD * ray.cluster_resources().get("CPU", 1):
                yield _taken(ray, waiting.popleft(), order)
            manifest = _found(order, number, cut) or task.remote(job, number, cut)
            waiting.append(_Shard(number, cut.nbytes, manifest))
        while waiting:
            yield _taken(ray, waiting.popleft(), order)
    finally:
        for shard in waiting:
            if not isinstance(shard.manifest, Manifest):
                ray.cancel(shard.manifest)


def _found(order: Order, number: int, cut: Cut) -> Manifest | None:
    """The manifest of a shard that an earlier run made out of the same input, after one that it did not come to."""
    manifest = order.shards.sound(number)
    return manifest if manifest is not None and manifest.digest == cut.digest else None


def _taken(ray: Any, shard: _Shard, order: Order) -> Manifest:
    """The manifest of a shard as soon as it is there."""
    if isinstance(shard.manifest, Manifest):
        order.found(shard.manifest)
        return shard.manifest
    manifest = _result(ray, shard)
    order.made(Tally.from_dict(manifest.tally), shard.nbytes)
    return manifest


def _result(ray: Any, shard: _Shard) -> Manifest:
    try:
        manifest: Manifest = ray.get(shard.manifest)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        got = f"{type(error).__name__} {_RETRIES + 1} times"
        raise told("a worker that lives until its shard is made", got, f"shard {shard.number}") from error
    return manifest
