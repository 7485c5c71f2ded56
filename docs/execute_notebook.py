"""Execute the tutorial notebook: ``python -m docs.execute_notebook`` stores its outputs anew."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

NOTEBOOK: Final = Path(__file__).parent / "tutorial" / "from-photo-to-data-set.ipynb"
_SETTINGS: Final = {"COLUMNS": "84", "NO_COLOR": "1", "TERM": "dumb"}
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
        client = NotebookClient(
            notebook,
            timeout=_TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
        )
        client.execute(env=os.environ | _SETTINGS)
    return notebook


def main() -> None:
    """Store the outputs of today."""
    notebook = execute(load())
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
