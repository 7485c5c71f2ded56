"""The batch of masks that decoding returns: columns, constructors, selection of rows, JSON and pickles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._kernels.cpu import rle_string, run_lengths
from ..status import Problem, ReplyStatus
from . import _constructors, _serialization
from ._patches import Patch
from ._problem_facts import advice_lines, inform_problems
from ._row import Mask
from ._selection import row_number, select_problems, selected_rows, sort_problems
from ._storage import Columns, join_run_lengths
from ._views import Views, readonly_copy

_MAX_ADVICE: Final = 3
"""Lines of advice that the text of a batch holds."""


class Masks(Views):
    """The masks of one reply, one row per item, including items without a mask.

    >>> import maskmill
    >>> reply = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}, {"label": "b"}]'
    >>> masks = maskmill.decode(reply, size=(8, 8))
    >>> masks  # doctest: +ELLIPSIS
    <Masks: 2 rows of 8x8, 1 ok, 1 nothing
    nothing (row 1): Ask a Gemini 3 Flash model, ...>
    >>> masks[masks.status == "ok"].areas.tolist()
    [6]

    Immutable. Indexing with a number gives a `Mask`; with a slice, a boolean array or numbers, a `Masks`; iterating
    gives rows. Pickles hold COCO strings.
    """

    __slots__ = ("_informed", "_model", "_problems", "_reply_status")
    _informed: tuple[Problem, ...]

    def __init__(
        self,
        size: tuple[int, int],
        columns: Columns,
        problems: tuple[Problem, ...],
        reply_status: ReplyStatus,
        model: str = "",
    ) -> None:
        super().__init__(size, columns)
        self._problems = sort_problems(problems)
        self._reply_status = reply_status
        self._model = model

    @property
    def labels(self) -> NDArray[np.object_]:
        """(N,) str; empty if the item has none."""
        labels = np.empty(len(self), dtype=object)
        labels[:] = self._columns.labels
        return labels

    @property
    def status(self) -> NDArray[np.str_]:
        """(N,) str: one `Status` per row."""
        return np.array([str(s) for s in self._columns.status], dtype="<U17")

    @property
    def forms(self) -> NDArray[np.str_]:
        """(N,) str: png, ring, rle, tokens, placeholder, reference, unknown or none."""
        return np.array(self._columns.forms, dtype="<U11")

    @property
    def scores(self) -> NDArray[np.float32]:
        """(N,) float32; NaN if the item has none."""
        return readonly_copy(self._columns.scores)

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 4) float64: x0, y0, x1, y1 in pixels, corners sorted, not clipped; NaN if there is none."""
        return readonly_copy(self._columns.boxes)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """(N,) bool: whether the row has no mask and its box was filled instead."""
        return readonly_copy(self._columns.filled)

    @property
    def items(self) -> tuple[dict[str, Any], ...]:
        """The item of each row as the model wrote it, with unknown keys."""
        return tuple(self._columns.items)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors and repairs, sorted by row; every row without a mask has at least one. Each has its `advice`."""
        if not hasattr(self, "_informed"):
            self._informed = inform_problems(self._problems, self._columns, self._size, self._model)
        return self._informed

    @property
    def reply_status(self) -> ReplyStatus:
        """Status of the whole reply: ok, salvaged, truncated, no_json, empty or blocked."""
        return self._reply_status

    def overlay(self, image: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Draw each mask over the image: filled, outlined and labelled.

        Parameters
        ----------
        image : NDArray[np.uint8], optional
            (H, W, 3) RGB or (H, W) grey; or a Pillow image; None for a grey background.

        Returns
        -------
        NDArray[np.uint8]
            (H, W, 3) RGB.

        Raises
        ------
        maskmill.errors.ArgumentError
            The image has another size or type.
        """
        from .._drawing.overlay import draw_overlay

        return draw_overlay(self, image)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that any JSON writer accepts; `from_dict` reads them."""
        return _serialization.to_dict(self._size, self._columns, self._problems, self._reply_status)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the batch that `to_dict` wrote, also after a round trip through JSON.

        Raises
        ------
        maskmill.errors.ArgumentError
            `data` is something else, or damaged.
        """
        return cls(*_serialization.from_dict(data))

    @classmethod
    def from_coco(
        cls, rles: Iterable[Mapping[str, Any]], size: Any = None, **columns: Unpack[_constructors.RowColumns]
    ) -> Self:
        """Return a batch of COCO's run-length masks, compressed or as lists.

        >>> Masks.from_coco([{"size": [3, 2], "counts": b"123"}], labels=["cat"])
        <Masks: 1 rows of 2x3, 1 ok>

        Parameters
        ----------
        rles : iterable of mapping
            Each with ``counts``, a COCO string (bytes or str) or run lengths, and ``size`` [height, width], which may
            be left out if `size` is passed.
        size : tuple of int or image, optional
            (width, height); None takes the size of the first mask.
        **columns : RowColumns
            Values of the rows, N each: `labels`, `scores` (NaN for none), `boxes` (N, 4) x0, y0, x1, y1 in pixels,
            `status`, `forms`, `filled`; and for the whole batch `problems` and `reply_status`. Columns that are left
            out are empty; the status of a mask is then ``ok`` or ``empty``.

        Raises
        ------
        maskmill.errors.ArgumentError
            A mask has another size, runs do not add up to it, or a column has another length.
        """
        return cls(*_constructors.from_coco(rles, size, columns))

    @classmethod
    def from_polygons(cls, polygons: Iterable[Any], size: Any, **columns: Unpack[_constructors.RowColumns]) -> Self:
        """Return a batch of polygons in pixels: a mask holds the pixels whose centre is inside.

        >>> Masks.from_polygons([[[[0, 0], [2, 0], [2, 2], [0, 2]]]], size=(4, 4)).areas.tolist()
        [4]

        Parameters
        ----------
        polygons : iterable of sequence
            The parts of each mask. A part is a ring (V, 2) of x, y, or a pair (outer ring, rings of holes), as
            `polygons` returns them. A mask is the union of its parts; rings fill by the non-zero winding rule.
        size : tuple of int or image
            (width, height) of the image, or an image of that size.
        **columns : RowColumns
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            A ring has fewer than 3 vertices, or a coordinate is not finite or far outside the image.
        """
        return cls(*_constructors.from_polygons(polygons, size, columns))

    @classmethod
    def from_dense(cls, pixels: ArrayLike, **columns: Unpack[_constructors.RowColumns]) -> Self:
        """Return a batch of masks given as pixels.

        >>> Masks.from_dense(np.ones((1, 2, 3), bool)).areas.tolist()
        [6]

        Parameters
        ----------
        pixels : array_like
            (N, H, W) bool or uint8; every non-zero value is foreground.
        **columns : RowColumns
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            The pixels have another shape or type, or a column has another length.
        """
        return cls(*_constructors.from_dense(pixels, columns))

    @classmethod
    def from_map(cls, numbers: ArrayLike, names: Mapping[int, str] | None = None) -> Self:
        """Return a batch with one mask per non-zero number of an instance or class map, in ascending order.

        >>> Masks.from_map(np.array([[1, 0], [1, 5]]), {1: "cat", 5: "dog"}).labels.tolist()
        ['cat', 'dog']

        Parameters
        ----------
        numbers : array_like
            (H, W) integers.
        names : mapping of int to str, optional
            Labels by number; a number without a name is its own label.

        Raises
        ------
        maskmill.errors.ArgumentError
            The map has another shape or type.
        """
        return cls(*_constructors.from_map(numbers, names or {}))

    @classmethod
    def from_patches(cls, patches: Iterable[Patch], size: Any, **columns: Unpack[_constructors.RowColumns]) -> Self:
        """Return a batch of patches: run lengths of rectangles with their place in the image.

        >>> from maskmill.masks import Patch
        >>> Masks.from_patches([Patch(1, 2, 2, 1, np.array([0, 2]))], size=(4, 4)).extents.tolist()
        [[2, 1, 3, 3]]

        Parameters
        ----------
        patches : iterable of maskmill.masks.Patch
            Parts outside the image are cut off.
        size : tuple of int or image
            (width, height) of the image, or an image of that size.
        **columns : RowColumns
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            Runs do not add up to their rectangle, or a column has another length.
        """
        return cls(*_constructors.from_patches(patches, size, columns))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._columns.labels)

    def __iter__(self) -> Iterator[Mask]:
        """Iterate over the rows."""
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, key: int) -> Mask: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int] | NDArray[Any]) -> Masks: ...

    def __getitem__(self, key: Any) -> Mask | Masks:
        """Return one row for a number, or the rows that a slice, numbers or a boolean array select."""
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            return Mask(self._select([row_number(int(key), len(self))]))
        return self._select(selected_rows(key, len(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle run lengths as COCO strings, which are a fraction of the size."""
        strings = rle_string.to_strings(self._columns.counts, self._columns.offsets)
        columns = {name: value for name, value in self._columns.as_dict().items() if name not in ("counts", "offsets")}
        columns["items"] = self.items
        return _unpickled, (self._size, columns, strings, self._problems, self._reply_status, self._model)

    def __repr__(self) -> str:
        """Return rows, size and statuses in angle brackets, and what to do about rows without a mask."""
        width, height = self._size
        statuses = dict.fromkeys(self._columns.status)
        counts = "".join(f", {self._columns.status.count(status)} {status}" for status in statuses)
        lines = advice_lines(self.problems)
        more = ["…"] if len(lines) > _MAX_ADVICE else []
        return "\n".join([f"<Masks: {len(self)} rows of {width}x{height}{counts}", *lines[:_MAX_ADVICE], *more]) + ">"

    def _select(self, rows: list[int]) -> Masks:
        problems = select_problems(self._problems, rows)
        return Masks(self._size, self._columns.select(rows), problems, self._reply_status, self._model)

    def _answered_by(self, model: str) -> Masks:
        """Return the same batch, whose advice knows the model that answered."""
        return Masks(self._size, self._columns, self._problems, self._reply_status, model)


def _unpickled(
    size: tuple[int, int],
    columns: dict[str, Any],
    strings: list[bytes],
    problems: tuple[Problem, ...],
    reply_status: ReplyStatus,
    model: str = "",
) -> Masks:
    """Rebuild a pickled batch; pickles name this function as ``maskmill.masks._unpickled``."""
    masks = []
    for string in strings:
        counts = rle_string.from_string(string, size[0] * size[1])
        assert isinstance(counts, np.ndarray)  # written by `Masks.__reduce__`
        masks.append(run_lengths.to_canonical(counts))
    return Masks(size, Columns(**columns, **join_run_lengths(masks)), problems, reply_status, model)
