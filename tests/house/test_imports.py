"""What an import costs and depends on, each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import maskmill

ENGINE = Path(maskmill.__file__).parent


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded after `code`."""
    script = f"import sys; {code}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"numba", "llvmlite", "numpy", "cv2", "PIL", "rich", "cyclopts", "orjson", "maskmill_bindings"}
    assert loaded("import maskmill") & heavy == set()


def test_decoding_loads_no_drawing_no_pillow_and_no_bindings() -> None:
    modules = loaded("import maskmill; maskmill.decode('[]', (8, 8))")
    assert "numba" in modules
    assert modules & {"cv2", "PIL", "rich", "cyclopts", "maskmill_bindings"} == set()


def test_the_engine_knows_nothing_of_the_bindings() -> None:
    sources = [path.read_text(encoding="utf-8") for path in ENGINE.rglob("*.py")]
    assert len(sources) > 30
    assert not any("maskmill_bindings" in source for source in sources)


def test_every_public_name_is_there() -> None:
    for name in maskmill.__all__:
        assert getattr(maskmill, name) is not None
    assert set(maskmill.__all__) <= set(dir(maskmill))
