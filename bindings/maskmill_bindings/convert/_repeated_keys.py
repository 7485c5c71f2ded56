"""Find keys that several replies of a conversion have, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import excerpt

if TYPE_CHECKING:
    import pyarrow as pa

    from ._manifest import Manifest
    from ._shards.shards import Shards

_KEYS_AT_ONCE: Final = 2**23
"""Keys that are compared in one pass, of 8 bytes each."""

_EXAMPLES: Final = 3
_PLACES: Final = 2
"""Keys that a warning names, and places of each."""


class RepeatedKeyWarning(UserWarning):
    """Several replies have the same key, or an empty one; each is kept, with its source and line."""


RepeatedKeyWarning.__module__ = "maskmill_bindings.convert"  # its public place, which warning filters name


class RepeatedKeys(NamedTuple):
    """The keys that several replies have.

    Attributes
    ----------
    total : int
        Number of such keys.
    examples : dict of str to list of str
        Some of them, with places of their replies.
    """

    total: int
    examples: dict[str, list[str]]

    def __str__(self) -> str:
        """Return a sentence for a warning.

        >>> print(RepeatedKeys(1, {"a": ["x.jsonl:1", "x.jsonl:3"]}))
        1 key comes more than once: 'a' (x.jsonl:1 and x.jsonl:3); each answer is kept, with its source and line
        """
        named = ", ".join(f"{excerpt(key)} ({' and '.join(places)})" for key, places in self.examples.items())
        count = "1 key comes" if self.total == 1 else f"{self.total} keys come"
        shown = named if self.total == len(self.examples) else f"such as {named}"
        return f"{count} more than once: {shown}; each answer is kept, with its source and line"


def find_repeated_keys(shards: Shards, manifests: Sequence[Manifest]) -> RepeatedKeys:
    """Return the keys that several decoded replies have.

    Parameters
    ----------
    shards : Shards
        Holds the replies.
    manifests : sequence of Manifest
        Manifest of each shard.
    """
    numbers = [manifest.number for manifest in manifests]
    parts = 1 + sum(manifest.images for manifest in manifests) // _KEYS_AT_ONCE
    repeated: NDArray[np.uint64] = np.concatenate(
        [_repeated_hashes(shards, numbers, part, parts) for part in range(parts)]
    )
    return RepeatedKeys(len(repeated), _find_examples(shards, numbers, np.sort(repeated)) if len(repeated) else {})


def _repeated_hashes(shards: Shards, numbers: list[int], part: int, parts: int) -> NDArray[np.uint64]:
    """Return the hashes of repeated keys, of those hashes that belong to a part of all."""
    found = [hashes[hashes % parts == part] for hashes in map(_hashes, _batches(shards, numbers))]
    hashes, counts = np.unique(np.concatenate([*found, np.empty(0, np.uint64)]), return_counts=True)
    repeated: NDArray[np.uint64] = hashes[counts > 1]
    return repeated


def _find_examples(shards: Shards, numbers: list[int], repeated: NDArray[np.uint64]) -> dict[str, list[str]]:
    """Return the first keys with these hashes, and where their first replies are."""
    places: dict[str, list[str]] = {}
    for batch in _batches(shards, numbers):
        for i in np.flatnonzero(np.isin(_hashes(batch), repeated)).tolist():
            key, source, line = (batch.column(name)[i].as_py() for name in ("key", "source", "line"))
            if key in places or len(places) < _EXAMPLES:
                places.setdefault(key, []).append(f"{source}:{line}")
        if len(places) == min(_EXAMPLES, len(repeated)) and all(len(of) >= _PLACES for of in places.values()):
            break
    return {key: of[:_PLACES] for key, of in places.items()}


def _hashes(batch: pa.RecordBatch) -> NDArray[np.uint64]:
    keys: list[Any] = batch.column("key").to_pylist()
    return np.fromiter(map(hash, keys), np.int64, len(keys)).view(np.uint64)


def _batches(shards: Shards, numbers: list[int]) -> Iterator[pa.RecordBatch]:
    """Yield the lists of replies of all shards."""
    import pyarrow as pa

    for number in numbers:
        with pa.OSFile(str(shards.path("images", number))) as stream, pa.ipc.open_file(stream) as file:
            yield from map(file.get_batch, range(file.num_record_batches))
