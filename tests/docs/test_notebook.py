"""The tutorial notebook gives the outputs that are stored in it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

for name in ("nbformat", "nbclient", "ipykernel", "google.genai"):
    pytest.importorskip(name)
from docs.execute_notebook import NOTEBOOK, execute, load
from support.tiers import thorough

MAX_PICTURE = 150_000
MAX_NOTEBOOK = 700_000


@thorough
def test_outputs_are_those_of_today() -> None:
    stored = load()
    executed = execute(stored)
    pairs = list(zip(code_cells(stored), code_cells(executed), strict=True))
    assert len(pairs) > 10
    for before, after in pairs:
        assert [shown(output) for output in after.outputs] == [shown(output) for output in before.outputs], before.id


def test_nothing_is_stored_but_texts_and_small_pictures() -> None:
    outputs = [output for cell in code_cells(load()) for output in cell.outputs]
    assert {output.output_type for output in outputs} == {"stream", "execute_result"}
    assert {output.name for output in outputs if output.output_type == "stream"} == {"stdout"}
    sizes = [len(picture(output)) for output in outputs if output.output_type == "execute_result"]
    assert len(sizes) == 4
    assert max(sizes) < MAX_PICTURE
    assert NOTEBOOK.stat().st_size < MAX_NOTEBOOK


def test_no_place_of_a_machine_is_stored() -> None:
    texts = [output.text for cell in code_cells(load()) for output in cell.outputs if output.output_type == "stream"]
    assert [text for text in texts if any(place in text for place in ("/tmp", "127.0.0.1", str(Path.home())))] == []
    assert set(load().metadata) == {"kernelspec"}


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def picture(output: Any) -> bytes:
    return base64.b64decode(output.data["image/png"])


def shown(output: Any) -> tuple[str, str | bytes]:
    """Return the text of an output, or the size and the pixels of its picture."""
    if output.output_type == "stream":
        return output.name, output.text
    if "image/png" not in output.get("data", {}):
        return output.output_type, str(output)
    pixels = cv2.imdecode(np.frombuffer(picture(output), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return f"picture {pixels.shape}", pixels.tobytes()
