"""`device="cuda"` gives the Masks of `device="cpu"`: in the simulator always, and on a GPU in the lane `gpu`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import maskmill

TESTS = Path(__file__).parents[1]
PATH = os.pathsep.join([str(TESTS), str(Path(maskmill.__file__).parents[1])])

DECODE = """
import maskmill
from maskmill.samples.exercise import _FORMS, _PLAIN, _odd
from maskmill.samples.replies import compose
from maskmill.samples.shapes import SHAPES

size = WIDTH, HEIGHT
mixed, plain = (compose(zip(SHAPES, forms, strict=False)) for forms in (_FORMS, _PLAIN))
thin = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [1, 1], [1, 0]]}]'
replies = [mixed, plain, _odd(), "[]", "nonsense", thin, None]
options = {"axis": "xy", "fallback": "box", "threshold": 99}
made = list(maskmill.decode_many(replies, size, threads=2, device="cuda", **options))
made.append(maskmill.decode(plain, size, device="cuda", **options))
want = list(maskmill.decode_many([*replies, plain], size, device="cpu", **options))
for ours, theirs in zip(made, want, strict=True):
    assert ours.to_dict() == theirs.to_dict(), (ours, theirs)
    assert ours.problems == theirs.problems
pixels = made[0].dense(device="cuda")
assert (pixels.copy_to_host() == want[0].dense()).all()
assert pixels.shape == want[0].dense().shape
assert made[3].dense(device="cuda").shape == (0, size[1], size[0])
from maskmill.targets import state

assert state.answered and not state.failed
IS_SIMULATED or pixels.__cuda_array_interface__
print("same")
"""


def run(code: str, **environment: str) -> str:
    everything = os.environ | {"PYTHONPATH": PATH} | environment
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=everything, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_decode_in_the_simulator() -> None:
    code = DECODE.replace("WIDTH", "24").replace("HEIGHT", "16").replace("IS_SIMULATED", "True")
    assert run(code, NUMBA_ENABLE_CUDASIM="1", NUMBA_DISABLE_JIT="1") == "same\n"


@pytest.mark.gpu
def test_decode_on_a_gpu() -> None:
    code = DECODE.replace("WIDTH", "1920").replace("HEIGHT", "1080").replace("IS_SIMULATED", "False")
    assert run(code) == "same\n"


@pytest.mark.gpu
@pytest.mark.parametrize("check", ["all_seeds", "random_rings", "wound_often", "nothing", "maps", "views", "sums"])
def test_twins_on_a_gpu(check: str) -> None:
    code = f"import twins; twins.CHECKS[{check!r}](True); print('same')"
    assert run(code) == "same\n"
