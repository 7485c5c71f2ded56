"""The batch of masks that decoding returns: columns, constructors, selection of rows, JSON and pickles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._images.size import ImageFile, ImageSize, PillowImage
from .._kernels.cpu import rle_string, run_lengths
from ..errors import expected
from ..status import FormName, Problem, ReplyStatus
from . import _constructors, _serialization
from ._patches import Patch
from ._problem_facts import advice_lines, inform_problems
from ._row import Mask
from ._selection import Conditions, row_number, rows_that_meet, select_problems, selected_rows, sort_problems
from ._storage import Columns, join_run_lengths
from ._types import FillRule, Forms, MasksDict, Numbers, ReplyStatusLike, Statuses, StatusLike, Texts
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
    gives rows; `select` selects them by status, label and other columns. Batches are equal where their size, reply
    status, problems and all columns are, items included. Pickles hold COCO strings.
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
        if not isinstance(columns, Columns):
            raise expected("masks from maskmill.decode or Masks.from_coco, from_polygons, …", columns, "columns")
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
        """Status of the whole reply, one of ok, salvaged, truncated, no_json, empty or blocked."""
        return self._reply_status

    def overlay(self, image: NDArray[np.uint8] | PillowImage | ImageFile | None = None) -> NDArray[np.uint8]:
        """Draw each mask over the image: filled, outlined and labelled.

        Parameters
        ----------
        image : NDArray[np.uint8], Pillow image or image file, optional
            (H, W, 3) RGB or (H, W) grey; a Pillow image; the path or the content of a file; None for a grey background.

        Returns
        -------
        NDArray[np.uint8]
            (H, W, 3) RGB.

        Raises
        ------
        maskmill.errors.ArgumentError
            The image has another size or type, or its file cannot be read.
        """
        from .._drawing.overlay import draw_overlay

        return draw_overlay(self, image)

    def to_dict(self) -> MasksDict:
        """Return everything as values that any JSON writer accepts; `from_dict` reads them."""
        return _serialization.to_dict(self._size, self._columns, self._problems, self._reply_status)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | MasksDict) -> Self:
        """Return the batch that `to_dict` wrote, also after a round trip through JSON.

        Raises
        ------
        maskmill.errors.ArgumentError
            `data` is something else, or damaged.
        """
        return cls(*_serialization.from_dict(data))

    @classmethod
    def from_coco(
        cls,
        rles: Iterable[Mapping[str, Any]],
        size: ImageSize | None = None,
        *,
        labels: Texts = None,
        scores: Numbers = None,
        boxes: Numbers = None,
        status: Statuses = None,
        forms: Forms = None,
        filled: Numbers = None,
        problems: Iterable[Problem] = (),
        reply_status: ReplyStatusLike = "ok",
    ) -> Self:
        """Return a batch of COCO's run-length masks, compressed or as lists.

        >>> Masks.from_coco([{"size": [3, 2], "counts": b"123"}], labels=["cat"])
        <Masks: 1 rows of 2x3, 1 ok>

        Parameters
        ----------
        rles : iterable of mapping
            Each with ``counts``, a COCO string (bytes or str) or run lengths, and ``size`` [height, width], which may
            be left out if `size` is passed.
        size : (width, height), image or image file, optional
            (width, height); None takes the size of the first mask.
        labels : sequence of str, or str, optional
            One label per mask, None for none; a text is the label of the only mask.
        scores : array_like, optional
            (N,) numbers, NaN for none.
        boxes : array_like, optional
            (N, 4) x0, y0, x1, y1 in pixels, NaN for none.
        status : sequence of str, or str, optional
            One `Status` per mask; None: ``ok``, or ``empty`` for a mask without a pixel.
        forms : sequence of str, or str, optional
            One form per mask; None: ``rle``.
        filled : array_like, optional
            (N,) bool: whether a box was filled instead of a mask.
        problems : iterable of Problem, optional
            Errors and repairs, of rows below N or of the whole reply.
        reply_status : str, optional
            A `ReplyStatus`.

        Raises
        ------
        maskmill.errors.ArgumentError
            A mask has another size, runs do not add up to it, or a column has another length.
        """
        columns = _constructors.RowColumns(
            labels=labels,
            scores=scores,
            boxes=boxes,
            status=status,
            forms=forms,
            filled=filled,
            problems=problems,
            reply_status=reply_status,
        )
        return cls(*_constructors.from_coco(rles, size, columns))

    @classmethod
    def from_polygons(
        cls,
        polygons: Iterable[Iterable[Any]],
        size: ImageSize,
        *,
        rule: FillRule = "exact",
        labels: Texts = None,
        scores: Numbers = None,
        boxes: Numbers = None,
        status: Statuses = None,
        forms: Forms = None,
        filled: Numbers = None,
        problems: Iterable[Problem] = (),
        reply_status: ReplyStatusLike = "ok",
    ) -> Self:
        """Return a batch of polygons in pixels: a mask holds the pixels whose centre is inside.

        >>> triangle = [[0.0, 0.0], [3.5, 0.0], [3.5, 3.0]]
        >>> Masks.from_polygons([[triangle]], size=(4, 4)).areas.tolist()
        [3]
        >>> Masks.from_polygons([[triangle]], size=(4, 4), rule="native").areas.tolist()
        [6]

        Parameters
        ----------
        polygons : iterable of sequence
            The parts of each mask. A part is a ring (V, 2) of x, y, or a pair (outer ring, rings of holes), as
            `polygons` returns them. A mask is the union of its parts; rings fill by the non-zero winding rule, unless
            `rule` says otherwise.
        size : (width, height), image or image file
            (width, height) of the image, the image, or its file.
        rule : {"exact", "native"}
            ``"native"`` fills each ring as pycocotools fills COCO's polygons, pixel for pixel: vertices are rounded to
            fifths of a pixel, and rings fill by the even-odd rule. Holes are cut out by the same rule.
        labels, scores, boxes, status, forms, filled, problems, reply_status : optional
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            The rule is neither of the two, a ring has fewer than 3 vertices, or a coordinate is not finite or far
            outside the image.
        """
        columns = _constructors.RowColumns(
            labels=labels,
            scores=scores,
            boxes=boxes,
            status=status,
            forms=forms,
            filled=filled,
            problems=problems,
            reply_status=reply_status,
        )
        return cls(*_constructors.from_polygons(polygons, size, rule, columns))

    @classmethod
    def from_dense(
        cls,
        pixels: ArrayLike,
        *,
        labels: Texts = None,
        scores: Numbers = None,
        boxes: Numbers = None,
        status: Statuses = None,
        forms: Forms = None,
        filled: Numbers = None,
        problems: Iterable[Problem] = (),
        reply_status: ReplyStatusLike = "ok",
    ) -> Self:
        """Return a batch of masks given as pixels.

        >>> Masks.from_dense(np.ones((1, 2, 3), bool)).areas.tolist()
        [6]

        Parameters
        ----------
        pixels : array_like
            (N, H, W) bool or uint8; every non-zero value is foreground.
        labels, scores, boxes, status, forms, filled, problems, reply_status : optional
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            The pixels have another shape or type, or a column has another length.
        """
        columns = _constructors.RowColumns(
            labels=labels,
            scores=scores,
            boxes=boxes,
            status=status,
            forms=forms,
            filled=filled,
            problems=problems,
            reply_status=reply_status,
        )
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
        return cls(*_constructors.from_map(numbers, {} if names is None else names))

    @classmethod
    def from_patches(
        cls,
        patches: Iterable[Patch],
        size: ImageSize,
        *,
        labels: Texts = None,
        scores: Numbers = None,
        boxes: Numbers = None,
        status: Statuses = None,
        forms: Forms = None,
        filled: Numbers = None,
        problems: Iterable[Problem] = (),
        reply_status: ReplyStatusLike = "ok",
    ) -> Self:
        """Return a batch of patches: run lengths of rectangles with their place in the image.

        >>> from maskmill.masks import Patch
        >>> Masks.from_patches([Patch(1, 2, 2, 1, np.array([0, 2]))], size=(4, 4)).extents.tolist()
        [[2, 1, 3, 3]]

        Parameters
        ----------
        patches : iterable of maskmill.masks.Patch
            Parts outside the image are cut off.
        size : (width, height), image or image file
            (width, height) of the image, the image, or its file.
        labels, scores, boxes, status, forms, filled, problems, reply_status : optional
            As for `from_coco`.

        Raises
        ------
        maskmill.errors.ArgumentError
            Runs do not add up to their rectangle, or a column has another length.
        """
        columns = _constructors.RowColumns(
            labels=labels,
            scores=scores,
            boxes=boxes,
            status=status,
            forms=forms,
            filled=filled,
            problems=problems,
            reply_status=reply_status,
        )
        return cls(*_constructors.from_patches(patches, size, columns))

    def select(
        self,
        *,
        status: StatusLike | Iterable[StatusLike] | None = None,
        labels: str | Iterable[str] | None = None,
        forms: FormName | Iterable[FormName] | None = None,
        min_score: float | None = None,
        min_area: int | None = None,
    ) -> Masks:
        """Return the rows that meet every condition, in their order.

        >>> import maskmill
        >>> masks = maskmill.decode('[{"box_2d": [0, 0, 500, 500], "label": "cat"}]', size=(8, 8), fallback="box")
        >>> masks.select(status="ok"), masks.select(labels=["cat", "dog"], min_area=4).areas.tolist()
        (<Masks: 0 rows of 8x8>, [16])

        Parameters
        ----------
        status : str, Status or iterable of them, optional
            The statuses of the rows.
        labels : str or iterable of str, optional
            Their labels; a label that no row has is no error.
        forms : str or iterable of str, optional
            Their forms.
        min_score : float, optional
            The least score; rows without a score are left out.
        min_area : int, optional
            The least number of pixels.

        Raises
        ------
        maskmill.errors.ArgumentError
            There is no such status or form, or a bound is no number.
        """
        return self[
            rows_that_meet(
                Conditions(status=status, labels=labels, forms=forms, min_score=min_score, min_area=min_area),
                self._columns,
                self.areas,
            )
        ]

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

    def __eq__(self, other: object) -> bool:
        """Tell whether size, rows, problems and reply status are equal."""
        if not isinstance(other, Masks):
            return NotImplemented
        return (self._size, self._reply_status, self._problems) == (
            other._size,
            other._reply_status,
            other._problems,
        ) and self._columns.equals(other._columns)

    def __hash__(self) -> int:
        """Return a hash of the size, the labels and the pixels."""
        return hash((self._size, self._columns.labels, self._columns.counts.tobytes()))

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
