"""Which files an export is made of."""

from __future__ import annotations

from pathlib import Path

from maskmill.errors import told


def files_of(path: str | Path, *suffixes: str) -> list[Path]:
    """The file itself, or the files with one of the suffixes in a folder, by name; hidden ones are left out.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("00001.tar", "00000.tar", "notes.txt"):
    ...         Path(folder, name).touch()
    ...     [file.name for file in files_of(folder, ".tar")]
    ['00000.tar', '00001.tar']

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file, or the folder holds none.
    """
    given, wanted = Path(path), " or ".join(f"*{suffix}" for suffix in suffixes)
    if given.is_file():
        return [given]
    if not given.is_dir():
        raise told(f"a file, or a folder with {wanted}", "nothing there", str(given))
    found = [file for file in given.iterdir() if file.suffix.lower() in suffixes and not file.name.startswith(".")]
    if not found:
        raise told(f"a folder with {wanted}", "none in it", str(given))
    return sorted(found)
