"""Masks as a `datasets.Dataset` of Hugging Face, one row per mask.

The data set uses the Arrow buffers without a copy: those of an Arrow file are memory-mapped, those of a Parquet file
read into memory once, without a copy in the cache folder of `datasets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import ArgumentError, expected

from ._optional import import_optional
from .exports._shared.settings import class_names
from .exports._shared.shard_paths import list_files
from .record import Record, as_records

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

    from maskmill import Masks


def to_dataset(
    source: Masks | Record | Iterable[Record] | str | Path, classes: Sequence[str] | None = None
) -> datasets.Dataset:
    """Return a data set with one row per mask and the columns of `maskmill_bindings._table`.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> dataset = to_dataset(masks, classes=["dog", "cat"])
    >>> dataset[0]["label"], dataset.features["label"].names, dataset[0]["counts"]
    (1, ['dog', 'cat'], b'8171O1o0')

    Parameters
    ----------
    source : Masks, Record, iterable of Record, str or Path
        Records, one record, the masks of one image, or the path of a Parquet file, of a folder of its shards, or of an
        Arrow file that maskmill wrote.
    classes : sequence of str, optional
        Names of the classes in the order of their numbers: `label` becomes a `ClassLabel`, None for an empty label. By
        default `label` is text.

    Returns
    -------
    datasets.Dataset
        `counts` are binary, `problems` a list of strings, box and score None where there is none. It includes rows
        without a pixel: ``dataset.filter(lambda area: area > 0, input_columns="area")`` leaves them out.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is no table of masks, or a label is none of the classes.
    maskmill.errors.MissingPackageError
        datasets is not installed.
    """
    package = import_optional("datasets", "huggingface")
    table = _read_table(Path(source)) if isinstance(source, (str, Path)) else _to_table(as_records(source))
    features = package.Features.from_arrow_schema(table.schema)
    if classes is not None:
        names = class_names(classes)
        table = _number_labels(table, names)
        features["label"] = package.ClassLabel(names=list(names))
    table = table.cast(features.arrow_schema)  # datasets allows null everywhere, and would copy the table to say so
    dataset: datasets.Dataset = package.Dataset(table, info=package.DatasetInfo(features=features))
    return dataset


def with_masks(dataset: datasets.Dataset) -> datasets.Dataset:
    """Return the data set with a column ``mask``, (H, W) bool, drawn when a row is read.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> with_masks(to_dataset(masks))[0]["mask"].shape
    (8, 8)
    """
    return dataset.with_transform(_with_masks)


def decode_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its ``mask``, (H, W) bool: for `Dataset.map`, or for rows of another reader of the table.

    >>> decode_row({"height": 2, "width": 3, "counts": b"123"})["mask"].astype(int).tolist()
    [[0, 1, 0], [1, 0, 0]]

    Raises
    ------
    maskmill.errors.ArgumentError
        The row has no valid run lengths.
    """
    from maskmill import Masks

    missing = {"height", "width", "counts"} - set(row)
    if missing:
        raise ArgumentError("a row of a table of masks", f"one without {', '.join(sorted(missing))}", "row")
    masks = Masks.from_coco([{"counts": row["counts"]}], (row["width"], row["height"]))
    return {**row, "mask": masks.dense()[0]}


def _with_masks(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return a batch of columns with a column ``mask``."""
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return {**columns, "mask": [decode_row(row)["mask"] for row in rows]}


def _to_table(records: Iterable[Record]) -> pa.Table:
    """Return the records as one Arrow table."""
    import pyarrow as pa

    from ._table import SCHEMA, to_batches

    return pa.Table.from_batches(to_batches(records), SCHEMA)


def _read_table(path: Path) -> pa.Table:
    """Return the table in a file, or in the shards of a folder."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if path.suffix.lower() in (".arrow", ".feather"):
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        else:
            table = pa.concat_tables(parquet.read_table(file, memory_map=True) for file in list_files(path, ".parquet"))
    except (OSError, pa.ArrowInvalid) as error:
        raise ArgumentError("a Parquet or Arrow file of masks", f"{path}: {error}", "source") from None
    if "counts" not in table.schema.names:
        raise ArgumentError("a table of masks", f"{path}, which has no counts", "source")
    return table


def _number_labels(table: pa.Table, classes: tuple[str, ...]) -> pa.Table:
    """Return the table with class numbers as labels, null for an empty label; other columns keep their buffers."""
    import pyarrow as pa
    from pyarrow import compute

    labels = table["label"]
    numbers = compute.index_in(labels, pa.array(classes, pa.string())).cast(pa.int64())
    unknown = compute.unique(labels.filter(compute.is_null(numbers))).to_pylist()
    for label in unknown:
        if label:
            raise expected("a label among the classes", label, "classes")
    place = table.schema.get_field_index("label")
    return table.set_column(place, pa.field("label", pa.int64()), numbers)
