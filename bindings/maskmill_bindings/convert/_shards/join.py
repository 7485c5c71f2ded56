"""Join shards to one Parquet file while later shards are still being written.

Joining takes a fifth of the time of a conversion, since Parquet has to be compressed again; it runs in another thread.
An interrupted run joins again from the first shard, without decoding it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from ..._atomic_files import atomic_write


@contextmanager
def join_shards(path: Path, folder: Path) -> Iterator[Callable[[Path], None]]:
    """Yield a function that takes the path of the next shard; `path` exists when the context ends without an error.

    Parameters
    ----------
    path : Path
        The file to write.
    folder : Path
        Folder of the file while it is incomplete.

    Raises
    ------
    OSError
        The file cannot be written; raised when the context ends.
    """
    from ...exports.parquet import concatenate_files

    shards: SimpleQueue[Path | None] = SimpleQueue()
    with (
        atomic_write(path, folder, ".joined") as file,
        ThreadPoolExecutor(1, thread_name_prefix="maskmill-join") as pool,
    ):
        joining = pool.submit(concatenate_files, iter(shards.get, None), file)

        def join(shard: Path) -> None:
            if joining.done():  # it has failed
                joining.result()
            shards.put(shard)

        try:
            yield join
        except BaseException:
            while not shards.empty():  # the file is discarded
                shards.get()
            raise
        finally:
            shards.put(None)
        joining.result()
