"""The tutorial notebook gives the outputs that are stored in it."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import pytest

for name in ("nbformat", "nbclient", "ipykernel", "google.genai"):
    pytest.importorskip(name)
from docs.execute_notebook import execute, load
from support.tiers import thorough


@thorough
@pytest.mark.filterwarnings("ignore")  # of the packages that run kernels, in threads and event loops
def test_outputs_are_those_of_today() -> None:
    stored = load()
    executed = execute(stored)
    cells = [pair for pair in zip(stored.cells, executed.cells, strict=True) if pair[0].cell_type == "code"]
    assert len(cells) > 10
    for before, after in cells:
        assert [shown(output) for output in after.outputs] == [shown(output) for output in before.outputs], before.id


def test_nothing_is_stored_but_texts_and_small_pictures() -> None:
    outputs = [output for cell in load().cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = {output.output_type for output in outputs}
    assert kinds == {"stream", "execute_result"}
    assert {output.name for output in outputs if output.output_type == "stream"} == {"stdout"}
    sizes = [len(output.data["image/png"]) for output in outputs if output.output_type == "execute_result"]
    assert len(sizes) == 4
    assert max(sizes) < 200_000


def shown(output: Any) -> tuple[str, bytes]:
    """Return the text of an output, or the size and the pixels of its picture."""
    if output.output_type == "stream":
        return output.name, output.text.encode()
    if "image/png" not in output.get("data", {}):
        return output.output_type, str(output).encode()
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(output.data["image/png"]), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return f"picture {pixels.shape}", pixels.tobytes()
