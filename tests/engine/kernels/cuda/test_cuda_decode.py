"""`device="cuda"` gives the same masks and views as `device="cpu"`, even if the device fails during the work.

Always in the simulator; on a GPU too with the marker `gpu`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import maskmill
from support.tiers import thorough

TESTS = Path(__file__).parents[3]
PATH = os.pathsep.join([str(TESTS), str(Path(maskmill.__file__).parents[1])])

DECODE = """
import numpy as np

import maskmill
from maskmill._warmup import _FORMS, _WELL_FORMED, _unusual_items
from maskmill.samples._replies import compose
from maskmill.samples._shapes import SHAPES

size = WIDTH, HEIGHT
mixed, plain = (compose(zip(SHAPES, forms, strict=False)) for forms in (_FORMS, _WELL_FORMED))
thin = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [1, 1], [1, 0]]}]'
replies = [mixed, plain, _unusual_items(), "[]", "nonsense", thin, None]
options = {"axis": "xy", "fallback": "box", "threshold": 99}
made = list(maskmill.decode_many(replies, size, threads=2, device="cuda", **options))
made.append(maskmill.decode(plain, size, device="cuda", **options))
want = list(maskmill.decode_many([*replies, plain], size, device="cpu", **options))
for ours, theirs in zip(made, want, strict=True):
    assert ours.to_dict() == theirs.to_dict(), (ours, theirs)
    assert ours.problems == theirs.problems
from maskmill._device.selection import cuda_state

assert cuda_state.has_answered and not cuda_state.failure


def shared(array):
    if IS_SIMULATED:
        assert not hasattr(array, "__cuda_array_interface__")
        return np.from_dlpack(array)
    from cuda.core.utils import StridedMemoryView
    from numba import cuda

    assert array.__dlpack_device__()[0] == 2
    view = StridedMemoryView.from_dlpack(array, stream_ptr=-1)
    assert (view.shape, view.dtype) == (array.shape, array.dtype)
    return cuda.as_cuda_array(array).copy_to_host()


def same(ours, theirs):
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype), (ours, theirs.shape)
    assert np.array_equal(ours.copy_to_host(), theirs)
    assert np.array_equal(shared(ours), theirs)


names = {"cat": 4, **dict.fromkeys(made[0].labels[::2], 7)}
for masks in (*made, made[0][1:], made[0][:0]):
    same(masks.dense(device="cuda"), masks.dense())
    for order in ("area", "score", "reply"):
        same(masks.instance_map(order, device="cuda"), masks.instance_map(order))
        same(masks.class_map(names, order, device="cuda"), masks.class_map(names, order))
    same(masks.iou(made[0], device="cuda"), masks.iou(made[0]))
    same(made[0].iou(masks, device="cuda"), made[0].iou(masks))
assert made[0].class_map(names).max() == 8 and 0 < made[0].iou(made[0][1:]).max() == 1
print("same")
"""


FAILURE = """
import os
import warnings

import maskmill
from maskmill._device import scheduler
from maskmill.errors import DeviceError
from maskmill._kernels.cuda import run_lengths
from maskmill._warmup import _WELL_FORMED
from maskmill.samples._replies import compose
from maskmill.samples._shapes import SHAPES

original, calls = run_lengths.encode, []


def failing(bits, layout):
    calls.append(layout)
    if len(calls) == 4:
        raise RuntimeError("CUDA_ERROR_OF_A_TEST")
    return original(bits, layout)


def device_error(masks):
    try:
        masks.dense(device="cuda")
    except DeviceError as error:
        return str(error)


size = WIDTH, HEIGHT
replies = [compose(zip(SHAPES, _WELL_FORMED, strict=False))] * 4
want = [masks.to_dict() for masks in maskmill.decode_many(replies, size, device="cpu")]
assert [masks.to_dict() for masks in maskmill.decode_many(replies, size, threads=2, device="cuda")] == want
if not IS_SIMULATED:
    side = 65535
    huge = maskmill.Masks.from_coco([{"size": [side, side], "counts": [side**2]}] * 256)
    assert f"expected {256 * side**2} bytes of a device's memory" in device_error(huge)
small = maskmill.decode(replies[0], size, device="cuda")
assert (small.dense(device="cuda").copy_to_host() == small.dense()).all()
child = os.fork()
if not child:
    os._exit("forked after CUDA" not in device_error(small))
assert os.waitpid(child, 0)[1] == 0
run_lengths.encode, scheduler._BATCH_BYTES = failing, 1
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    made = [masks.to_dict() for masks in maskmill.decode_many(replies, size, threads=2, device="cuda")]
assert made == want and len(calls) >= 4
assert [str(warning.message).rpartition(": ")[2] for warning in caught] == ["CUDA_ERROR_OF_A_TEST"]
assert "CUDA_ERROR_OF_A_TEST" in device_error(small)
print("same")
"""


def run(code: str, **environment: str) -> str:
    everything = os.environ | {"PYTHONPATH": PATH} | environment
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=everything, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@thorough
@pytest.mark.parametrize("code", [DECODE, FAILURE], ids=["decode", "failure"])
def test_in_the_simulator(code: str) -> None:
    code = code.replace("WIDTH", "24").replace("HEIGHT", "16").replace("IS_SIMULATED", "True")
    assert run(code, NUMBA_ENABLE_CUDASIM="1", NUMBA_DISABLE_JIT="1") == "same\n"


@pytest.mark.gpu
@pytest.mark.parametrize("code", [DECODE, FAILURE], ids=["decode", "failure"])
def test_on_a_gpu(code: str) -> None:
    assert run(code.replace("WIDTH", "1920").replace("HEIGHT", "1080").replace("IS_SIMULATED", "False")) == "same\n"


@pytest.mark.gpu
@pytest.mark.parametrize("check", ["all_seeds", "random_rings", "wound_often", "nothing", "maps", "views", "sums"])
def test_twins_on_a_gpu(check: str) -> None:
    code = f"from support.cuda import twins; twins.CHECKS[{check!r}](True); print('same')"
    assert run(code) == "same\n"
