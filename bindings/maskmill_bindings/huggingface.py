"""Masks as a `datasets.Dataset` of Hugging Face: the table of `maskmill_bindings._table`, one row a mask.

The data set lies on the Arrow buffers as they are: those of an Arrow file are mapped, those of a Parquet file read
into memory once, without a second copy in the cache folder of `datasets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import expected, told

from ._optional import needed
from .exports._shared.shard_paths import files_of
from .record import Record, as_records

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

    from maskmill import Masks


def to_dataset(
    given: Masks | Record | Iterable[Record] | str | Path, classes: Sequence[str] | None = None
) -> datasets.Dataset:
    """A data set with the columns of the Parquet, one row a mask.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> dataset = to_dataset(masks, classes=["dog", "cat"])
    >>> dataset[0]["label"], dataset.features["label"].names, dataset[0]["counts"]
    (1, ['dog', 'cat'], b'8171O1o0')

    Parameters
    ----------
    given
        Records, one of them, the masks of one image, or the path of a Parquet file, a folder of its shards,
        or an Arrow file, as maskmill writes them.
    classes
        Names of the classes in the order of their numbers: `label` becomes a `ClassLabel`, and an item without a label
        has None there. None: `label` stays text.

    Returns
    -------
    datasets.Dataset
        `counts` are binary, `problems` a list of strings, box and score None where there is none. Rows without a pixel
        are among them: ``dataset.filter(lambda area: area > 0, input_columns="area")`` leaves them out.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is no table of masks, or a label is none of the classes.
    maskmill.errors.MissingPackageError
        datasets is not installed.
    """
    package = needed("datasets", "huggingface")
    table = _read(Path(given)) if isinstance(given, (str, Path)) else _gathered(as_records(given))
    features = package.Features.from_arrow_schema(table.schema)
    if classes is not None:
        table = _numbered(table, tuple(classes))
        features["label"] = package.ClassLabel(names=list(classes))
    table = table.cast(features.arrow_schema)  # what is never null may be null there; datasets would copy to say so
    dataset: datasets.Dataset = package.Dataset(table, info=package.DatasetInfo(features=features))
    return dataset


def with_masks(dataset: datasets.Dataset) -> datasets.Dataset:
    """The data set with a column ``mask``, (H, W) bool, that is drawn when a row is read.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> with_masks(to_dataset(masks))[0]["mask"].shape
    (8, 8)
    """
    return dataset.with_transform(_with_masks)


def decode_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its ``mask``, (H, W) bool: for `Dataset.map`, or for rows of another reader of the Parquet.

    >>> decode_row({"height": 2, "width": 3, "counts": b"123"})["mask"].astype(int).tolist()
    [[0, 1, 0], [1, 0, 0]]

    Raises
    ------
    maskmill.errors.ArgumentError
        The row holds no sound run lengths.
    """
    from maskmill import Masks

    missing = {"height", "width", "counts"} - set(row)
    if missing:
        raise told("a row of a table of masks", f"one without {', '.join(sorted(missing))}", "row")
    masks = Masks.from_coco([{"counts": row["counts"]}], (row["width"], row["height"]))
    return {**row, "mask": masks.dense()[0]}


def _with_masks(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return {**columns, "mask": [decode_row(row)["mask"] for row in rows]}


def _gathered(records: Iterable[Record]) -> pa.Table:
    import pyarrow as pa

    from ._table import SCHEMA, to_batches

    return pa.Table.from_batches(to_batches(records), SCHEMA)


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if path.suffix.lower() in (".arrow", ".feather"):
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        else:
            table = pa.concat_tables(parquet.read_table(file, memory_map=True) for file in files_of(path, ".parquet"))
    except (OSError, pa.ArrowInvalid) as error:
        raise told("a Parquet or Arrow file of masks", f"{path}: {error}", "given") from None
    if "counts" not in table.schema.names:
        raise told("a table of masks", f"{path}, which has no counts", "given")
    return table


def _numbered(table: pa.Table, classes: tuple[str, ...]) -> pa.Table:
    """The table with numbers for labels, and null for the empty one; the other columns are the same buffers."""
    import pyarrow as pa
    from pyarrow import compute

    labels = table["label"]
    numbers = compute.index_in(labels, pa.array(classes, pa.string())).cast(pa.int64())
    strange = compute.unique(labels.filter(compute.is_null(numbers))).to_pylist()
    for label in strange:
        if label:
            raise expected("a label among the classes", label, "classes")
    place = table.schema.get_field_index("label")
    return table.set_column(place, pa.field("label", pa.int64()), numbers)
