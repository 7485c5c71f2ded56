"""One batch of masks: its columns, where it comes from, and its rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._kernels.cpu import rle_string, run_lengths
from ..errors import excerpt, expected
from ..status import Problem, ReplyStatus
from . import _constructors, _serialization
from ._storage import Columns, joined
from ._views import Views, frozen

if TYPE_CHECKING:
    from ._patches import Patch
    from ._row import Mask

_WHOLE: Final = -1
"""Stands for the whole reply where problems are sorted by row."""


class Masks(Views):
    """The masks of one reply, one row an item, whatever became of it.

    >>> import maskmill
    >>> reply = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}, {"label": "b"}]'
    >>> masks = maskmill.decode(reply, size=(8, 8))
    >>> masks
    <Masks: 2 rows of 8x8, 1 ok, 1 nothing>
    >>> masks[masks.status == "ok"].areas.tolist()
    [6]

    Immutable; pickles as COCO strings beside the items. Made by `maskmill.decode` and `from_dict`. Indexing with a
    number gives a `Mask`, with a slice, a boolean array or numbers a `Masks`; iterating gives rows.
    """

    __slots__ = ("_problems", "_reply_status")

    def __init__(
        self, size: tuple[int, int], columns: Columns, problems: tuple[Problem, ...], reply_status: ReplyStatus
    ) -> None:
        super().__init__(size, columns)
        self._problems = tuple(sorted(problems, key=_row_of))
        self._reply_status = reply_status

    # Columns.

    @property
    def labels(self) -> NDArray[np.object_]:
        """(N,) str; empty where the item has none."""
        return _texts(self._columns.labels)

    @property
    def status(self) -> NDArray[np.str_]:
        """(N,) str: a `Status` each."""
        return np.array([str(s) for s in self._columns.status], dtype="<U17")

    @property
    def forms(self) -> NDArray[np.str_]:
        """(N,) str: png, ring, rle, tokens, placeholder, reference, unknown or none."""
        return np.array(self._columns.forms, dtype="<U11")

    @property
    def scores(self) -> NDArray[np.float32]:
        """(N,) float32; NaN where the item has none."""
        return frozen(self._columns.scores)

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 4) float64: x0, y0, x1, y1 in pixels, corners sorted, not clipped; NaN where there is none."""
        return frozen(self._columns.boxes)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """(N,) bool: the row has no mask, and its box was filled instead."""
        return frozen(self._columns.filled)

    @property
    def items(self) -> tuple[dict[str, Any], ...]:
        """Each row's item as the model wrote it, unknown keys kept."""
        return tuple(self._columns.items)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong or was mended; every row without a mask has at least one."""
        return self._problems

    @property
    def reply_status(self) -> ReplyStatus:
        """What became of the reply: ok, salvaged, truncated, no_json, empty or blocked."""
        return self._reply_status

    def overlay(self, image: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB: the image with each mask filled, outlined and labelled.

        Parameters
        ----------
        image
            (H, W, 3) or (H, W) uint8, RGB or grey; or a Pillow image; None for a plain grey ground.

        Raises
        ------
        maskmill.errors.ArgumentError
            The image is of another size or type.
        """
        from .._drawing.overlay import draw

        return draw(self, image)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; `from_dict` reads it back."""
        return _serialization.to_dict(self._size, self._columns, self._problems, self._reply_status)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also after a trip through JSON.

        Raises
        ------
        maskmill.errors.ArgumentError
            `data` is something else, or damaged.
        """
        return cls(*_serialization.from_dict(data))

    # Masks that others made.

    @classmethod
    def from_coco(
        cls, rles: Iterable[Mapping[str, Any]], size: Any = None, **given: Unpack[_constructors.Given]
    ) -> Self:
        """A batch of COCO's run-length masks, compressed or listed.

        >>> Masks.from_coco([{"size": [3, 2], "counts": b"123"}], labels=["cat"])
        <Masks: 1 rows of 2x3, 1 ok>

        Parameters
        ----------
        rles
            Mappings with ``counts``, a COCO string (bytes or str) or run lengths, and ``size`` [height, width], which
            may be left out where `size` is given.
        size
            (width, height), or the image; None: as the first mask says.
        **given
            Columns of the rows, each a sequence of N: `labels`, `scores` (NaN: none), `boxes` (N, 4) x0, y0, x1, y1 in
            pixels, `status`, `forms`, `filled`; and what concerns the whole: `problems`, `reply_status`. What is not
            given is empty, and the status of a mask is ``ok`` or ``empty``.

        Raises
        ------
        maskmill.errors.ArgumentError
            Something does not fit: a mask of another size, runs that do not sum up, a column of another length.
        """
        return cls(*_constructors.from_coco(rles, size, given))

    @classmethod
    def from_polygons(cls, polygons: Iterable[Any], size: Any, **given: Unpack[_constructors.Given]) -> Self:
        """A batch of polygons in pixels: the pixels whose centre is inside.

        >>> Masks.from_polygons([[[[0, 0], [2, 0], [2, 2], [0, 2]]]], size=(4, 4)).areas.tolist()
        [4]

        Parameters
        ----------
        polygons
            A list of parts for each mask. A part is a ring (V, 2) of x, y, or a pair (outer ring, rings of holes), as
            `polygons` gives them; parts unite. Each ring fills by its non-zero winding.
        size
            (width, height), or the image.
        **given
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            A ring has fewer than 3 vertices, a coordinate is not finite or far outside.
        """
        return cls(*_constructors.from_polygons(polygons, size, given))

    @classmethod
    def from_dense(cls, pixels: ArrayLike, **given: Unpack[_constructors.Given]) -> Self:
        """A batch of pixels, bool or uint8 (N, H, W); every value but 0 is foreground.

        >>> Masks.from_dense(np.ones((1, 2, 3), bool)).areas.tolist()
        [6]

        `given` is as for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            The pixels are of another shape or type, or a column of another length.
        """
        return cls(*_constructors.from_dense(pixels, given))

    @classmethod
    def from_map(cls, numbers: ArrayLike, names: Mapping[int, str] | None = None) -> Self:
        """A mask for each number but 0 of an instance or class map, integers (H, W), ascending.

        >>> Masks.from_map(np.array([[1, 0], [1, 5]]), {1: "cat", 5: "dog"}).labels.tolist()
        ['cat', 'dog']

        A number without a name is its own label.

        Raises
        ------
        maskmill.errors.ArgumentError
            The map is of another shape or type.
        """
        return cls(*_constructors.from_map(numbers, names or {}))

    @classmethod
    def from_patches(cls, patches: Iterable[Patch], size: Any, **given: Unpack[_constructors.Given]) -> Self:
        """A batch of `maskmill.masks._patches.Patch`, each the runs of a rectangle and where it lies in the image.

        >>> from maskmill.masks._patches import Patch
        >>> Masks.from_patches([Patch(1, 2, 2, 1, np.array([0, 2]))], size=(4, 4)).extents.tolist()
        [[2, 1, 3, 3]]

        What of a patch leaves the image is cut off. `given` is as for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            Something does not fit: runs that do not sum up, a column of another length.
        """
        return cls(*_constructors.from_patches(patches, size, given))

    # Rows.

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._columns.labels)

    def __iter__(self) -> Iterator[Mask]:
        """Iterate over the rows."""
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, key: int) -> Mask: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int] | NDArray[Any]) -> Masks: ...

    def __getitem__(self, key: Any) -> Mask | Masks:
        """One row by its number; a selection by a slice, numbers or a boolean array."""
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            from ._row import Mask

            return Mask(self._select([self._row(int(key))]))
        return self._select(self._rows(key))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the runs as COCO strings, a fraction of their arrays."""
        strings = rle_string.to_strings(self._columns.counts, self._columns.offsets)
        columns = {name: value for name, value in self._columns.as_dict().items() if name not in ("counts", "offsets")}
        columns["items"] = self.items
        return _unpickled, (self._size, columns, strings, self._problems, self._reply_status)

    def __repr__(self) -> str:
        """Rows, size and statuses."""
        width, height = self._size
        tally = {str(status): self._columns.status.count(status) for status in self._columns.status}
        counts = "".join(f", {count} {status}" for status, count in tally.items())
        return f"<Masks: {len(self)} rows of {width}x{height}{counts}>"

    def _rows(self, key: Any) -> list[int]:
        if isinstance(key, slice):
            return list(range(len(self))[key])
        try:
            wanted = np.asarray(key)
        except ValueError:  # rows of different lengths
            wanted = np.empty(0, object)
        if wanted.dtype == bool and wanted.shape == (len(self),):
            return [int(i) for i in np.flatnonzero(wanted)]
        is_empty = not wanted.size and wanted.dtype == float  # NumPy's type of []
        if wanted.ndim == 1 and (is_empty or np.issubdtype(wanted.dtype, np.integer)):
            return [self._row(int(i)) for i in wanted]
        raise expected(f"a number, a slice, numbers, or {len(self)} booleans", excerpt(key), "masks[…]")

    def _row(self, number: int) -> int:
        if not -len(self) <= number < len(self):
            raise IndexError(f"expected a row below {len(self)}, got {number} - at `masks[…]`")
        return number % len(self)

    def _select(self, rows: list[int]) -> Masks:
        whole = self._problems_of(_WHOLE)
        told = (p._replace(row=new) for new, old in enumerate(rows) for p in self._problems_of(old))
        return Masks(self._size, self._columns.select(rows), (*whole, *told), self._reply_status)

    def _problems_of(self, row: int) -> tuple[Problem, ...]:
        """The problems of a row: they are sorted, so that a walk over all rows costs no more than their number."""
        start = bisect_left(self._problems, row, key=_row_of)
        return self._problems[start : bisect_right(self._problems, row, lo=start, key=_row_of)]


def _row_of(problem: Problem) -> int:
    return _WHOLE if problem.row is None else problem.row


def _texts(texts: tuple[str, ...]) -> NDArray[np.object_]:
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column


def _unpickled(
    size: tuple[int, int],
    columns: dict[str, Any],
    strings: list[bytes],
    problems: tuple[Problem, ...],
    reply_status: ReplyStatus,
) -> Masks:
    pieces = []
    for string in strings:
        counts = rle_string.from_string(string, size[0] * size[1])
        assert isinstance(counts, np.ndarray)  # our own strings, in a pickle
        pieces.append(run_lengths.canonical(counts))
    return Masks(size, Columns(**columns, **joined(pieces)), problems, reply_status)
