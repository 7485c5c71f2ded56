"""Find the image file of a record."""

from __future__ import annotations

from pathlib import Path

from ...record import Record


def find_image(record: Record, folder: Path | None) -> Path | None:
    """Return the file of a record's image in a folder; None if it does not exist or its name leads out of the folder.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode("[]", size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "a.jpg").touch()
    ...     [find_image(Record(name, masks), Path(folder)) is None for name in ("a.jpg", "b.jpg", "../a.jpg", "/a")]
    [False, True, True, True]
    """
    name = Path(record.name)
    if folder is None or name.is_absolute() or ".." in name.parts or "\0" in record.name:
        return None
    file = folder / name
    return file if file.is_file() else None
