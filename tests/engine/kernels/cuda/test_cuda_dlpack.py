"""DLPack capsules of `DeviceArray` without a GPU: with a fake driver that calls CPU memory that of device 3."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

import maskmill
from support.cuda.stub_driver import build, needs_compiler

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the driver is found as on Linux"),
    pytest.mark.skipif(not util.find_spec("numba_cuda"), reason="needs the package numba-cuda"),
    needs_compiler,
]

HEAD = """
import ctypes, gc, weakref
from ctypes import c_int32, c_int64, c_uint8, c_uint16, c_uint64, c_void_p
import numpy as np
from maskmill._device.array import DeviceArray


class Tensor(ctypes.Structure):  # of dlpack.h: DLManagedTensor
    _fields_ = [("data", c_void_p), ("kind", c_int32), ("device", c_int32), ("sides", c_int32), ("code", c_uint8),
                ("bits", c_uint8), ("lanes", c_uint16), ("shape", ctypes.POINTER(c_int64)),
                ("strides", ctypes.POINTER(c_int64)), ("offset", c_uint64), ("context", c_void_p),
                ("deleter", ctypes.CFUNCTYPE(None, c_void_p))]


api = ctypes.pythonapi
api.PyCapsule_GetPointer.restype = c_void_p
api.PyCapsule_GetPointer.argtypes = api.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
USED = b"used_dltensor"


class Numbas:
    def __init__(self, values):
        self.values, self.dtype = values, values.dtype

    @property
    def __cuda_array_interface__(self):
        place = self.values.ctypes.data, False
        return {"shape": self.values.shape, "strides": None, "data": place, "typestr": self.dtype.str, "stream": 77,
                "version": 3}


def take(capsule):
    tensor = Tensor.from_address(api.PyCapsule_GetPointer(capsule, b"dltensor"))
    assert api.PyCapsule_SetName(capsule, USED) == 0
    return tensor

"""


def run(code: str, folder: Path) -> list[str]:
    everything = os.environ | {"PYTHONPATH": str(Path(maskmill.__file__).parents[1])} | build(folder, init=0)
    everything |= {"NUMBA_ENABLE_CUDASIM": "0", "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run([sys.executable, "-c", HEAD + code], env=everything, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_fields_of_a_capsule(tmp_path: Path) -> None:
    """Kind 2 is CUDA; codes 6, 0 and 2 are bool, int and float."""
    code = """
for dtype, shape in ((np.bool_, (2, 3, 5)), (np.int32, (3, 4)), (np.float64, (2, 1)), (np.bool_, (0, 3, 5))):
    values = np.ones([max(side, 1) for side in shape], dtype)
    lent = DeviceArray(Numbas(values), shape)
    tensor = take(lent.__dlpack__())
    assert (tensor.data, tensor.offset) == (None if 0 in shape else values.ctypes.data, 0), tensor.data
    assert tuple(tensor.shape[: tensor.sides]) == shape
    steps = np.cumprod([1, *shape[:0:-1]])[::-1].tolist()
    assert 0 in shape or tensor.strides[: len(shape)] == steps, tensor.strides[: len(shape)]
    print(lent.__dlpack_device__(), tensor.kind, tensor.device, tensor.code, tensor.bits, tensor.lanes)
    tensor.deleter(ctypes.addressof(tensor))
    interface = lent.__cuda_array_interface__
    assert (interface["shape"], interface["stream"], interface["data"][0]) == (shape, None, values.ctypes.data)
"""
    assert run(code, tmp_path) == [f"(2, 3) 2 3 {kind}" for kind in ("6 8 1", "0 32 1", "2 64 1", "6 8 1")]


def test_memory_is_freed_when_the_consumer_releases_it(tmp_path: Path) -> None:
    code = """
numbas = Numbas(np.ones((2, 2), np.int32))
memory = weakref.ref(numbas)
tensor = take(DeviceArray(numbas, (2, 2)).__dlpack__(stream=None, max_version=None))
del numbas
gc.collect()
print(memory() is not None)
tensor.deleter(ctypes.addressof(tensor))
gc.collect()
print(memory() is None)
"""
    assert run(code, tmp_path) == ["True", "True"]


def test_memory_is_freed_if_there_is_no_consumer(tmp_path: Path) -> None:
    """Also while an error is being handled: NumPy does not accept GPU memory."""
    code = """
numbas = Numbas(np.ones((2, 2), np.int32))
memory = weakref.ref(numbas)
lent = DeviceArray(numbas, (2, 2))
capsule = lent.__dlpack__()
del capsule
try:
    np.from_dlpack(lent)
except (BufferError, RuntimeError) as error:
    print(type(error).__name__)
del numbas, lent
gc.collect()
print(memory() is None)
"""
    assert run(code, tmp_path)[1:] == ["True"]


def test_arguments_that_consumers_pass(tmp_path: Path) -> None:
    """PyTorch and others pass a stream, a version, the device itself; a copy, or another device, is refused."""
    code = """
lent = DeviceArray(Numbas(np.ones((2, 3, 5), bool)), (2, 3, 5))
for wanted in ({"stream": 1, "max_version": (1, 0), "dl_device": (2, 3), "copy": False}, {"stream": -1},
               {"stream": 2, "max_version": (0, 8)}, {"copy": True}, {"dl_device": (1, 0)}):
    try:
        print(repr(lent.__dlpack__(**wanted)).split('"')[1])
    except BufferError as error:
        print("refused")
"""
    assert run(code, tmp_path) == ["dltensor_versioned", "dltensor", "dltensor", "refused", "refused"]
