"""Execute the tutorial notebook: ``python -m docs.execute_notebook`` stores its outputs anew."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

NOTEBOOK: Final = Path(__file__).parent / "tutorial" / "from-photo-to-data-set.ipynb"
_METADATA: Final = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_SETTINGS: Final = {"COLUMNS": "84", "NO_COLOR": "1", "TERM": "dumb", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
_OF_THE_USER: Final = ("GEMINI_", "GOOGLE_", "MASKMILL_CODEBOOK", "FORCE_COLOR", "PYTHONWARNINGS")
"""Variables that would change the outputs, or put somebody's key into a kernel."""

_TIMEOUT: Final = 300
"""Seconds for one cell, the compilation of kernels included."""


def load() -> Any:
    """Return the notebook with its stored outputs."""
    return nbformat.read(NOTEBOOK, as_version=4)


def execute(notebook: Any) -> Any:
    """Return a copy of a notebook with new outputs; its files go to a temporary folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell fails.
    """
    notebook = nbformat.from_dict(notebook)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        work.mkdir()
        settings = {key: value for key, value in os.environ.items() if not key.startswith(_OF_THE_USER)}
        settings |= {**_SETTINGS, "IPYTHONDIR": str(Path(folder) / "ipython")}  # without startup files of the user
        client = NotebookClient(
            notebook,
            timeout=_TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": str(work)}},
            record_timing=False,
            coalesce_streams=True,  # the kernel sends what is printed in pieces, by the clock
        )
        client.execute(env=settings)
    notebook.metadata = nbformat.from_dict(_METADATA)  # without the version of Python
    return notebook


def main() -> None:
    """Store the outputs of today."""
    nbformat.write(execute(load()), NOTEBOOK)


if __name__ == "__main__":
    main()
