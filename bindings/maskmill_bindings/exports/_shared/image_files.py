"""The image files beside the masks."""

from __future__ import annotations

from pathlib import Path

from ...record import Record


def image_file(record: Record, folder: Path | None) -> Path | None:
    """The file of a record's image in a folder; None where there is none, or the name leads out of the folder.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode("[]", size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "a.jpg").touch()
    ...     [image_file(Record(name, masks), Path(folder)) is None for name in ("a.jpg", "b.jpg", "../a.jpg", "/a")]
    [False, True, True, True]
    """
    name = Path(record.name)
    if folder is None or name.is_absolute() or ".." in name.parts or "\0" in record.name:
        return None
    file = folder / name
    return file if file.is_file() else None
