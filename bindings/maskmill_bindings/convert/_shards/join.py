"""Shards to one Parquet file, while later shards are still being made.

Joining takes a fifth of the time of a conversion, since Parquet has to be packed anew; in a thread of its own it takes
what the others leave. A run that is cut off joins from the first shard on, which decodes nothing anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from ..._atomic_files import whole


@contextmanager
def joined(path: Path, folder: Path) -> Iterator[Callable[[Path], None]]:
    """Take the paths of shards, in order, and join them to `path`, which is there when the context ends well.

    Parameters
    ----------
    path
        The file.
    folder
        Where it is written before it gets its name.

    Raises
    ------
    OSError
        The file cannot be written; raised when the context ends.
    """
    from ...exports.parquet import concatenate

    parts: SimpleQueue[Path | None] = SimpleQueue()
    with whole(path, folder, ".joined") as file, ThreadPoolExecutor(1, thread_name_prefix="maskmill-join") as pool:
        joining = pool.submit(concatenate, iter(parts.get, None), file)

        def join(part: Path) -> None:
            if joining.done():  # it has failed
                joining.result()
            parts.put(part)

        try:
            yield join
        except BaseException:
            while not parts.empty():  # nobody wants what is left
                parts.get()
            raise
        finally:
            parts.put(None)
        joining.result()
