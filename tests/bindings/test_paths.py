"""Arguments that are paths: one alone is the only one, and anything else is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.convert import ConvertOptions, convert
from maskmill_bindings.exports import read
from maskmill_bindings.genai._photos.discover import find_images


@pytest.mark.parametrize("kind", [str, Path])
def test_one_path_is_one_input(tmp_path: Path, kind: Any) -> None:
    rows = tmp_path / "replies.jsonl"
    rows.write_text('{"key": "a", "reply": [{"mask": [[0, 0], [500, 0], [500, 500]]}]}')
    output = tmp_path / "masks.parquet"
    convert(kind(rows), kind(output), ConvertOptions(size=(8, 8)))
    assert [record.key for record in read(output)] == ["a"]


@pytest.mark.parametrize("wrong", [None, 5, [5], [None], b"a", [b"a"], [["a"]], {5: "a"}])
def test_what_is_no_path_is_refused(tmp_path: Path, wrong: Any) -> None:
    for call, at in (
        (lambda: convert(wrong, tmp_path / "x.parquet"), "inputs"),
        (lambda: find_images(wrong), "IMAGES"),
    ):
        with pytest.raises(ArgumentError, match=rf"^expected the paths of files and folders, got .+ - at `{at}`$"):
            call()
