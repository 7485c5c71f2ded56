"""Copies and kernels that happen as late as CUDA allows, when their stream is synchronised; in the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import maskmill
from support.tiers import thorough

TESTS = Path(__file__).parents[3]
SIMULATED = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}

HEAD = """
import warnings
import weakref
import numpy as np
from numba import cuda
import maskmill
from maskmill._device import scheduler
from maskmill._options import Options
from maskmill._pipeline import fast_path
from maskmill._kernels.cuda import composite, label_map, launch, prefix_sums, probe, rasterize, resize, run_lengths
from maskmill._kernels.cuda import streams
from maskmill.samples._replies import compose
from maskmill.samples._shapes import SHAPES

log, late_streams, buffers = [], [], []


class LateStream:  # does nothing until it is synchronised

    def __init__(self):
        self.orders = []
        late_streams.append(self)

    def synchronize(self):
        others = sum(bool(other.orders) for other in late_streams if other is not self)
        log.append(("wait", late_streams.index(self), others))
        orders, self.orders = self.orders, []
        for order in orders:
            order()

    def order(self, kind, action):
        log.append((kind, late_streams.index(self)))
        self.orders.append(action)


def pinned(size, dtype):
    buffer = cuda.pinned_array(size, dtype)
    buffers.append(weakref.ref(buffer))
    return buffer


def later(host):  # a view of the same pinned memory, made when called; keeps no reference
    [owner] = [ref for ref in buffers if ref() is not None and np.shares_memory(ref(), host)]
    start = host.ctypes.data - owner().ctypes.data
    place, dtype, shape = slice(start, start + host.nbytes), host.dtype, host.shape
    return lambda: owner()[place].view(dtype).reshape(shape)


def upload(host, stream):
    array, source = cuda.device_array(host.shape, host.dtype), later(host)
    array._ary.view(np.uint8).fill(0xA5)
    stream.order("up", lambda: np.copyto(array._ary, source()))
    return array


def download(self, host=None, stream=0):
    assert stream, "a copy on the default stream"
    target = later(host)
    stream.order("down", lambda: np.copyto(target(), self._ary))


def order_launch(kernel, threads, *arguments):
    if threads:
        blocks = -(-threads // launch.BLOCK)
        streams.current_stream().stream.order("run", lambda: kernel[blocks, launch.BLOCK](*arguments))


launch._cuda = type("Numba", (), {"to_device": staticmethod(upload), "device_array": staticmethod(cuda.device_array)})
streams._cuda = type("Numba", (), {"stream": LateStream, "pinned_array": staticmethod(pinned)})
type(cuda.device_array(1)).copy_to_host = download
for module in (composite, label_map, prefix_sums, probe, rasterize, resize, run_lengths):
    module.launch = order_launch

masks = [compose(zip(SHAPES, [form] * 4, strict=False)) for form in ("ring", "png")]
JOBS = []
fast_path.decode_deferred(
    [(reply, size) for reply in masks for size in ((24, 16), (9, 20))], Options(device="cpu"),
    lambda jobs: JOBS.extend(jobs) or [job.run() for job in jobs],
)
WANT = [job.run().tolist() for job in JOBS]


def run_all():
    return [counts.tolist() for counts in scheduler.run_jobs(JOBS, "cuda")]

"""


def run(code: str) -> list[str]:
    """Run code in the simulator and return the lines it prints."""
    path = os.pathsep.join([str(TESTS), str(Path(maskmill.__file__).parents[1])])
    everything = os.environ | {"PYTHONPATH": path} | SIMULATED
    words = [sys.executable, "-W", "error", "-c", HEAD + code]
    done = subprocess.run(words, env=everything, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@thorough
def test_batches_take_turns_on_two_streams() -> None:
    """Nothing is read before it is written, and while one stream is waited for, the other has work queued."""
    code = """
assert scheduler.is_ready("cuda") and len(JOBS) >= 12
log.clear()
scheduler._BATCH_BYTES = 1  # one mask per batch
assert run_all() == WANT
downs = [entry[1] for entry in log if entry[0] == "down"]
print(len(late_streams), len(downs) >= 2 * len(JOBS), set(downs))
middle = [i for i, entry in enumerate(log) if entry[0] == "down"][2:-4]
after = [next(entry for entry in log[i:] if entry[0] == "wait" and entry[1] == log[i][1]) for i in middle]
print(sum(others for _, _, others in after) == len(after))
runs_of = [entry[1] for entry in log if entry[0] == "run"]
print(runs_of.count(0) > 10 and runs_of.count(1) > 10)
"""
    assert run(code) == ["2 True {0, 1}", "True", "True"]


@thorough
def test_pinned_memory_grows_and_is_reused() -> None:
    """Also if it is far too small at first, and again in the next call."""
    code = """
streams._MIN_BUFFER, streams._MAX_KEPT = 64, 4096
scheduler._BATCH_BYTES = 40_000
for _ in range(3):
    assert run_all() == WANT
    print([stream._buffer.size <= 4096 and not stream._full for stream in streams.thread_streams()])
"""
    assert run(code) == ["[True, True]"] * 3


@thorough
def test_out_of_memory_and_failure_with_two_batches_running() -> None:
    """Halves are tried again, on a synchronised stream; after a failure the CPU does the rest."""
    code = """
original, calls = run_lengths.encode, []


def scarce(bits, layout):
    calls.append(len(layout.frames))
    if len(layout.frames) > 2:
        raise RuntimeError("CUDA_ERROR_OUT_OF_MEMORY")
    return original(bits, layout)


run_lengths.encode = scarce
assert run_all() == WANT
print(max(calls) > 2, calls.count(2) > 2, scheduler.cuda_state.failure == "")


def failing(bits, layout):
    if len(calls) > 3:
        raise RuntimeError("CUDA_ERROR_LAUNCH_FAILED")
    return scarce(bits, layout)


calls.clear()
run_lengths.encode, scheduler._BATCH_BYTES = failing, 1
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert run_all() == WANT
print(*[warning.message for warning in caught])
assert run_all() == WANT
print(len(calls))
"""
    words = "the GPU is not used any more, the CPU does its work: RuntimeError: CUDA_ERROR_LAUNCH_FAILED"
    assert run(code) == ["True True True", words, "4"]


@thorough
def test_views_wait_until_their_pixels_are_written() -> None:
    code = """
masks = maskmill.Masks.from_dense(np.random.default_rng(1).random((3, 9, 7)) < 0.5)
for view in (masks.dense, masks.instance_map, lambda device="cpu": masks.iou(masks, device)):
    array = view(device="cuda")
    print(np.array_equal(np.from_dlpack(array), view()))
"""
    assert run(code) == ["True"] * 3
