"""Copies and kernels that happen as late as CUDA allows: when their stream is waited for; in the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import maskmill

TESTS = Path(__file__).parents[3]
SIMULATED = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}

HEAD = """
import warnings
import weakref
import numpy as np
from numba import cuda
import maskmill
from maskmill._device import scheduler
from maskmill._pipeline import fast_path, full_path
from maskmill._kernels.cuda import composite, launch, mask_batches, probe, rasterize, resize, run_lengths, streams as lanes
from maskmill.samples._replies import compose
from maskmill.samples._shapes import SHAPES

log, streams, rooms = [], [], []


class Late:  # a stream that does nothing until it is waited for

    def __init__(self):
        self.orders = []
        streams.append(self)

    def synchronize(self):
        log.append(("wait", streams.index(self), sum(bool(other.orders) for other in streams if other is not self)))
        orders, self.orders = self.orders, []
        for order in orders:
            order()

    def order(self, what, act):
        log.append((what, streams.index(self)))
        self.orders.append(act)


def pinned(size, dtype):
    room = cuda.pinned_array(size, dtype)
    rooms.append(weakref.ref(room))
    return room


def later(host):  # where it lies in pinned memory, without keeping that
    [owner] = [ref for ref in rooms if ref() is not None and np.shares_memory(ref(), host)]
    start = host.ctypes.data - owner().ctypes.data
    place, dtype, shape = slice(start, start + host.nbytes), host.dtype, host.shape
    return lambda: owner()[place].view(dtype).reshape(shape)


def sent(host, stream):
    made, source = cuda.device_array(host.shape, host.dtype), later(host)
    made._ary.view(np.uint8).fill(0xA5)
    stream.order("up", lambda: np.copyto(made._ary, source()))
    return made


def brought(self, host=None, stream=0):
    assert stream, "a copy that waits by itself"
    target = later(host)
    stream.order("down", lambda: np.copyto(target(), self._ary))


def launched(kernel, threads, *arguments):
    if threads:
        lanes.lane().stream.order("run", lambda: kernel[-(-threads // launch.BLOCK), launch.BLOCK](*arguments))


launch._cuda = type("Numba", (), {"to_device": staticmethod(sent), "device_array": staticmethod(cuda.device_array)})
lanes._cuda = type("Numba", (), {"stream": Late, "pinned_array": staticmethod(pinned)})
type(cuda.device_array(1)).copy_to_host = brought
for module in (composite, probe, rasterize, resize, runs):
    module.launch = launched

masks = [compose(zip(SHAPES, [form] * 4, strict=False)) for form in ("ring", "png")]
WORKS = []
fast_path.build_all_elsewhere(
    [(reply, size) for reply in masks for size in ((24, 16), (9, 20))], 127, "auto", maskmill.Limits(),
    lambda works: WORKS.extend(works) or [work.on_the_cpu() for work in works],
)
WANT = [work.on_the_cpu().tolist() for work in WORKS]


def milled():
    return [counts.tolist() for counts in scheduler.mill(WORKS, "cuda")]

"""


def run(code: str) -> list[str]:
    """Run code in the simulator, and return the lines that it prints."""
    path = os.pathsep.join([str(TESTS), str(Path(maskmill.__file__).parents[1])])
    everything = os.environ | {"PYTHONPATH": path} | SIMULATED
    words = [sys.executable, "-W", "error", "-c", HEAD + code]
    done = subprocess.run(words, env=everything, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_batches_take_turns_on_two_streams() -> None:
    """Nothing is read before it is there, and while one stream is waited for, the other has its orders."""
    code = """
assert scheduler.is_ready("cuda") and len(WORKS) >= 12
log.clear()
scheduler._BATCH = 1  # one mask a batch
assert milled() == WANT
downs = [entry[1] for entry in log if entry[0] == "down"]
print(len(streams), len(downs) >= 2 * len(WORKS), set(downs))
middle = [i for i, entry in enumerate(log) if entry[0] == "down"][2:-4]
after = [next(entry for entry in log[i:] if entry[0] == "wait" and entry[1] == log[i][1]) for i in middle]
print(sum(others for _, _, others in after) == len(after))
runs_of = [entry[1] for entry in log if entry[0] == "run"]
print(runs_of.count(0) > 10 and runs_of.count(1) > 10)
"""
    assert run(code) == ["2 True {0, 1}", "True", "True"]


def test_pinned_memory_grows_under_way_and_is_lent_again() -> None:
    """Also where it is far too small at first, and again in the next call."""
    code = """
lanes._LEAST, lanes._MOST_KEPT = 64, 4096
scheduler._BATCH = 40_000
for _ in range(3):
    assert milled() == WANT
    print([lane._room.size <= 4096 and not lane._full for lane in lanes.lanes()])
"""
    assert run(code) == ["[True, True]"] * 3


def test_short_memory_and_failure_with_two_batches_under_way() -> None:
    """Halves are tried again, on a lane that has been waited for; after a failure the CPU does what is left."""
    code = """
kept, calls = run_lengths.encode, []


def scarce(bits, plan):
    calls.append(len(plan.frames))
    if len(plan.frames) > 2:
        raise RuntimeError("CUDA_ERROR_OUT_OF_MEMORY")
    return kept(bits, plan)


run_lengths.encode = scarce
assert milled() == WANT
print(max(calls) > 2, calls.count(2) > 2, scheduler.state.failed == "")


def failing(bits, plan):
    if len(calls) > 3:
        raise RuntimeError("CUDA_ERROR_LAUNCH_FAILED")
    return scarce(bits, plan)


calls.clear()
run_lengths.encode, scheduler._BATCH = failing, 1
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    assert milled() == WANT
print(*[warning.message for warning in said])
assert milled() == WANT
print(len(calls))
"""
    words = "the GPU is not used any more, the CPU does its work: RuntimeError: CUDA_ERROR_LAUNCH_FAILED"
    assert run(code) == ["True True True", words, "4"]


def test_views_wait_before_they_hand_out() -> None:
    code = """
masks = maskmill.Masks.from_dense(np.random.default_rng(1).random((3, 9, 7)) < 0.5)
for view in (masks.dense, masks.instance_map, lambda device="cpu": masks.iou(masks, device)):
    made = view(device="cuda")
    print(np.array_equal(np.from_dlpack(made), view()))
"""
    assert run(code) == ["True"] * 3
