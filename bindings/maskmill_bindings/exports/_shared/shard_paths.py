"""List the files of an export: one file, or the shards in a folder."""

from __future__ import annotations

from pathlib import Path

from maskmill.errors import ArgumentError


def list_files(path: str | Path, *suffixes: str) -> list[Path]:
    """Return the file itself, or the files in a folder that have one of the suffixes, by name, without hidden ones.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("00001.tar", "00000.tar", "notes.txt"):
    ...         Path(folder, name).touch()
    ...     [file.name for file in list_files(folder, ".tar")]
    ['00000.tar', '00001.tar']

    Raises
    ------
    maskmill.errors.ArgumentError
        The path does not exist, or the folder holds no such file.
    """
    path, wanted = Path(path), " or ".join(f"*{suffix}" for suffix in suffixes)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ArgumentError(f"a file, or a folder with {wanted}", "nothing there", str(path))
    files = [file for file in path.iterdir() if file.suffix.lower() in suffixes and not file.name.startswith(".")]
    if not files:
        raise ArgumentError(f"a folder with {wanted}", "none in it", str(path))
    return sorted(files)
