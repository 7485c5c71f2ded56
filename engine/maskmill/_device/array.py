"""An array in GPU memory that other libraries can use without a copy."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._kernels._jit import is_cuda_simulated


class DeviceArray:
    """An array in GPU memory, complete when it is returned.

    >>> pixels = masks.dense(device="cuda")  # doctest: +SKIP
    >>> torch.from_dlpack(pixels), cupy.asarray(pixels), pixels.copy_to_host()  # doctest: +SKIP

    It is in C order and has DLPack and ``__cuda_array_interface__``; the latter not in the simulator, whose memory is
    the CPU's. The memory is freed when nothing refers to it any more.

    Parameters
    ----------
    array : DeviceNDArray
        Numba's array, of one element at least, since CUDA has no empty memory.
    shape : tuple[int, ...]
        The shape to show: all of the array, or an empty one.
    """

    __slots__ = ("_array", "_shape")

    def __init__(self, array: Any, shape: tuple[int, ...]) -> None:
        self._array = array
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """As for a NumPy array."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """As for a NumPy array."""
        dtype: np.dtype[Any] = np.dtype(self._array.dtype)
        return dtype

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Version 3, without a stream, as there is nothing to wait for."""
        interface: dict[str, Any] = self._array.__cuda_array_interface__
        return interface | {"shape": self._shape, "stream": None}

    def __dlpack__(self, *, dl_device: tuple[int, int] | None = None, **options: Any) -> Any:
        """Return a capsule for ``from_dlpack``: a view, not a copy."""
        if dl_device not in (None, self.__dlpack_device__()):
            options["dl_device"] = dl_device
        return self._exporter().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the kind and the number of the device."""
        kind, number = self._exporter().__dlpack_device__()
        return int(kind), int(number)

    def copy_to_host(self) -> NDArray[Any]:
        """Return a copy as a NumPy array."""
        host: NDArray[Any] = self._array.bind().copy_to_host()  # not bound to a stream, which nobody waits for
        return host.reshape(-1)[: math.prod(self._shape)].reshape(self._shape)

    def _exporter(self) -> Any:
        """Return the object that makes capsules: NVIDIA's view of the memory, or in the simulator a NumPy array."""
        if is_cuda_simulated():
            return self._array.reshape(-1)[: math.prod(self._shape)].reshape(self._shape)
        view = import_module("cuda.core.utils").StridedMemoryView
        return view.from_cuda_array_interface(self, stream_ptr=-1)

    def __repr__(self) -> str:
        """Return the dtype and the shape."""
        return f"<DeviceArray: {self.dtype} {self.shape}>"
